"""Who reads what of the chat."""

from __future__ import annotations

import pytest

from liaison.domain.chat import ALL, CHAIR, DESK, HELP_DESK, MOST_IN_A_WHILE, PEER, WHILE_S, Doors, Message, Reader, readable, too_many


def reader(role: str, *points: str, key: str = "me") -> Reader:
    return Reader(frozenset({key}), role, frozenset(points))


EVERYBODY = {role: reader(role, "osh" if role == "point" else "") for role in (
    "chair", "deputy", "secretary", "point", "interpreter", "watcher")}
LEAD = {"chair", "deputy", "secretary"}


def readers_of(message: Message) -> set[str]:
    return {role for role, one in EVERYBODY.items() if readable(message, one)}


@pytest.mark.parametrize(("message", "expected"), [
    (Message(ALL, "point"), LEAD | {"point", "interpreter"}),
    (Message(CHAIR, "point"), LEAD),
    (Message(HELP_DESK, "point"), set()),
    (Message(PEER, "chair"), LEAD),
    (Message(PEER, DESK), set()),
    (Message(ALL, "chair", doors=Doors(None)), LEAD | {"point", "interpreter"}),
    (Message(ALL, "chair", doors=Doors(("osh",))), {"chair", "secretary", "interpreter", "point"}),
    (Message(ALL, "chair", doors=Doors(("alay",))), {"chair", "secretary", "interpreter"}),
    (Message(ALL, "chair", held=frozenset({"me"})), set()),
])
def test_who_reads_what(message: Message, expected: set[str]) -> None:
    assert readers_of(message) == expected


def test_sender_and_receiver_read_it_whatever_it_is() -> None:
    for to, role in ((CHAIR, "point"), (HELP_DESK, "point"), (PEER, DESK), (PEER, "chair")):
        assert readable(Message(to, role, by=frozenset({"me", "account"})), reader("point", "osh", key="account"))
        assert readable(Message(to, role, towards=frozenset({"me"})), reader("point", "osh"))
        assert not readable(Message(to, role, by=frozenset({"other"}), towards=frozenset({"third"})), reader("point", "osh"))


def test_the_acting_deputy_reads_what_was_said_behind_closed_doors() -> None:
    said = Message(ALL, "secretary", doors=Doors(("alay",), "me"))
    assert readable(said, reader("deputy", "osh"))
    assert not readable(said, reader("deputy", "osh", key="another"))


def test_an_answer_to_somebody_who_was_sent_out_meanwhile_is_not_read() -> None:
    assert not readable(Message(PEER, "chair", towards=frozenset({"me"}), held=frozenset({"me"})), reader("point", "osh"))
    assert not readable(Message(PEER, "chair", towards=frozenset({"me"}), doors=Doors(("alay",))), reader("point", "osh"))


def test_patience() -> None:
    assert not too_many([1.0] * (MOST_IN_A_WHILE - 1))
    assert too_many([1.0] * MOST_IN_A_WHILE)
    assert not too_many([float(WHILE_S)] * 100)
