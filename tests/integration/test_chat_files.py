"""Files in the chat: taken in once, said with a message, opened by whoever may read it and by nobody else, gone when it is removed."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from liaison.domain.actor import ANONYMOUS, Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Forbidden, NotFound, Unauthenticated
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import chat_files, housekeeping, lifecycle, stored_files
from liaison.services.chat_archive import session_chat, session_file
from tests.support.live_room import LiveRoom, RoomClient, code, until
from tests.support.papers import pdf, photo, scanner
from tests.support.people import add_actor
from tests.support.web import Browser

_ids = itertools.count(1)
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What concerns files and rules, and not rows."""
WANTED = {"Accept": "application/json", "Accept-Language": "en"}


@pytest.fixture
def live(house: House) -> Iterator[LiveRoom]:
    room = LiveRoom(house)
    room.open()
    yield room
    room.stop()


def send(live: LiveRoom, client: RoomClient, data: bytes, name: str = "Plan.pdf", message: str = "") -> TestResponse:
    form = {"id": message or f"with-file-{next(_ids)}", "file": (io.BytesIO(data), name)}
    headers = WANTED | {"Room-Token": client.answer["resume"]}
    return live.app.test_client().post(f"/sessions/{live.session}/chat/files", data=form, headers=headers)


def say(live: LiveRoom, client: RoomClient, data: bytes, to: str = "all", name: str = "Plan.pdf", text: str = "", **more: Any) -> int:
    """Send a file and the message that brings it; the message's number."""
    message = f"with-file-{next(_ids)}"
    sent = send(live, client, data, name, message)
    assert sent.status_code == 201, sent.text
    said = client.call("chat_say", {"id": message, "to": to, "text": text, "file": sent.json["file"], **more})
    assert said["ok"], said
    return int(said["seq"])


def fetch(live: LiveRoom, client: RoomClient | None, seq: int, part: str = "file") -> TestResponse:
    headers = WANTED | ({"Room-Token": client.answer["resume"]} if client else {})
    return live.app.test_client().get(f"/sessions/{live.session}/chat/{seq}/{part}", headers=headers)


@cache
def sheet(*more: str) -> bytes:
    """A table; always the same one, though archives hold the time."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in ("[Content_Types].xml", "xl/workbook.xml", *more):
            made.writestr(name, "<x/>")
    return out.getvalue()


def set_to(house: House, **changes: Any) -> None:
    object.__setattr__(house, "settings", house.settings.model_copy(update=changes))


def test_a_file_goes_with_its_message_to_those_who_may_read_it(live: LiveRoom) -> None:
    chair, osh, alay = live.enter("chair", None), live.enter(), live.enter("point", "alay-district")
    wall = live.enter("point", "osh-oblast", via="wall")
    open_seq = say(live, osh, sheet(), name="Budget_2027.xlsx", text="The figures")
    quiet_seq = say(live, osh, pdf(1), "chair")
    message = until(lambda: alay.told("chat"), "the message")[0]
    told = {"name": "Budget 2027", "kind": "xlsx", "size": len(sheet()), "width": 0, "height": 0}
    assert (message["text"], message["file"]) == ("The figures", told)
    for client, statuses in ((osh, (200, 200)), (chair, (200, 200)), (alay, (200, 404)), (wall, (403, 403)), (None, (401, 401))):
        assert tuple(fetch(live, client, seq).status_code for seq in (open_seq, quiet_seq)) == statuses
    answer = fetch(live, alay, open_seq)
    assert answer.data == sheet() and answer.headers["Content-Disposition"] == "attachment; filename=\"Budget 2027.xlsx\""
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer.headers["Content-Security-Policy"]
    assert "private" in answer.headers["Cache-Control"] and answer.mimetype.endswith("spreadsheetml.sheet")
    assert fetch(live, alay, open_seq, "thumbnail").status_code == fetch(live, osh, 99).status_code == 404
    [read] = [one for one in alay.call("chat_read")["messages"]]
    assert read == message


@ON_SQLITE
def test_a_picture_is_written_anew_and_has_a_small_one(live: LiveRoom) -> None:
    osh, alay = live.enter(), live.enter("point", "alay-district")
    seq = say(live, osh, photo("JPEG", (1600, 900)), name="IMG.png")
    file = until(lambda: alay.told("chat"), "the message")[0]["file"]
    assert (file["kind"], file["width"], file["height"]) == ("jpg", 480, 270)
    small = fetch(live, alay, seq, "thumbnail")
    with Image.open(io.BytesIO(small.data)) as drawn:
        assert (drawn.format, drawn.size) == ("WEBP", (480, 270)) and "attachment" not in small.headers.get("Content-Disposition", "")
    assert b"Taken at home" not in fetch(live, alay, seq).data
    assert live.app.test_client().get(f"/sessions/{live.session}/chat/{seq}/thumbnail", headers={
        "Room-Token": alay.answer["resume"], "If-None-Match": small.headers["ETag"]}).status_code == 304


def test_what_is_sent_again_is_kept_once(live: LiveRoom, clock: FixedClock) -> None:
    osh, alay = live.enter(), live.enter("point", "alay-district")
    first = send(live, osh, pdf(1), message="the-very-same")
    osh.drop()
    clock.advance(5)
    back = live.resume(osh)
    assert send(live, back, pdf(1), message="the-very-same").json == first.json
    said = {"id": "the-very-same", "to": "all", "text": "", "file": first.json["file"]}
    assert back.call("chat_say", said) == back.call("chat_say", said)
    assert len(alay.call("chat_read")["messages"]) == 1
    assert send(live, alay, pdf(1), message="the-very-same").json["code"] == "invalid"
    for wrong in ({"id": "another-message"}, {"file": "unknown"}):
        assert code(back.call("chat_say", said | {"id": "a-third-message"} | wrong)) == "invalid"
    assert code(alay.call("chat_say", said | {"id": "not-its-own-one"})) == "invalid"
    assert code(back.call("chat_say", {"id": "without-words", "to": "all", "text": " "})) == "invalid"


@ON_SQLITE
@pytest.mark.parametrize(("data", "name", "words"), [
    (b"", "a.pdf", "Choose a file first."), (b"MZ\x90\x00" * 9, "a.pdf", "this kind"), (sheet("xl/vbaProject.bin"), "a.xlsx", "this kind"),
    (b"%PDF-" + b"x" * 2_000_000, "a.pdf", "larger than 2 MB"), (photo()[:60], "a.png", "not a picture"),
], ids=["empty", "program", "macros", "large", "torn"])
def test_what_is_not_fit_is_refused_clearly(live: LiveRoom, data: bytes, name: str, words: str) -> None:
    set_to(live.house, file_megabytes=2)
    refused = send(live, live.enter(), data, name)
    assert refused.status_code == 422 and words in refused.json["errors"][0]["message"]
    assert list(stored_files.stored(live.house.settings)) == []


@ON_SQLITE
def test_the_scanner_and_the_limits(live: LiveRoom, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    osh, alay = live.enter(), live.enter("point", "alay-district")
    set_to(live.house, file_scan=scanner(tmp_path, "grep -q a-virus && exit 1; exit 0"))
    assert send(live, osh, b"a-virus", "a.txt").json["code"] == "infected"
    set_to(live.house, file_scan=str(tmp_path / "missing"))
    assert send(live, osh, b"plain", "a.txt").json["code"] == "scanner_silent"
    set_to(live.house, file_scan="", session_megabytes=1)
    for number in range(10):
        assert send(live, osh, b"plain %d" % number, "a.txt").status_code == 201
    assert send(live, osh, b"one more", "a.txt").json["code"] == "rate_limited"
    assert "would be too much" in send(live, alay, b"x" * 1_000_000, "a.txt").json["errors"][0]["message"]
    monkeypatch.setattr(chat_files, "MOST_FILES", 10)
    assert send(live, alay, b"x", "a.txt").json["code"] == "invalid"
    clock.advance(121)
    monkeypatch.setattr(chat_files, "MOST_FILES", 11)
    assert send(live, osh, b"one more", "a.txt").status_code == 201


@ON_SQLITE
def test_the_rules_of_the_room_hold(live: LiveRoom) -> None:
    chair, osh = live.enter("chair", None), live.enter()
    ready = send(live, osh, pdf(1), message="sent-in-time").json["file"]
    chair.command("set_rights", files="leading")
    assert send(live, osh, pdf(1)).json["code"] == "forbidden"
    assert code(osh.call("chat_say", {"id": "sent-in-time", "to": "all", "text": "", "file": ready})) == "forbidden"
    assert send(live, chair, pdf(1)).status_code == 201
    chair.command("set_rights", files="none")
    assert send(live, chair, pdf(1)).json["code"] == "forbidden"
    assert osh.call("chat_say", {"id": "words-alone", "to": "all", "text": "Words"})["ok"]
    chair.command("set_rights", files="all")
    chair.command("hold", peer=osh.peer)
    assert send(live, osh, pdf(1)).json["code"] == "forbidden"
    stranger = live.app.test_client().post(f"/sessions/{live.session}/chat/files", data={"id": "12345678"}, headers=WANTED)
    assert stranger.status_code == 401
    elsewhere = live.app.test_client().get("/sessions/another/chat/1/file", headers=WANTED | {"Room-Token": chair.answer["resume"]})
    assert elsewhere.json["code"] == "forbidden"


@ON_SQLITE
def test_who_was_cut_off_never_gets_it(live: LiveRoom) -> None:
    chair, osh, alay = live.enter("chair", None), live.enter(), live.enter("point", "alay-district")
    before = say(live, chair, pdf(1))
    chair.command("close_doors", points=["osh-oblast"])
    behind = say(live, chair, pdf(2))
    assert fetch(live, alay, before).json["code"] == fetch(live, alay, behind).json["code"] == "forbidden"
    assert fetch(live, osh, behind).status_code == 200
    chair.command("open_doors")
    assert (fetch(live, alay, before).status_code, fetch(live, alay, behind).status_code) == (200, 404)
    late = live.enter("point", "alay-district")
    assert fetch(live, late, behind).status_code == 404


@ON_SQLITE
def test_a_removed_messages_file_is_gone(live: LiveRoom) -> None:
    chair, osh = live.enter("chair", None), live.enter()
    seq = say(live, osh, photo(), text="Look")
    assert chair.call("chat_remove", {"seq": seq})["ok"]
    for client, part in itertools.product((chair, osh), ("file", "thumbnail")):
        assert fetch(live, client, seq, part).status_code == 404
    assert osh.call("chat_read")["messages"][0]["file"] is None
    with pytest.raises(NotFound):
        session_file(live.house, live.planner, live.session, seq)


def test_who_opens_it_when_the_session_is_over(live: LiveRoom) -> None:
    house = live.house
    people = {name: add_actor(house, name, role, point) for name, role, point in (
        ("desk", AccountRole.OPERATOR, None), ("osh", AccountRole.OFFICER, "osh-oblast"), ("alay", AccountRole.OFFICER, "alay-district"),
        ("naryn", AccountRole.OFFICER, "naryn-oblast"))}
    chair, osh = live.enter("chair", None), live.enter()
    seqs = [say(live, osh, b"to all", name="all.csv"), say(live, osh, b"quiet", "chair", "a.txt"),
            say(live, osh, photo(), "help_desk", "a.png")]
    chair.command("close_doors", points=["osh-oblast"])
    seqs.append(say(live, chair, b"closed", name="a.txt"))
    [asked] = Browser(live.app, house).become(people["desk"].user_id).get("/help-desk/state.json").json["messages"]
    assert (asked["file"], asked["address"]) == ("a.png", f"/sessions/{live.session}/chat/{seqs[2]}/file")
    lifecycle.close_session(house, live.planner, live.session)

    def opens(actor: Actor) -> list[bool]:
        return [_opens(house, actor, live.session, seq) for seq in seqs]
    assert opens(live.planner) == [True] * 4 and opens(people["desk"]) == [True, False, True, False]
    assert opens(people["osh"]) == [True, False, False, True] and opens(people["alay"]) == [True, False, False, False]
    for actor, refusal in ((people["naryn"], Forbidden), (ANONYMOUS, Unauthenticated)):
        with pytest.raises(refusal):
            session_file(house, actor, live.session, seqs[0])
    browser = Browser(live.app, house).become(people["alay"].user_id)
    page = browser.get(f"/sessions/{live.session}/chat").text
    assert f"/chat/{seqs[0]}/file" in page and f"/chat/{seqs[1]}/file" not in page and "all.csv" in page
    answer, other = (browser.get(f"/sessions/{live.session}/chat/{seq}/file") for seq in seqs[:2])
    assert (answer.data, answer.mimetype, other.status_code) == (b"to all", "text/csv", 404)
    assert f"/chat/{seqs[2]}/thumbnail" in browser.become(people["desk"].user_id).get(f"/sessions/{live.session}/chat").text
    assert [one["file"] is not None for one in session_chat(house, live.planner, live.session)["items"]] == [True] * 4


def _opens(house: House, actor: Actor, session: str, seq: int) -> bool:
    try:
        session_file(house, actor, session, seq)
    except NotFound:
        return False
    return True


def test_a_file_that_nobody_said_is_forgotten(live: LiveRoom, clock: FixedClock) -> None:
    osh = live.enter()
    said = say(live, osh, b"said", name="a.txt")
    assert send(live, osh, b"never said", "b.txt").status_code == 201
    clock.advance(timedelta(days=1, seconds=1).total_seconds())
    assert housekeeping.clean_up(live.house)["chat_files"] == 1
    assert session_file(live.house, live.planner, live.session, said).path.read_bytes() == b"said"
