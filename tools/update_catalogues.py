"""Collect every text of the program into ``liaison/translations/<language>/LC_MESSAGES/messages.po`` (``make i18n``).

Texts that are new come empty, texts that changed a little keep their old translation marked fuzzy: the check of the
catalogues refuses both until a person has looked at them. Texts that are gone are dropped.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "liaison" / "translations"
MAPPING = ROOT / "babel.cfg"
LANGUAGES = ("ky", "ru")  # English is the language of the program itself
# What marks a text: gettext itself (web), lazily, a translator in hand, and the mark of texts translated where they are shown.
KEYWORDS = ("_", "N_", "_l", "words", "gettext", "ngettext:1,2", "lazy_gettext", "pgettext:1c,2")
HEADING = "# The texts of the product in another language; `make i18n` collects and checks them."
# A catalogue changes when its texts do, not with the clock.
COLLECTED = datetime(2026, 1, 1, tzinfo=UTC)


def catalogue_path(language: str) -> Path:
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def collect() -> Catalog:
    """Every text in the source, as a template without translations."""
    marks = [part for keyword in KEYWORDS for part in ("-k", keyword)]
    with tempfile.NamedTemporaryFile(suffix=".pot") as template:
        command = [sys.executable, "-m", "babel.messages.frontend", "--quiet", "extract", "-F", str(MAPPING), *marks,
                   "--sort-by-file", "-o", template.name, "."]
        subprocess.run(command, cwd=ROOT, check=True)
        with open(template.name, "rb") as stream:
            return read_po(stream)


def read_catalogue(language: str) -> Catalog:
    """The catalogue as it is kept; an empty one where there is none yet."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as stream:
        return read_po(stream, locale=language)


def write_catalogue(language: str, catalogue: Catalog) -> None:
    """Keep a catalogue without dates, names of people and places in the source, so that only its texts change."""
    catalogue.header_comment, catalogue.fuzzy = HEADING, False
    catalogue.project, catalogue.version, catalogue.msgid_bugs_address = "liaison", "1", "see README.md"
    catalogue.creation_date = catalogue.revision_date = COLLECTED
    catalogue.last_translator, catalogue.language_team = "liaison", language
    path = catalogue_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as out:
        write_po(out, catalogue, width=0, no_location=True, ignore_obsolete=True)


def main() -> None:
    template = collect()
    for language in LANGUAGES:
        catalogue = read_catalogue(language)
        catalogue.update(template)
        write_catalogue(language, catalogue)


if __name__ == "__main__":
    main()
