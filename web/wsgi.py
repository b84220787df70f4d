"""The application for a WSGI server of one's own choice: ``gunicorn web.wsgi:app`` with the same environment variables."""

from __future__ import annotations

from liaison.config import load
from liaison.process import set_up_logging

from .server import build

_settings = load()
set_up_logging(_settings, "web")
app = build(_settings)
