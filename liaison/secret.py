"""The installation's secret: signs join tokens, answer links and cookies. One file, 0600, made at the first start."""

from __future__ import annotations

import os
import secrets
from hashlib import blake2b

from .config import Settings

KEY_BYTES = 32


def load_secret(settings: Settings) -> bytes:
    """The 32-byte key of ``LIAISON_DATA/secret.key``; made if missing (safe when several processes and threads start at once)."""
    path = settings.secret_file
    try:
        return bytes.fromhex(path.read_text().strip())
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{secrets.token_hex(8)}.new")  # several threads may be here, too
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
    try:
        os.link(fresh, path)  # fails if another process was first: then its key is the key
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return bytes.fromhex(path.read_text().strip())


def derived_key(settings: Settings, purpose: str) -> bytes:
    """A 32-byte key for one purpose ("join", "answer", "cookie" …), so that a token of one is worthless for another."""
    return blake2b(purpose.encode(), key=load_secret(settings), digest_size=KEY_BYTES).digest()
