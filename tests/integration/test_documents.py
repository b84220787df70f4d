"""Documents of sessions: what is taken, what becomes of it, who sees it, over HTTP and in a room."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select

from liaison.domain.actor import ANONYMOUS, SYSTEM, Actor
from liaison.domain.agenda import entry
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Busy, Forbidden, Invalid, NotFound, Unauthenticated
from liaison.domain.file_kinds import TEXT
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import documents, housekeeping, paper_pages, sessions, settings, stored_files
from liaison.services.document_rights import DoorsClosed, NotForThem, Reader
from liaison.services.documents import Placing
from liaison.services.file_scan import Infected, ScannerSilent
from liaison.store import tables as t
from tests.support.live_room import LiveRoom, RoomClient, code, until
from tests.support.papers import colour, pdf, photo, scanner
from tests.support.people import add_actor, organiser, plan
from tests.support.web import Browser, sentences
from web.app import create_app

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""What concerns files and not rows."""


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def session(house: House, planner: Actor) -> str:
    agenda = (entry("Harvest", 20), entry("Water", 10))
    return sessions.book_session(house, planner, plan("big-hall", "osh-oblast", "alay-district", public=True, agenda=agenda)).id


def set_to(house: House, **changes: Any) -> None:
    """Other settings from now on."""
    object.__setattr__(house, "settings", house.settings.model_copy(update=changes))


def add(house: House, actor: Actor, session: str, sent: bytes = b"", **placing: Any) -> documents.DocumentView:
    return documents.add_document(house, actor, session, sent or photo(), Placing(**{"title": "Plan"} | placing))


def test_a_pdf_is_kept_with_its_pages_as_pictures_and_text(house: House, planner: Actor, session: str) -> None:
    sent = pdf(3)
    made = add(house, planner, session, sent, item=1)
    assert (made.kind, made.pages, made.item, made.public, made.changeable) == ("pdf", 3, 1, False, True)
    _, path = documents.read_file(house, Reader(planner), session, made.id)
    assert path.read_bytes() == sent and path.stat().st_mode & 0o077 == 0
    for number in (1, 3):
        page = documents.read_page(house, Reader(planner), session, made.id, number)
        small = documents.read_page(house, Reader(planner), session, made.id, number, small=True)
        assert page.text == f"Harvest {number}" and (page.width, page.height) == (1358, 1920)
        for view, height in ((page, 1920), (small, 960)):
            with Image.open(view.file) as drawn:
                assert drawn.height == height and not drawn.info.get("exif")
                assert drawn.convert("RGB").getpixel((drawn.width // 2, drawn.height // 2)) == pytest.approx(colour(number), abs=6)
    for number in (0, 4, 10**9):
        with pytest.raises(NotFound):
            documents.read_page(house, Reader(planner), session, made.id, number)


@ON_SQLITE
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_written_anew(house: House, planner: Actor, session: str, form: str) -> None:
    made = add(house, planner, session, photo(form))
    _, path = documents.read_file(house, Reader(planner), session, made.id)
    assert b"Taken at home" not in path.read_bytes() and made.pages == 1
    with Image.open(path) as kept:
        assert (kept.format, kept.size) == (form, (60, 40))


@ON_SQLITE
@pytest.mark.parametrize(("sent", "words"), [
    (b"", "Choose a file first."), (b"MZ\x90\x00" * 50, "this kind"), (b"plain text", "this kind"), (b"%PDF-1.7 nothing", "cannot be read"),
    (pdf(1, password="secret"), "locked"), (photo()[:60], "not a picture"), (b"\x00" * 2_000_001, "larger than 2 MB"),
])
def test_what_is_not_a_document_is_refused_and_leaves_nothing(house: House, planner: Actor, session: str, sent: bytes, words: str) -> None:
    set_to(house, file_megabytes=2)
    with pytest.raises(Invalid) as error:
        documents.add_document(house, planner, session, sent, Placing("Plan"))
    (said,) = error.value.details["errors"]
    assert words in said["message"] % said and said["field"] == "file"
    assert documents.list_documents(house, Reader(planner), session) == []


@ON_SQLITE
def test_a_pdf_that_takes_too_long_is_refused(house: House, planner: Actor, session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paper_pages, "PATIENCE_S", 0.01)
    with pytest.raises(Invalid, match="cannot be read"):
        add(house, planner, session, pdf(1))
    monkeypatch.setattr(paper_pages, "_places", threading.BoundedSemaphore(1))
    with paper_pages._places, pytest.raises(Busy):
        add(house, planner, session, pdf(1))


def test_a_session_holds_so_much(house: House, planner: Actor, session: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MOST_DOCUMENTS", 2)
    for _ in range(2):
        add(house, planner, session)
    with pytest.raises(Invalid):
        add(house, planner, session)
    monkeypatch.setattr(documents, "MOST_DOCUMENTS", 200)
    set_to(house, session_megabytes=1)
    with house.db.write() as db:
        db.scalars(select(t.Document)).first().size = 999_990  # type: ignore[union-attr]
    with pytest.raises(Invalid):
        add(house, planner, session)


@ON_SQLITE
@pytest.mark.parametrize(("lines", "error"), [
    ("grep -q teal-virus && exit 1; exit 0", None), ("cat > /dev/null; exit 1", Infected), ("exit 2", ScannerSilent), (None, ScannerSilent),
])
def test_the_virus_scanner_is_asked(
        house: House, planner: Actor, session: str, tmp_path: Path, lines: str | None, error: type[Exception] | None) -> None:
    set_to(house, file_scan=scanner(tmp_path, lines) if lines else str(tmp_path / "missing"))
    if error is None:
        assert add(house, planner, session).pages == 1
        return
    with pytest.raises(error):
        add(house, planner, session)
    assert documents.list_documents(house, Reader(planner), session) == [] and list(stored_files.stored(house.settings)) == []


@ON_SQLITE
def test_the_scanner_is_given_the_file_itself(house: House, planner: Actor, session: str, tmp_path: Path) -> None:
    set_to(house, file_scan=scanner(tmp_path, f"cat > {tmp_path}/seen; grep -q 'a virus' {tmp_path}/seen && exit 1; exit 0"))
    stored_files.take_in(house, b"harmless", {TEXT})
    assert (tmp_path / "seen").read_bytes() == b"harmless"
    with pytest.raises(Infected):
        stored_files.take_in(house, b"this is a virus", {TEXT})


def test_who_adds_changes_and_sees(house: House, planner: Actor, session: str) -> None:
    osh, naryn = (add_actor(house, name, AccountRole.OFFICER, f"{name}-oblast") for name in ("osh", "naryn"))
    made = add(house, osh, session)
    for actor, error in ((ANONYMOUS, Unauthenticated), (naryn, Forbidden)):
        for call in (lambda who: add(house, who, session), lambda who: documents.remove_document(house, who, session, made.id),
                     lambda who: documents.read_page(house, Reader(who), session, made.id, 1)):
            with pytest.raises(error):
                call(actor)
    assert documents.list_documents(house, Reader(ANONYMOUS), session) == []
    with pytest.raises(Invalid):
        documents.change_document(house, osh, session, made.id, Placing("Plan", public=True))  # not an officer's to decide
    documents.change_document(house, planner, session, made.id, Placing("The plan", 0, public=True))
    (public,) = documents.list_documents(house, Reader(ANONYMOUS), session)
    assert (public.title, public.item, public.changeable) == ("The plan", 0, False)
    assert documents.read_page(house, Reader(ANONYMOUS), session, made.id, 1).width == 60
    settings.change_settings(house, SYSTEM, {"officers_add_documents": False})
    with pytest.raises(Forbidden):
        add(house, osh, session)
    documents.remove_document(house, osh, session, made.id)  # its own
    with pytest.raises(NotFound):
        documents.read_file(house, Reader(planner), session, made.id)


def test_a_document_for_some_points_is_for_nobody_else(house: House, planner: Actor, session: str) -> None:
    osh, alay, desk = (add_actor(house, name, role, point) for name, role, point in (
        ("osh", AccountRole.OFFICER, "osh-oblast"), ("alay", AccountRole.OFFICER, "alay-district"), ("desk", AccountRole.OPERATOR, None)))
    made = add(house, planner, session, points=("osh-oblast",))
    own = add(house, alay, session, title="Own", points=("osh-oblast",))
    for actor, seen in ((planner, {made.id, own.id}), (osh, {made.id, own.id}), (alay, {own.id}), (desk, set())):
        assert {one.id for one in documents.list_documents(house, Reader(actor), session)} == seen
        for call in (lambda who: documents.read_file(house, Reader(who), session, made.id),
                     lambda who: documents.read_page(house, Reader(who), session, made.id, 1, small=True)):
            if made.id in seen:
                call(actor)
            else:
                with pytest.raises(NotForThem):
                    call(actor)
    for wrong in (Placing("Plan", points=("naryn-oblast",)), Placing("Plan", public=True, points=("osh-oblast",))):
        with pytest.raises(Invalid):
            documents.change_document(house, planner, session, made.id, wrong)
    documents.change_document(house, planner, session, made.id, Placing("Plan"))
    assert documents.read_page(house, Reader(alay), session, made.id, 1).width == 60
    browser = Browser(create_app(house), house).become(planner.user_id)
    address = f"/sessions/{session}/documents/{made.id}"
    assert browser.post(address, {"title": "Plan", "points": ["osh-oblast", "alay-district"]}).status_code == 303
    found = {one["id"]: one["points"] for one in browser.get(f"/sessions/{session}/documents").json["items"]}
    assert found[made.id] == ["alay-district", "osh-oblast"]
    assert "Not for everybody" in sentences(browser.get(f"/sessions/{session}"))
    answer = browser.become(desk.user_id).get(f"{address}/pages/1", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json["code"]) == (403, "not_for_you")


def test_another_sessions_address_gives_nothing(house: House, planner: Actor, session: str) -> None:
    other = sessions.book_session(house, planner, plan("naryn-oblast", title={"en": "Other"})).id
    made = add(house, planner, session)
    for call in (lambda: documents.read_file(house, Reader(planner), other, made.id),
                 lambda: documents.remove_document(house, planner, other, made.id)):
        with pytest.raises(NotFound):
            call()


def test_files_that_nothing_names_go_after_a_month(house: House, planner: Actor, session: str, clock: FixedClock) -> None:
    made = add(house, planner, session)
    kept = list(stored_files.stored(house.settings))
    again = add(house, planner, session)
    assert list(stored_files.stored(house.settings)) == kept, "the same file is kept once"
    documents.remove_document(house, planner, session, made.id)
    for path in kept:
        os.utime(path, (clock.now().timestamp(),) * 2)
    clock.advance(timedelta(days=31).total_seconds())
    assert housekeeping.clean_up(house)["stored_files"] == 0
    documents.remove_document(house, planner, session, again.id)
    assert housekeeping.clean_up(house)["stored_files"] == len(kept) and list(stored_files.stored(house.settings)) == []


# ---------------------------------------------------------------- over HTTP


@ON_SQLITE
def test_a_browser_gets_and_keeps_documents(house: House, planner: Actor, session: str) -> None:
    browser = Browser(create_app(house), house).become(planner.user_id)
    base = f"/sessions/{session}/documents"
    upload = {"file": (io.BytesIO(pdf(1)), "..\\secret/Harvest_plan.pdf"), "item": "0"}
    assert browser.post(base, upload).status_code == 303
    assert "Harvest plan" in sentences(browser.get(f"/sessions/{session}"))
    (listed,) = browser.get(base).json["items"]
    assert (listed["title"], listed["item"], listed["address"]) == ("Harvest plan", 0, f"{base}/{listed['id']}")
    answer = browser.get(f"{listed['address']}/file")
    assert answer.mimetype == "application/pdf" and answer.data.startswith(b"%PDF-")
    assert answer.headers["Content-Disposition"] == "attachment; filename=\"Harvest plan.pdf\""
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer.headers["Content-Security-Policy"]
    page = browser.get(f"{listed['address']}/pages/1")
    assert page.mimetype == "image/webp" and "private" in page.headers["Cache-Control"]
    assert browser.get(f"{listed['address']}/pages/1", headers={"If-None-Match": page.headers["ETag"]}).status_code == 304
    assert browser.get(f"{listed['address']}/pages/1/text").json["text"] == "Harvest 1"
    assert browser.become(None).get(f"{listed['address']}/pages/1").status_code == 303


@ON_SQLITE
def test_a_browser_is_told_what_was_wrong(house: House, planner: Actor, session: str, tmp_path: Path) -> None:
    browser = Browser(create_app(house), house).become(planner.user_id)
    base = f"/sessions/{session}/documents"
    wanted = {"Accept": "application/json"}
    refused = browser.post(base, {"file": (io.BytesIO(b"MZ\0\0"), "a.pdf")}, headers=wanted)
    assert refused.status_code == 422 and "JPG, PDF, PNG, WEBP" in refused.json["errors"][0]["message"]
    browser.post(base, {"file": (io.BytesIO(b"MZ\0\0"), "a.pdf")})
    assert "Files of this kind are not taken here." in sentences(browser.get(f"/sessions/{session}"))
    set_to(house, file_scan=str(tmp_path / "missing"))
    assert browser.post(base, {"file": (io.BytesIO(photo()), "a.png")}, headers=wanted).json["code"] == "scanner_silent"
    large = browser.post(base, {"file": (io.BytesIO(b"%PDF-" + b"x" * 21_000_000), "a.pdf")}, headers=wanted)
    assert large.status_code == 413
    for item in ("7", "-1", "x", "1" * 40):
        assert browser.post(base, {"file": (io.BytesIO(photo()), "a.png"), "item": item}, headers=wanted).status_code == 422


# ---------------------------------------------------------------- in a room


@pytest.fixture
def live(house: House) -> Iterator[LiveRoom]:
    made = LiveRoom(house)
    yield made
    made.stop()


def test_the_room_shows_turns_and_forgets(house: House, live: LiveRoom) -> None:
    chair, osh = live.enter("chair", "big-hall"), live.enter("point", "osh-oblast")
    live.open()
    made = add(house, SYSTEM, live.session)
    osh.wait_event("documents_changed")
    assert code(osh.command("show_document", document=made.id)) == "forbidden"
    assert code(chair.command("show_document", document="x")) == "not_found"
    assert chair.command("show_document", document=made.id)["ok"]
    until(lambda: (osh.snapshot.get("document") or {}).get("document") == made.id, "the document is shown")
    page, visitor = f"/sessions/{live.session}/documents/{made.id}/pages/1", live.app.test_client()
    asked = {"Accept": "application/json", "Room-Token": osh.answer["resume"]}
    assert visitor.get(page, headers=asked).status_code == 200
    for other, status in (({}, 401), ({"Room-Token": "x"}, 401), ({"Room-Token": live.token()}, 401)):
        assert visitor.get(page, headers={"Accept": "application/json"} | other).status_code == status
    chair.command("close_doors", points=["big-hall"])
    osh.wait_told("audience")
    assert visitor.get(page, headers=asked).json["code"] == "doors_closed"
    osh_officer = add_actor(house, "osh-officer", AccountRole.OFFICER, "osh-oblast")
    with pytest.raises(DoorsClosed):
        documents.list_documents(house, Reader(osh_officer), live.session)
    chair.command("open_doors")
    documents.remove_document(house, SYSTEM, live.session, made.id)
    until(lambda: chair.snapshot["document"] is None, "what is gone is shown no more")


@ON_SQLITE
def test_a_document_for_some_points_in_the_room(house: House, live: LiveRoom) -> None:
    chair, osh, alay = live.enter("chair", "big-hall"), live.enter("point", "osh-oblast"), live.enter("point", "alay-district")
    interpreter = live.enter("interpreter", None)
    live.open()
    made = add(house, SYSTEM, live.session, title="A secret", points=("osh-oblast",))
    assert chair.command("show_document", document=made.id)["ok"]
    event = alay.wait_event("document_shown")
    assert (event["data"]["title"], event["data"]["limited"]) == ("", True)
    assert (alay.call("snapshot")["snapshot"]["document"]["title"], alay.snapshot["document"]["limited"]) == ("", True)
    page, visitor = f"/sessions/{live.session}/documents/{made.id}/pages/1", live.app.test_client()

    def asks(client: RoomClient, address: str) -> Any:
        return visitor.get(address, headers={"Accept": "application/json", "Room-Token": client.answer["resume"]})
    for client, status in ((chair, 200), (osh, 200), (interpreter, 200), (alay, 403)):
        assert {asks(client, page + more).status_code for more in ("", "?small=1", "/text")} == {status}
        items = asks(client, f"/sessions/{live.session}/documents").json["items"]
        assert [one["title"] for one in items] == (["A secret"] if status == 200 else [])
    documents.change_document(house, SYSTEM, live.session, made.id, Placing("A secret", points=("alay-district",)))
    until(lambda: chair.snapshot["document"] is None, "with another audience it is shown no more")
    assert (asks(osh, page).status_code, asks(alay, page).status_code) == (403, 200)
