"""Collect every text of the program into ``liaison/translations/<language>/LC_MESSAGES/messages.po`` (``make i18n``).

Texts that are new come empty, texts that changed a little keep their old translation marked fuzzy: the check of the
catalogues refuses both until a person has looked at them. Texts that are gone are dropped.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "liaison" / "translations"
MAPPING = ROOT / "babel.cfg"
LANGUAGES = ("ky", "ru")  # English is the language of the program itself
# What marks a text: gettext itself (web), lazily, and the marks of messages that are translated where they are shown.
KEYWORDS = ("_", "N_", "_l", "words", "gettext", "ngettext:1,2", "lazy_gettext", "pgettext:1c,2")


def babel(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "babel.messages.frontend", "--quiet", *arguments], cwd=ROOT, check=True)


def main() -> None:
    with tempfile.NamedTemporaryFile(suffix=".pot") as template:
        marks = [part for keyword in KEYWORDS for part in ("-k", keyword)]
        babel("extract", "-F", str(MAPPING), *marks, "--sort-by-file", "--no-location", "-o", template.name, ".")
        for language in LANGUAGES:
            known = (TRANSLATIONS / language / "LC_MESSAGES" / "messages.po").exists()
            step = ["update", "--ignore-obsolete", "--no-wrap"] if known else ["init", "--no-wrap"]
            babel(*step, "-i", template.name, "-d", str(TRANSLATIONS), "-l", language)


if __name__ == "__main__":
    main()
