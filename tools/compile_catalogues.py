"""Compile the translation catalogues named on the command line (``make install`` does; pages need the result)."""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_catalogue(source: Path) -> None:
    """Write the .mo file beside the .po file; a fuzzy text is left out, so that nobody reads a guess."""
    with source.open("rb") as stream:
        catalogue = read_po(stream, locale=source.parent.parent.name)
    with source.with_suffix(".mo").open("wb") as out:
        write_mo(out, catalogue, use_fuzzy=False)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        compile_catalogue(Path(name))
