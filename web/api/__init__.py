"""The JSON API, version 1: points, sessions, attendance, ways into a room. Described by ``/api/v1/openapi.json``."""

from __future__ import annotations

MODULES = (
    "points", "network", "sessions", "series", "planning", "finding", "attendance", "protocol", "chat", "tables", "rules", "requests",
    "displacement", "polls", "questions", "restreams", "office", "people",
)
