"""The pages, one blueprint a noun. Each module listed exposes ``bp``; a listed module that is missing stops the start."""

from __future__ import annotations

MODULES = (
    "health", "home", "auth", "account", "channels", "people", "people_import", "admin", "tables", "texts", "settings", "closures",
    "maintenance", "audit", "outbox", "answer", "mail", "today", "desk", "calendar", "calendars", "replies", "board", "sessions",
    "series", "templates", "groups", "booking", "displacement", "requests", "finding", "polls", "drafts", "notice", "attendance",
    "protocol", "documents", "chat", "chat_files", "connections", "network", "point", "public", "broadcast", "viewers", "questions",
    "question_desk", "feeds", "room", "room_pc", "readiness", "self_test", "room_pc_test", "help_desk", "whip", "demo", "replay",
    "rehearsal", "share_card", "halls", "door", "remind", "recordings", "privacy",
)
