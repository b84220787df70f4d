"""The service worker that opens a hall's door without a network: its script, in front of it the files that it keeps."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path

STATIC = Path(__file__).parent / "static"
SCRIPT = STATIC / "js" / "door" / "worker.js"
DECODER = "vendor/jsqr/jsQR.js"
"""Kept where the browser reads no QR pictures by itself, once the page says so."""
STYLES = ("vendor/inter/inter.css", "vendor/bootstrap/bootstrap.min.css", "css/liaison.css", "css/contrast.css", "css/halls.css")
FONTS = tuple(f"vendor/inter/inter-{subset}.woff2" for subset in ("latin", "cyrillic", "cyrillic-ext"))
SCRIPTS = ("js/early.js", "js/contrast.js", "js/app.js")


def kept_files() -> tuple[str, ...]:
    """All that the page of a door loads, below ``static/``."""
    own = sorted(path.relative_to(STATIC).as_posix() for path in SCRIPT.parent.glob("*.js") if path != SCRIPT)
    return (*STYLES, *FONTS, *SCRIPTS, *own, "vendor/icons/icons.svg", "img/mark.svg")


@lru_cache(maxsize=1)
def worker_script() -> str:
    """Another text for every version of what it keeps: that is how browsers know that there is a new one."""
    files = kept_files()
    version = blake2b(digest_size=8)
    for name in (*files, DECODER):
        version.update((STATIC / name).read_bytes())
    kept = {"version": version.hexdigest(), "files": [f"/static/{name}" for name in files], "decoder": f"/static/{DECODER}"}
    return f"const KEPT = {json.dumps(kept)};\n{SCRIPT.read_text(encoding='utf-8')}"
