"""Every message that can be worded anew has a title on its page, and every place in it an explanation."""

from __future__ import annotations

from liaison.domain.message_texts import KINDS, Part
from liaison.domain.words import OutboxKind
from web.pages.texts import PARTS, PLACES, TITLES


def test_every_kind_of_message_can_be_worded_and_is_explained() -> None:
    assert set(KINDS) == set(OutboxKind)
    assert set(TITLES) == set(KINDS)
    assert set(PARTS) == set(Part)
    assert {place for places in KINDS.values() for place in places} == set(PLACES)
