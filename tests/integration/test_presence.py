"""Presence in the database: evidence, short and long losses, the sweep; and the sheet made of it."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

import pytest
from pypdf import PdfReader

from liaison.domain.actor import ANONYMOUS
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Forbidden, NotFound, Unauthenticated
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.reports.attendance_pdf import attendance_pdf
from liaison.services import attendance, lifecycle, presence, room_log, sessions
from liaison.store import tables as t
from tests.support.people import add_actor, organiser, plan


class Case:
    """A live session with Osh's officer present as peer ``p``."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.planner = organiser(house)
        self.session = sessions.book_session(house, self.planner, plan(title={"en": "Harvest report", "ky": "Түшүм жөнүндө"})).id
        lifecycle.open_session(house, self.planner, self.session)
        self.opened_at = house.clock.now()
        self.enter("p")

    def enter(self, peer: str) -> None:
        with self.house.db.write() as db:
            session = db.get_one(t.Session, self.session)
            point = session.invitations[1].point_id
            presence.open_presence(db, session_id=self.session, peer_id=peer, point_id=point, user_id=None, name="", role="point",
                                   via="browser", at=self.house.clock.now())

    def touch(self, at: datetime, peer: str = "p") -> None:
        with self.house.db.write() as db:
            presence.touch_presences(db, {peer: at})

    def stay(self, peer: str = "p") -> t.Presence:
        with self.house.db.write() as db:
            found = presence.newest(db, peer)
            assert found is not None
            return found

    def resume(self, peer: str = "p") -> bool:
        with self.house.db.write() as db:
            return presence.resume_presence(db, peer, self.house.clock.now())


@pytest.fixture
def case(house: House) -> Case:
    return Case(house)


def test_evidence_moves_forward_only(case: Case, clock: FixedClock) -> None:
    clock.advance(5)
    case.touch(clock.now())
    case.touch(clock.now() - timedelta(seconds=3))
    assert case.stay().evidence_at == clock.now()


def test_evidence_counts_within_its_own_transaction(case: Case, clock: FixedClock) -> None:
    with case.house.db.write() as db:
        assert presence.newest(db, "p") is not None  # read before, and kept by the session
        clock.advance(5)
        presence.touch_presences(db, {"p": clock.now()})
        presence.close_presence(db, "p", clock.now() + timedelta(seconds=60), "lost")
    assert case.stay().left_at == clock.now()


def test_evidence_of_hundreds_at_once(case: Case, clock: FixedClock) -> None:
    peers = [f"p{number}" for number in range(300)]
    for peer in peers[:3]:
        case.enter(peer)
    clock.advance(5)
    with case.house.db.write() as db:
        presence.touch_presences(db, {peer: clock.now() - timedelta(seconds=number) for number, peer in enumerate(peers)})
    assert [clock.now() - case.stay(peer).evidence_at for peer in peers[:3]] == [timedelta(seconds=number) for number in range(3)]


def test_nothing_is_closed_before_its_time(case: Case, clock: FixedClock) -> None:
    clock.advance(20)
    assert presence.close_stale(case.house) == []
    clock.advance(0.1)
    assert presence.close_stale(case.house) == ["p"]
    assert presence.close_stale(case.house) == []
    assert (case.stay().left_at, case.stay().reason) == (case.opened_at, "lost")
    with case.house.db.read() as db:
        last = room_log.events_after(db, case.session, 0)[-1]
    assert (last.type, last.data, last.actor) == ("peer_left", {"peer": "p", "reason": "lost"}, "scheduler")


def test_a_return_continues_or_begins_anew(case: Case, clock: FixedClock) -> None:
    clock.advance(14)
    assert case.resume() and case.stay().drops == 1
    clock.advance(60)
    assert not case.resume()
    assert case.stay().left_at == case.opened_at + timedelta(seconds=14)
    case.enter("p")
    assert case.stay().left_at is None and case.stay().joined_at == clock.now()


def test_late_evidence_reopens_a_stay_that_was_thought_lost(case: Case, clock: FixedClock) -> None:
    clock.advance(21)
    presence.close_stale(case.house)
    case.touch(case.opened_at + timedelta(seconds=12))
    assert case.stay().left_at is None
    assert case.stay().evidence_at == case.opened_at + timedelta(seconds=12)
    presence.close_stale(case.house)
    clock.advance(60)
    presence.close_stale(case.house)
    case.touch(clock.now())
    assert case.stay().left_at == case.opened_at + timedelta(seconds=12)


def test_who_left_or_was_removed_stays_out(case: Case, clock: FixedClock) -> None:
    for reason in ("left", "removed"):
        with case.house.db.write() as db:
            presence.close_presence(db, "p", clock.now(), reason)
        assert not case.resume() and case.stay().reason == reason
        case.enter("p")


def test_the_end_closes_everybody_and_the_silent_as_lost(case: Case, clock: FixedClock) -> None:
    case.enter("q")
    clock.advance(25)
    case.touch(clock.now(), "q")
    lifecycle.close_session(case.house, case.planner, case.session)
    assert [(case.stay(peer).reason, case.stay(peer).left_at) for peer in "pq"] == [
        ("lost", case.opened_at), ("ended", clock.now())]


def test_lost_media_is_an_interval_of_the_stay(case: Case, clock: FixedClock) -> None:
    lost = clock.now()
    with case.house.db.write() as db:
        presence.media_lost(db, "p", lost)
        presence.media_lost(db, "p", lost + timedelta(seconds=1))
        presence.media_back(db, {"p": lost + timedelta(seconds=9)})
    assert [(loss.lost_at, loss.back_at) for loss in case.stay().media_losses] == [(lost, lost + timedelta(seconds=9))]


# ---------------------------------------------------------------- the sheet


def test_the_sheets_shape(case: Case, clock: FixedClock) -> None:
    clock.advance(1830)
    case.touch(clock.now())
    with case.house.db.write() as db:
        presence.close_presence(db, "p", clock.now(), "left")
    clock.advance(1770)
    lifecycle.close_session(case.house, case.planner, case.session)
    hall, osh = attendance.attendance_sheet(case.house, case.planner, case.session)["points"]
    assert (osh["slug"], osh["invited"], osh["answer"]) == ("osh-oblast", True, "pending")
    assert (osh["present_seconds"], osh["share"], osh["late_seconds"], osh["drops"]) == (1830, 0.5083, 0, 0)
    assert osh["first_joined_at"] == "2027-03-01T03:00:00Z" and osh["last_left_at"] == "2027-03-01T03:30:30Z"
    assert [(p["peer"], p["via"], p["reason"]) for p in osh["presences"]] == [("p", "browser", "left")]
    assert (hall["present_seconds"], hall["first_joined_at"], hall["late_seconds"], hall["presences"]) == (0, None, None, [])


def test_who_sees_the_sheet(case: Case, house: House) -> None:
    def slugs(actor: object) -> list[str]:
        return [point["slug"] for point in attendance.attendance_sheet(house, actor, case.session)["points"]]  # type: ignore[arg-type]

    assert slugs(add_actor(house, "desk", AccountRole.OPERATOR)) == ["big-hall", "osh-oblast"]
    assert slugs(add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")) == ["osh-oblast"]
    with pytest.raises(Forbidden):
        slugs(add_actor(house, "talas", AccountRole.OFFICER, "talas-oblast"))
    with pytest.raises(Unauthenticated):
        slugs(ANONYMOUS)
    with pytest.raises(NotFound):
        attendance.attendance_sheet(house, case.planner, "nothing")


def test_a_point_taken_out_after_it_came_is_still_on_the_sheet(case: Case, house: House) -> None:
    sessions.change_session(house, case.planner, case.session, {"points": ("big-hall", "alay-district")})
    points = {point["slug"]: point for point in attendance.attendance_sheet(house, case.planner, case.session)["points"]}
    assert set(points) == {"big-hall", "alay-district", "osh-oblast"}
    assert not points["osh-oblast"]["invited"] and points["osh-oblast"]["presences"]


def test_csv(case: Case, house: House) -> None:
    with house.db.write() as db:
        session = db.get_one(t.Session, case.session)
        session.invitations[1].representatives = ["=cmd", "B. Second"]
    rows = list(csv.DictReader(io.StringIO(attendance.attendance_csv(house, case.planner, case.session))))
    assert [row["point"] for row in rows] == ["big-hall", "osh-oblast"]
    assert rows[1]["name"] == "Osh Province" and rows[1]["representatives"].startswith("'=cmd")


@pytest.mark.parametrize("language", ["ky", "ru", "en"])
def test_pdf_prints_every_letter(case: Case, house: House, language: str) -> None:
    sheet = attendance.attendance_sheet(house, case.planner, case.session)
    sheet["points"] *= 32  # 64 rows: several pages
    reader = PdfReader(io.BytesIO(attendance_pdf(house, sheet, language)))
    text = "".join(page.extract_text() for page in reader.pages)
    assert len(reader.pages) > 1
    assert {"ky": "Ош облусу", "ru": "Ошская область", "en": "Osh Province"}[language] in text
    assert "Түшүм жөнүндө" in text if language == "ky" else "Harvest" in text or "Түшүм" in text
    assert "■" not in text and "\ufffd" not in text
