"""The protocol of a meeting: what was done over real sockets, as JSON and on paper in each language."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from pypdf import PdfReader

from liaison.domain.actor import ANONYMOUS
from liaison.domain.errors import Forbidden, Unauthenticated
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.reports.protocol_pdf import protocol_pdf
from liaison.services import lifecycle
from signaling.protocol import meeting_protocol
from tests.support.live_room import LiveRoom
from tests.support.people import add_actor
from tests.support.web import Browser

WORDS = {
    "ky": ("Жыйындын протоколу", "Ош облусу", "Четке кагылды"), "ru": ("Протокол сеанса", "Ошская область", "Отклонено"),
    "en": ("Protocol of the session", "Osh Province", "Rejected")}


@pytest.fixture
def live(house: House) -> Iterator[LiveRoom]:
    room = LiveRoom(house)
    room.open()
    yield room
    room.stop()


def hold_a_meeting(live: LiveRoom) -> None:
    secretary = live.enter("secretary", None)
    chair, osh, alay = live.enter("chair", "big-hall"), live.enter(), live.enter("point", "alay-district")
    for name, fields in (
            ("set_quorum", {"need": 3}), ("start_roll_call", {}), ("call_point", {"point": "osh-oblast"}),
            ("mark_point", {"point": "osh-oblast", "mark": "represented", "represented_by": "alay-district", "name": "Ч. Өмүрбеков"}),
            ("end_roll_call", {}), ("start_presence_check", {"seconds": 30})):
        assert secretary.command(name, **fields)["ok"], name
    for client in (chair, osh, alay):
        assert client.command("confirm_presence")["ok"]
    for kind, choices in (("open", ("yes", "no", "yes")), ("secret", ("no", "no", "abstain"))):
        assert secretary.command("start_vote", title=f"Бюджет ({kind})", kind=kind, unit="point", majority="two_thirds")["ok"]
        for client, choice in zip((chair, osh, alay), choices, strict=True):
            assert client.command("cast_vote", choice=choice)["ok"]
        assert secretary.command("close_vote")["ok"]
    assert chair.command("grant_floor", peer=osh.peer)["ok"] and osh.command("release_floor")["ok"]
    assert chair.command("close_doors", points=["osh-oblast"])["ok"] and chair.command("open_doors")["ok"]


def test_the_protocol_says_what_was_done(live: LiveRoom, house: House) -> None:
    hold_a_meeting(live)
    lifecycle.close_session(house, live.planner, live.session)
    facts = meeting_protocol(house, live.planner, live.session)
    assert [(vote["counts"], vote["outcome"]) for vote in facts["votes"]] == [
        ({"yes": 2, "no": 1, "abstain": 0}, "accepted"), ({"yes": 0, "no": 2, "abstain": 1}, "rejected")]
    assert facts["votes"][0]["cast"] == {"big-hall": "yes", "osh-oblast": "no", "alay-district": "yes"}
    assert facts["votes"][1]["cast"] == {}
    assert facts["roll_calls"][0]["marks"]["osh-oblast"]["by"] == "alay-district"
    assert [change["reached"] for change in facts["quorum"]] == [True]
    assert facts["presence_checks"][0]["missing"] == []
    assert [(each["delegation"], each["times"]) for each in facts["speeches"]] == [("osh-oblast", 1)]
    assert facts["closed_items"][0]["points"] == ["osh-oblast"] and facts["closed_items"][0]["opened_at"]
    for language, words in WORDS.items():
        reader = PdfReader(io.BytesIO(protocol_pdf(house, facts, language)))
        text = "".join(page.extract_text() for page in reader.pages)
        assert all(word in text for word in (*words, "Бюджет (secret)", "Ч. Өмүрбеков")), text
        assert "■" not in text and "\ufffd" not in text


def test_the_chair_s_people_and_the_office_may_see_it(live: LiveRoom, house: House) -> None:
    officer = add_actor(house, "alay", AccountRole.OFFICER, "alay-district")
    with pytest.raises(Forbidden):
        meeting_protocol(house, officer, live.session)
    with pytest.raises(Unauthenticated):
        meeting_protocol(house, ANONYMOUS, live.session)
    page = Browser(live.app, house).become(live.planner.user_id).get(f"/sessions/{live.session}")
    assert f"/sessions/{live.session}/protocol.pdf" in page.text
    paper = Browser(live.app, house).become(live.planner.user_id).get(f"/sessions/{live.session}/protocol.pdf")
    assert (paper.status_code, paper.mimetype, paper.data[:5]) == (200, "application/pdf", b"%PDF-")
