"""Every event that services write into the audit log has a word for people."""

from __future__ import annotations

import re
from pathlib import Path

from web.audit_words import ACTIONS

SERVICES = Path(__file__).resolve().parents[3] / "liaison" / "services"
ACTION = re.compile(r'"((?:session|invitation|user|users|token|settings|outbox|points?|text)\.[a-z_]+)"')


def test_every_recorded_action_has_a_word() -> None:
    recorded = {name for path in SERVICES.glob("*.py") if "record(" in (text := path.read_text()) for name in ACTION.findall(text)}
    assert {"session.booked", "user.disabled"} <= recorded
    assert recorded <= ACTIONS.keys()
