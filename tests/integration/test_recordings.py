"""Who may see, publish, hold and remove the recordings of a session, until when they are kept, and what is where in them."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.agenda import entry
from liaison.domain.errors import Forbidden, IllegalState, NotFound, Unauthenticated
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import disk, lifecycle, recordings, room_log, sessions
from liaison.services.audit_log import session_history
from liaison.services.disk import MIB, DiskState
from signaling.broadcast.packer import Packer
from signaling.broadcast.talk import TALK, write_talk
from signaling.contents import contents_of
from tests.support.people import add_actor, organiser, plan
from tests.support.recorded import keep_broadcast, keep_tracks
from tests.support.web import Browser, sentences
from web.app import create_app

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


def browser_of(house: House) -> Browser:
    return Browser(create_app(house), house)


def booked(house: House, planner: Actor, **fields: object) -> str:
    agenda = (entry("Roads", 20), entry("Wages", 15))
    wanted = {"public": True, "agenda": agenda, "starts_at": house.clock.now()} | fields
    return sessions.book_session(house, planner, plan("osh-oblast", **wanted)).id


def held_session(house: House, planner: Actor, **fields: object) -> str:
    """A session of ten minutes that has ended, with everything that was recorded of it."""
    session = booked(house, planner, **fields)
    lifecycle.open_session(house, SYSTEM, session)
    keep_broadcast(house, session, house.clock.now() - timedelta(seconds=30))
    keep_tracks(house, session, house.clock.now())
    house.clock.advance(600)
    lifecycle.close_session(house, SYSTEM, session)
    house.clock.advance(120)
    return session


def test_a_recording_is_for_everybody_until_it_is_withheld(house: House, planner: Actor) -> None:
    session = held_session(house, planner)
    browser = browser_of(house)
    assert 'id="player"' in browser.get(f"/public/sessions/{session}").text
    assert browser.get(f"/live/{session}/whole.m3u8").status_code == 200
    whole = browser.get(f"/public/sessions/{session}/recording.mp4", headers={"Range": "bytes=2-4"})
    assert (whole.status_code, whole.data, whole.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    staff, again = browser_of(house).become(planner.user_id), browser_of(house)
    staff.post(f"/sessions/{session}/recordings/publish", {"published": "no"})
    page = again.get(f"/public/sessions/{session}")
    assert 'id="player"' not in page.text and "The recording is not published." in sentences(page)
    for address in (f"/live/{session}/whole.m3u8", f"/live/{session}/state.json", f"/public/sessions/{session}/recording.mp4",
                    f"/public/sessions/{session}/recording.json"):
        assert again.get(address).status_code == 404
    assert staff.get(f"/sessions/{session}/recordings/play/whole.m3u8").status_code == 200
    assert staff.get(f"/sessions/{session}/recordings/play/whole.m3u8").headers["Cache-Control"] == "private, no-cache"
    recordings.publish(house, planner, session, True)
    assert 'id="player"' in browser_of(house).get(f"/public/sessions/{session}").text


def test_where_approval_is_asked_for_nobody_sees_it_before(house: House, planner: Actor) -> None:
    strict = replace(house, settings=house.settings.model_copy(update={"recording_approval": True}))
    session = held_session(strict, planner)
    assert 'id="player"' not in browser_of(strict).get(f"/public/sessions/{session}").text
    recordings.publish(strict, planner, session, True)
    assert 'id="player"' in browser_of(strict).get(f"/public/sessions/{session}").text


def test_of_a_session_that_keeps_nothing_the_broadcast_goes(house: House, planner: Actor) -> None:
    session = held_session(house, planner, record="none")
    house.clock.advance(-90)  # half a minute after the end
    assert 'id="player"' in browser_of(house).get(f"/public/sessions/{session}").text
    recordings.publish(house, planner, session, False)
    assert 'id="player"' not in browser_of(house).get(f"/public/sessions/{session}").text
    recordings.publish(house, planner, session, True)
    house.clock.advance(90)
    assert 'id="player"' not in browser_of(house).get(f"/public/sessions/{session}").text
    assert recordings.forget_old(house, "composite") == 0, "whoever watches sees the end"
    house.clock.advance(600)
    assert recordings.forget_old(house, "composite") == 1
    assert not (house.settings.broadcasts_folder / session).exists()


def test_the_page_shows_everything_to_those_who_lead_and_nobody_else(house: House, planner: Actor) -> None:
    session = held_session(house, planner, record="tracks")
    page = browser_of(house).become(planner.user_id).get(f"/sessions/{session}/recordings")
    shown = sentences(page)
    assert "0001-camera.mkv" in page.text and "Interpretation: Русский" in shown and "0:10:00" in shown
    officer = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    with pytest.raises(Forbidden):
        recordings.look_at_recordings(house, officer, session)
    with pytest.raises(Unauthenticated):
        recordings.look_at_recordings(house, Actor(), session)
    for act in (lambda: recordings.publish(house, officer, session, True), lambda: recordings.hold(house, officer, session, True, "x"),
                lambda: recordings.remove(house, officer, session, "tracks")):
        with pytest.raises(Forbidden):
            act()


def test_a_session_that_was_not_public_has_recordings_too(house: House, planner: Actor) -> None:
    session = held_session(house, planner, public=False, record="tracks")
    page = browser_of(house).become(planner.user_id).get(f"/sessions/{session}/recordings")
    assert page.status_code == 200 and "checksums.txt" in page.text


def test_tracks_are_given_out_whole_with_their_checksums(house: House, planner: Actor, tmp_path: Path) -> None:
    session = held_session(house, planner)
    staff = browser_of(house).become(planner.user_id)
    address = f"/sessions/{session}/recordings"
    sums = staff.get(f"{address}/checksums.txt").text
    for name in ("0001-camera.mkv", "0002-microphone.mkv", "0003-channel-ru.mkv"):
        answer = staff.get(f"{address}/tracks/{name}")
        assert answer.mimetype == "video/x-matroska"
        (tmp_path / name).write_bytes(answer.data)
    number = sessions.get_session(house, planner, session).number
    (tmp_path / f"{number}.mp4").write_bytes(staff.get(f"{address}/play/whole.mp4").data)
    subprocess.run(["sha256sum", "--check", "--strict"], input=sums, text=True, cwd=tmp_path, check=True, capture_output=True)
    for name in ("manifest.json", "0009-camera.mkv", "..%2f..%2fsecret.key", "lock"):
        assert staff.get(f"{address}/tracks/{name}").status_code == 404
    for name in ("whole.json", "lock", "sound/segments.jsonl", "../x", "whole.mp4/x"):
        assert staff.get(f"{address}/play/{name}").status_code == 404


def test_a_file_that_is_being_written_is_not_given_out(house: House, planner: Actor) -> None:
    session = booked(house, planner, record="tracks")
    lifecycle.open_session(house, SYSTEM, session)
    keep_tracks(house, session, house.clock.now(), ended=False)
    staff = browser_of(house).become(planner.user_id)
    assert staff.get(f"/sessions/{session}/recordings/tracks/0003-channel-ru.mkv").status_code == 404
    assert "goes on" in sentences(staff.get(f"/sessions/{session}/recordings"))


def test_what_is_held_is_neither_removed_by_hand_nor_by_time(house: House, planner: Actor) -> None:
    session = held_session(house, planner)
    recordings.hold(house, planner, session, True, "A court asks for it")
    with pytest.raises(IllegalState):
        recordings.remove(house, planner, session, "tracks")
    old = house.clock.now().timestamp() - (house.settings.broadcast_days + 1) * 86_400
    files = (house.settings.broadcasts_folder / session / "state.json", house.settings.recordings_folder / session / "manifest.json")
    for file in files:
        os.utime(file, (old, old))
    assert [recordings.forget_old(house, what) for what in ("composite", "tracks")] == [0, 0]
    recordings.hold(house, planner, session, False)
    assert [recordings.forget_old(house, what) for what in ("composite", "tracks")] == [1, 1]
    assert not any(file.exists() for file in files)
    assert [line.action for line in session_history(house, planner, session)].count("recording.removed") == 2


def test_what_is_held_stays_also_where_nothing_was_to_be_kept(house: House, planner: Actor) -> None:
    session = held_session(house, planner, record="none")
    recordings.hold(house, planner, session, True, "Somebody fell ill on the air")
    house.clock.advance(3600)
    assert recordings.forget_old(house, "composite") == 0 and (house.settings.broadcasts_folder / session).exists()


def test_a_removal_that_was_cut_short_leaves_nothing_that_can_be_watched(
        house: House, planner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    session = held_session(house, planner)
    folder = house.settings.broadcasts_folder
    with monkeypatch.context() as killed:
        killed.setattr("shutil.rmtree", lambda *_args, **_more: None)
        recordings.remove(house, planner, session, "composite")
    assert browser_of(house).get(f"/live/{session}/whole.m3u8").status_code == 404
    assert [path.name for path in folder.iterdir()] == [f"{session}.removed"]
    assert recordings.forget_old(house, "composite") == 0 and list(folder.iterdir()) == []


def test_files_that_were_cut_short_hold_up_nothing(house: House, planner: Actor) -> None:
    session = held_session(house, planner)
    for broken in ("", '{"ended": tr', "\0\0\0"):
        (house.settings.recordings_folder / session / "manifest.json").write_text(broken)
        (house.settings.broadcasts_folder / session / "state.json").write_text(broken)
        assert not disk.fills_soon(house, DiskState(10 * MIB, 1000 * MIB))
        assert [recordings.forget_old(house, what) for what in ("composite", "tracks")] == [0, 0]
        Packer(house).look(busy=False)
        staff = browser_of(house).become(planner.user_id)
        for page in (f"/public/sessions/{session}", f"/sessions/{session}/recordings", f"/sessions/{session}/viewers"):
            assert staff.get(page).status_code == 200, (page, broken)


def test_an_organiser_removes_what_has_ended(house: House, planner: Actor) -> None:
    session = booked(house, planner, record="tracks")
    lifecycle.open_session(house, SYSTEM, session)
    keep_tracks(house, session, house.clock.now())
    with pytest.raises(IllegalState):
        recordings.remove(house, planner, session, "tracks")
    lifecycle.close_session(house, SYSTEM, session)
    recordings.remove(house, planner, session, "tracks")
    assert not (house.settings.recordings_folder / session).exists()
    for what in ("tracks", "composite", "..", ""):
        with pytest.raises(NotFound):
            recordings.remove(house, planner, session, what)


def test_contents_lead_to_items_speakers_and_votes_but_into_no_closed_item(house: House, planner: Actor) -> None:
    session = booked(house, planner)
    began = house.clock.now()
    lifecycle.open_session(house, SYSTEM, session)
    joined = {"peer": "p", "point": "osh-oblast", "role": "point", "name": "Aida", "via": "browser"}
    happened = [
        (10, "peer_joined", joined), (60, "floor_granted", {"peer": "p"}), (120, "agenda_moved", {"index": 1}),
        (150, "doors_closed", {"points": None}), (160, "floor_granted", {"peer": "p"}),
        (200, "doors_opened", {}), (500, "floor_granted", {"peer": "p"}),
        (520, "vote_opened", {"vote": "1", "title": "The plan", "kind": "open", "unit": "point", "majority": "simple", "quorum": None,
                              "voters": ["osh-oblast"]}),
        (540, "vote_closed", {"vote": "1", "counts": {"yes": 1}, "outcome": "accepted", "absent": [], "lost": []})]
    passed = 0
    for at, kind, data in happened:
        house.clock.advance(at - passed)
        passed = at
        with house.db.write() as db:
            room_log.append(db, session, [(kind, data)], house.clock.now(), "chair")
    house.clock.advance(100)
    lifecycle.close_session(house, SYSTEM, session)
    keep_broadcast(house, session, began - timedelta(seconds=30), gap_after=300, gap_s=60)
    found = contents_of(house, sessions.get_session(house, planner, session))
    assert [(one["kind"], one["seconds"]) for one in found] == [
        ("agenda", 30), ("speaker", 90), ("agenda", 150), ("speaker", 470), ("vote", 490),
        ("vote_closed", 510)], "after the encoder stood still for a minute"
    page = browser_of(house).get(f"/public/sessions/{session}")
    assert 'href="#t=150"' in page.text and "2. Wages" in sentences(page) and "The plan: Accepted" in sentences(page)
    told = browser_of(house).get(f"/public/sessions/{session}/recording.json").json
    assert [one["seconds"] for one in told["contents"]] == [30, 90, 150, 470, 490, 510] and told["seconds"] == 600


def test_whoever_spoke_without_the_floor_is_found_too(house: House, planner: Actor) -> None:
    session = booked(house, planner)
    began = house.clock.now()
    lifecycle.open_session(house, SYSTEM, session)
    house.clock.advance(100)
    with house.db.write() as db:
        joined = {"peer": "p", "point": "osh-oblast", "role": "point", "name": "Aida", "via": "browser"}
        room_log.append(db, session, [("peer_joined", joined), ("floor_granted", {"peer": "p"})], house.clock.now(), "chair")
    house.clock.advance(500)
    lifecycle.close_session(house, SYSTEM, session)
    keep_broadcast(house, session, began)
    folder = house.settings.broadcasts_folder / session
    for after, point, name in ((20, None, "The chair"), (60, "osh-oblast", "Aida"), (130, "osh-oblast", "Aida"), (160, None, "The chair"),
                               (200, "gone", "Aida")):
        write_talk(folder, began + timedelta(seconds=after), point, name)
    with (folder / TALK).open("a") as file:
        file.write('{"at": "2027')
    found = [one for one in contents_of(house, sessions.get_session(house, planner, session)) if one["kind"] == "speaker"]
    assert [(one["seconds"], one["name"], one["granted"]) for one in found] == [
        (20, "The chair", False), (60, "Aida", False), (100, "Aida", True), (160, "The chair", False), (200, "Aida", False)]
    assert found[1]["point"]["en"] == "Osh Province" and found[0]["point"] is None
    page = sentences(browser_of(house).get(f"/public/sessions/{session}"))
    assert "0:00:20 The chair" in page and "0:01:00 Osh Province" in page
    assert browser_of(house).get(f"/live/{session}/{TALK}").status_code == 404


def test_the_office_is_told_a_day_before_the_disk_is_full(house: House, planner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    session = booked(house, planner, record="tracks")
    lifecycle.open_session(house, SYSTEM, session)
    keep_tracks(house, session, house.clock.now(), ended=False)
    file, manifest = (house.settings.recordings_folder / session / name for name in ("0001-camera.mkv", "manifest.json"))
    with file.open("r+b") as grown:
        grown.truncate(600 * MIB)
    house.clock.advance(600)
    os.utime(manifest, (house.clock.now().timestamp(),) * 2)
    for free, told in ((200_000, None), (50_000, "within a day"), (900, "nothing is recorded any more"), (100, "uploads are stopped")):
        disk._said.clear()
        monkeypatch.setattr(disk, "disk_state", lambda _folder, free=free: DiskState(free * MIB, 500_000 * MIB))
        warning = disk.disk_warning(house)
        assert (warning is None) if told is None else told in (warning or "")
    disk._said.clear()


def test_recordings_rest_before_anything_else(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for free, rests in ((600, True), (1_500, False)):
        monkeypatch.setattr(disk, "disk_state", lambda _folder, free=free: DiskState(free * MIB, 100_000 * MIB))
        assert disk.recording_rests(house) is rests
        disk.require_space(house)
