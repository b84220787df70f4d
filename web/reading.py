"""Rendering one part of a page in another language than the reader's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import g
from flask_babel import force_locale

from .context import language


@contextmanager
def in_language(code: str) -> Iterator[None]:
    """Within the block, texts, dates and names come in ``code``."""
    before = language()
    g.language = code
    try:
        with force_locale(code):
            yield
    finally:
        g.language = before
