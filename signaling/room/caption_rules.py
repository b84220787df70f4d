"""Captions: what is said, as text, for those who read it. A line is told and written in the log; no state is kept of it."""

from __future__ import annotations

from .deciding import Asked, Outcome, one


def caption(asked: Asked) -> Outcome:
    text = " ".join(asked.fields["text"].split())
    language = {"language": asked.fields["language"]} if "language" in asked.fields else {}
    return one(asked.says("captioned", text=text, **language)) if text else Outcome()
