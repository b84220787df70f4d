"""What is kept of a meeting from its log: everything that a later event of the room covers up, too."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from signaling.room.commands import Command, decide
from signaling.room.entering import enter
from signaling.room.events import Event, evolve
from signaling.room.record import Record
from signaling.room.roll_rules import follows
from signaling.room.state import Plan, RoomState
from tests.support.conduct import AGENDA, NOW, POINTS, happened, someone

PLAN = Plan(NOW, NOW + timedelta(hours=1), AGENDA, POINTS)
HERE = ("chair", "osh", "alay", "secretary")


class Log:
    """A meeting that writes its log: commands, and the time between them."""

    def __init__(self) -> None:
        self.now, self.state = NOW, RoomState("s1", plan=PLAN)
        self.events: list[Event] = []
        for name in HERE:
            self.write(*enter(self.state, someone(name), self.now, 50))
        self.write(happened("session_opened", self.now))

    def write(self, *events: Event) -> None:
        for event in events:
            self.state = evolve(self.state, event)
            self.events.append(event)

    def do(self, name: str, by: str = "secretary", /, after_s: int = 10, **fields: Any) -> None:
        self.now += timedelta(seconds=after_s)
        self.write(*decide(self.state, Command(name, by, fields), self.now).events)
        self.write(*follows(self.state, self.now))

    def facts(self) -> dict[str, Any]:
        return Record("s1", PLAN).read(self.events).facts(self.now)


def test_each_roll_call_and_each_check_is_kept() -> None:
    log = Log()
    for mark in ("absent", "present"):
        log.do("start_roll_call")
        log.do("call_point", point="naryn-oblast")
        log.do("mark_point", point="naryn-oblast", mark=mark)
        log.do("end_roll_call")
        log.do("start_presence_check", seconds=30)
        log.do("confirm_presence", "osh")
    first, second = log.facts()["roll_calls"]
    assert (first["marks"]["naryn-oblast"]["mark"], second["marks"]["naryn-oblast"]["mark"]) == ("absent", "present")
    assert first["ended_at"] is not None
    checks = log.facts()["presence_checks"]
    assert [check["missing"] for check in checks] == [["big-hall", "alay-district"]] * 2


def test_the_quorum_is_kept_each_time_it_is_reached_or_lost() -> None:
    log = Log()
    log.do("set_quorum", need=3)
    log.write(happened("peer_left", log.now, peer="alay", reason="left"))
    log.do("set_presence_checks", minutes=20)
    assert [(change["has"], change["reached"]) for change in log.facts()["quorum"]] == [(3, True), (2, False)]


def test_time_of_speeches_by_delegation_and_of_agenda_items() -> None:
    log = Log()
    log.do("grant_floor", "chair", peer="osh")
    log.do("release_floor", "osh", after_s=90)
    log.do("grant_floor", "chair", peer="osh")
    log.do("next_agenda_item", after_s=30)
    log.do("close_item", after_s=60)
    facts = log.facts()
    assert facts["speeches"] == [{"delegation": "osh-oblast", "seconds": 180, "times": 2}]
    assert [(item["planned_minutes"], item["seconds"], item["treated"]) for item in facts["agenda"]] == [
        (20, 140, True), (10, 60, True), (30, 0, False)]


def test_votes_and_closed_items() -> None:
    log = Log()
    log.do("start_vote", title="The plan", kind="open", unit="point", majority="simple")
    log.do("cast_vote", "osh", choice="yes")
    log.do("close_vote", confirm=True)
    log.do("close_doors", "chair", points=["osh-oblast"])
    log.do("start_vote", title="In private", kind="secret", unit="point", majority="simple")
    log.do("cast_vote", "osh", choice="no")
    log.do("cancel_vote")
    log.do("open_doors", "chair")
    log.do("close_doors", "chair")
    facts = log.facts()
    assert [(vote["title"], vote["outcome"], vote["cast"]) for vote in facts["votes"]] == [
        ("The plan", "accepted", {"osh-oblast": "yes"}), ("In private", "cancelled", {})]
    assert [(item["points"], item["opened_at"] is None) for item in facts["closed_items"]] == [(["osh-oblast"], False), (None, True)]
    assert facts["people"]["osh"] == {"name": "osh", "point": "osh-oblast", "role": "point"}
