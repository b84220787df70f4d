"""A broadcast handed on over RTMP to a real server; what goes wrong there, and who may set it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from click.testing import CliRunner, Result

from liaison.cli import cli
from liaison.config import ConfigError, load
from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.errors import Forbidden, Invalid, NotFound
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import restreams, sessions
from liaison.services.audit_log import session_history
from liaison.services.tokens import create_token
from liaison.store import tables as t
from signaling.broadcast.canvas import Canvas
from signaling.broadcast.encoders import BLOCK
from signaling.broadcast.renditions import Renditions
from signaling.broadcast.restreaming import Line, Lines
from signaling.broadcast.shedding import STEPS, TICKS, drawn
from signaling.broadcast.shelf import Shelf
from tests.support.people import TEN, add_actor, organiser, plan
from tests.support.ports import free_port, wait_until
from tests.support.rtmp_server import rtmp_server
from tests.support.web import Browser, sentences
from web.app import create_app

TUESDAY = TEN + timedelta(days=1)
ADDRESS, KEY = "rtmps://live.example.org/app", "stream-7f3a-SECRET"


class Encoder:
    """Lays segments on a shelf without waiting for the clock."""

    def __init__(self, folder: Path) -> None:
        self.shelf = Shelf(folder)
        self.made = Renditions(self.shelf, (), "Original")
        self.made.begin(datetime.now(UTC))
        self.number, self.canvas = 0, Canvas()

    def segments(self, count: int) -> None:
        """So many more; all are closed but the last."""
        for _ in range(count * TICKS):
            self.made.sound({None: np.zeros(BLOCK, np.int16)})
            if self.number % TICKS == 0:
                self.made.settle(STEPS[2], self.number)
            if drawn(self.made.step, self.number):
                self.made.picture(self.canvas.frame(), self.number)
            self.number += 1


@pytest.fixture
def encoder(tmp_path: Path) -> Iterator[Encoder]:
    made = Encoder(tmp_path / "broadcast")
    yield made
    made.shelf.close()


def until(line: Line, condition: Callable[[], bool], what: str) -> None:
    """Look at it as the encoder's process does, only more often."""
    def looked() -> bool:
        line.look(time.monotonic())
        return condition()
    wait_until(looked, 40, what)


def test_it_is_sent_as_it_is_and_again_after_the_server_was_away(
        tmp_path: Path, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIAISON_RESTREAM_KEY", KEY)
    port = free_port()
    line = Line(encoder.shelf.folder, f"rtmp://127.0.0.1:{port}/live/{KEY}")
    encoder.segments(3)
    try:
        with rtmp_server(tmp_path / "first", port):
            until(line, lambda: line.told["state"] == "sending", "the broadcast to be handed on")
            assert line.process is not None
            for file in ("cmdline", "environ"):
                assert KEY.encode() not in Path(f"/proc/{line.process.pid}/{file}").read_bytes()
        encoder.segments(4)
        until(line, lambda: line.told["problem"] != "", "the trouble to be seen")
        assert line.told["state"] == "waiting" and line.failures >= 1
        encoder.segments(1)
        with rtmp_server(tmp_path / "second", port):
            until(line, lambda: line.told["state"] == "sending", "the broadcast to be handed on again")
            encoder.made.finish()
            encoder.shelf.finish()
            until(line, lambda: line.told["state"] == "over", "the end")
        assert KEY not in (encoder.shelf.folder / restreams.STATUS).read_text()
    finally:
        line.end()
    for folder in ("first", "second"):
        assert recorded(tmp_path / folder) == {("video", "h264", 720), ("audio", "aac", 0)}


def recorded(folder: Path) -> set[tuple[str, str, int]]:
    """The streams in what the server has written down, with something in each."""
    file, = folder.glob(f"{KEY}*.flv")
    with av.open(str(file)) as flv:
        packets = [packet.stream.index for packet in flv.demux() if packet.size]
        assert set(packets) == {0, 1}
        return {(stream.type, stream.codec_context.name, getattr(stream.codec_context, "height", 0)) for stream in flv.streams}


@pytest.mark.parametrize(("port", "problem"), [(True, "refused"), (False, "unreachable")])
def test_what_is_wrong_is_told_in_a_word(tmp_path: Path, encoder: Encoder, port: bool, problem: str) -> None:
    encoder.segments(2)
    with rtmp_server(tmp_path / "server", free_port()) as address:
        line = Line(encoder.shelf.folder, f"{address if port else 'rtmp://127.0.0.1:9'}/closed/{KEY}")
        try:
            until(line, lambda: line.failures >= 2, "two tries")
            assert (line.told["state"], line.told["problem"]) == ("waiting", problem)
        finally:
            line.end()
    assert not (encoder.shelf.folder / restreams.STATUS).exists()


# ---------------------------------------------------------------- who sets it


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


@pytest.fixture
def booked(house: House, planner: Actor) -> str:
    return sessions.book_session(house, planner, plan("osh-oblast", public=True, broadcast=True)).id


sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@sqlite
def test_the_key_is_sealed_and_nobody_reads_it_but_the_encoder(house: House, planner: Actor, booked: str) -> None:
    restreams.set_restream(house, planner, booked, f" {ADDRESS}/ ", KEY)
    assert restreams.target_of(house, booked) == f"{ADDRESS}/{KEY}"
    with house.db.read() as db:
        row = db.get(t.Restream, booked)
        assert row is not None and KEY not in row.key
        told = json.dumps([[event.action, event.before, event.after] for event in db.query(t.AuditEvent)], default=str)
    assert "restream.set" in told and ADDRESS in told and KEY not in told
    assert KEY not in repr(session_history(house, planner, booked))
    (house.settings.secret_file).write_text("00" * 32)
    assert restreams.target_of(house, booked) == ""
    restreams.remove_restream(house, planner, booked)
    restreams.remove_restream(house, planner, booked)
    assert restreams.restream_of(house, planner, booked) is None and restreams.target_of(house, booked) == ""


@sqlite
@pytest.mark.parametrize(("address", "key", "field"), [
    ("http://live.example.org/app", KEY, "address"), ("rtmp://", KEY, "address"), ("rtmp://me:pw@example.org/app", KEY, "address"),
    ("rtmp://example.org/app live=1", KEY, "address"), ("rtmp://example.org/" + "x" * 300, KEY, "address"),
    ("rtmp://[::1/app", KEY, "address"),
    ("file:///etc/passwd", KEY, "address"), ("", KEY, "address"), (ADDRESS, "", "key"), (ADDRESS, "a b", "key"), (ADDRESS, "x\0", "key"),
    (ADDRESS, "ключ", "key"), (ADDRESS, "x" * 301, "key")])
def test_what_is_no_address_or_key_is_refused(house: House, planner: Actor, booked: str, address: str, key: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        restreams.set_restream(house, planner, booked, address, key)
    assert [item["field"] for item in refused.value.details["errors"]] == [field]


@sqlite
def test_only_those_who_plan_hand_on_and_only_what_is_broadcast(house: House, planner: Actor, booked: str) -> None:
    officer = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    for act in (lambda: restreams.set_restream(house, officer, booked, ADDRESS, KEY),
                lambda: restreams.remove_restream(house, officer, booked),
                lambda: restreams.restream_of(house, officer, booked)):
        with pytest.raises(Forbidden):
            act()
    private = sessions.book_session(house, planner, plan("naryn-oblast")).id
    with pytest.raises(Invalid):
        restreams.set_restream(house, planner, private, ADDRESS, KEY)


@sqlite
def test_what_is_not_public_any_more_is_handed_on_no_more(house: House, planner: Actor, booked: str) -> None:
    """Also where it is still broadcast, at signed addresses, and until somebody says so again."""
    restreams.set_restream(house, planner, booked, ADDRESS, KEY)
    for public in (False, True):
        sessions.change_session(house, planner, booked, {"public": public, "broadcast": True})
        assert restreams.target_of(house, booked) == "" and restreams.restream_of(house, planner, booked) is None
    assert "restream.removed" in repr(session_history(house, planner, booked))


@sqlite
def test_the_page_takes_the_key_and_never_shows_it(house: House, planner: Actor, booked: str) -> None:
    browser = Browser(create_app(house), house).become(planner.user_id)
    page = f"/sessions/{booked}/viewers"
    assert 'name="key"' in browser.get(page).text
    wrong = browser.post(f"/sessions/{booked}/restream", {"address": "http://x", "key": KEY})
    assert wrong.status_code == 422 and "This is not an address to which" in sentences(wrong) and KEY not in wrong.text
    assert browser.post(f"/sessions/{booked}/restream", {"address": ADDRESS, "key": KEY}).status_code == 303
    shown = browser.get(page)
    assert ADDRESS in shown.text and KEY not in shown.text and "kept, shown to nobody" in sentences(shown)
    folder = house.settings.broadcasts_folder / booked
    folder.mkdir(parents=True)
    (folder / restreams.STATUS).write_text(json.dumps({"state": "waiting", "tries": 3, "problem": "refused", "since": 1_800_000_000}))
    assert "takes nothing with this address and key" in sentences(browser.get(page)) and "3 tries failed" in sentences(browser.get(page))
    assert KEY not in browser.get(f"/sessions/{booked}").text
    assert browser.post(f"/sessions/{booked}/restream/remove").status_code == 303
    assert "kept, shown to nobody" not in sentences(browser.get(page))


@sqlite
def test_lines_come_and_go_with_what_is_set(house: House, planner: Actor, booked: str) -> None:
    lines = Lines(house)
    restreams.set_restream(house, planner, booked, ADDRESS, KEY)
    lines.look({booked}, 0.0)
    assert list(lines._lines) == [booked]
    restreams.set_restream(house, planner, booked, ADDRESS, "another")
    lines.look({booked}, 1.0)
    assert lines._lines[booked].url == f"{ADDRESS}/another"
    for now, known in ((2.0, [booked]), (10.0, [booked]), (30.0, [])):
        lines.look(set(), now)
        assert list(lines._lines) == known
    lines.look({booked}, 40.0)
    restreams.remove_restream(house, planner, booked)
    lines.look({booked}, 41.0)
    assert not lines._lines


# ---------------------------------------------------------------- by API and command, and for the whole site


ALL, ALL_KEY = "rtmps://all.example.org/live", "stream-all-SECRET"


@pytest.fixture
def everywhere(house: House) -> House:
    """The same house, whose public broadcasts are all handed on."""
    return replace(house, settings=house.settings.model_copy(update={"restream_address": ALL, "restream_key": ALL_KEY}))


@sqlite
def test_public_broadcasts_go_where_all_go_unless_somebody_says_otherwise(everywhere: House, planner: Actor, booked: str) -> None:
    def known() -> tuple[str, bool] | None:
        found = restreams.restream_of(everywhere, planner, booked)
        return (found.address, found.default) if found else None
    assert (restreams.target_of(everywhere, booked), known()) == (f"{ALL}/{ALL_KEY}", (ALL, True))
    restreams.set_restream(everywhere, planner, booked, ADDRESS, KEY)
    assert (restreams.target_of(everywhere, booked), known()) == (f"{ADDRESS}/{KEY}", (ADDRESS, False))
    restreams.remove_restream(everywhere, planner, booked)
    assert (restreams.target_of(everywhere, booked), known()) == ("", None)
    restreams.hand_on_as_all(everywhere, planner, booked)
    assert known() == (ALL, True)
    restreams.remove_restream(everywhere, planner, booked)
    assert known() is None, "also what was never set for it alone"
    with everywhere.db.read() as db:
        told = json.dumps([[event.action, event.before, event.after] for event in db.query(t.AuditEvent)], default=str)
    assert ALL in told and ALL_KEY not in told and KEY not in told


@sqlite
def test_what_is_not_public_goes_nowhere_by_itself(everywhere: House, planner: Actor, booked: str) -> None:
    private = sessions.book_session(everywhere, planner, plan("naryn-oblast", broadcast=True, starts_at=TUESDAY)).id
    silent = sessions.book_session(everywhere, planner, plan("talas-oblast", public=True, broadcast=False)).id
    for session in (private, silent):
        assert restreams.target_of(everywhere, session) == "" and restreams.restream_of(everywhere, planner, session) is None
    assert restreams.target_of(everywhere, "gone") == ""
    with pytest.raises(NotFound):
        restreams.hand_on_as_all(everywhere, planner, private)
    sessions.change_session(everywhere, planner, booked, {"public": False})
    assert restreams.target_of(everywhere, booked) == ""


@sqlite
def test_two_broadcasts_are_never_sent_to_one_address(everywhere: House, planner: Actor, booked: str) -> None:
    other = sessions.book_session(everywhere, planner, plan("naryn-oblast", public=True, broadcast=True, starts_at=TUESDAY)).id
    lines = Lines(everywhere)
    lines.look({booked}, 0.0)
    lines.look({booked, other}, 1.0)
    assert list(lines._lines) == [booked]
    lines.look({other}, 2.0)
    lines.look({other}, 30.0)
    lines.look({other}, 31.0)
    assert list(lines._lines) == [other]


@sqlite
def test_the_page_says_where_all_go_and_takes_it_back(everywhere: House, planner: Actor, booked: str) -> None:
    browser = Browser(create_app(everywhere), everywhere).become(planner.user_id)
    page, action = f"/sessions/{booked}/viewers", f"/sessions/{booked}/restream"
    assert "All public broadcasts of this installation" in sentences(browser.get(page)) and ALL_KEY not in browser.get(page).text
    assert browser.post(f"{action}/remove").status_code == 303
    assert "Hand it on where all broadcasts go" in sentences(browser.get(page)) and ALL not in browser.get(page).text
    assert browser.post(action, {"default": "yes"}).status_code == 303
    assert ALL in browser.get(page).text


@sqlite
def test_programs_set_the_key_and_never_read_it(everywhere: House, planner: Actor, booked: str, capfd: pytest.CaptureFixture[str]) -> None:
    client = create_app(everywhere).test_client()
    path, token = f"/api/v1/sessions/{booked}/restream", create_token(everywhere, SYSTEM, user=planner.name)

    def call(method: str, **body: Any) -> Any:
        return client.open(path, method=method, json=body or None, headers={"Authorization": f"Bearer {token}"})
    default = {"address": ALL, "default": True, "problem": "", "since": None, "state": "waiting", "tries": 0}
    assert call("GET").json == default
    for wrong in ({"address": "http://x", "key": KEY}, {"address": ADDRESS, "key": f"{KEY} {KEY}"}, {"address": ADDRESS, "key": [KEY]},
                  {"address": ADDRESS, "key": KEY, "more": KEY}, {"address": ADDRESS, "key": KEY * 20}, {"address": KEY}):
        refused = call("PUT", **wrong)
        assert refused.status_code == 422 and KEY not in refused.text
    made = call("PUT", address=ADDRESS, key=KEY)
    assert (made.status_code, made.json) == (200, default | {"address": ADDRESS, "default": False})
    assert restreams.target_of(everywhere, booked) == f"{ADDRESS}/{KEY}"
    assert (call("DELETE").status_code, call("GET").status_code) == (204, 404)
    assert call("PUT", default=True).json == default
    spec = client.get("/api/v1/openapi.json").json["components"]["schemas"]
    assert spec["RestreamIn"]["properties"]["key"]["writeOnly"] and "key" not in spec["RestreamOut"]["properties"]
    said = capfd.readouterr()
    assert KEY not in said.out + said.err and ALL_KEY not in said.out + said.err


@sqlite
def test_the_command_reads_the_key_from_standard_input(everywhere: House, planner: Actor, booked: str,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liaison.commands.parts.prepare", lambda _settings: everywhere)

    def run(*words: str, typed: str = "") -> Result:
        return CliRunner().invoke(cli, ["restream", *words], input=typed)
    assert run("show", booked).output == f"{ALL}\twaiting\t0\t-\t-\n"
    assert run("set", booked, "--address", ADDRESS, typed=f"{KEY}\n").output == ""
    assert restreams.target_of(everywhere, booked) == f"{ADDRESS}/{KEY}"
    assert KEY not in run("show", booked).output and run("remove", booked).exit_code == 0
    assert run("show", booked).output == "" and run("set", booked).exit_code == 2
    assert run("set", booked, "--default").exit_code == 0 and restreams.target_of(everywhere, booked) == f"{ALL}/{ALL_KEY}"
    wrong = run("set", booked, "--address", "http://x", typed=KEY)
    assert isinstance(wrong.exception, Invalid) and KEY not in wrong.output


@pytest.mark.parametrize(("settings", "said"), [
    ({"ADDRESS": ALL}, "must be set together"), ({"KEY": ALL_KEY}, "must be set together"),
    ({"ADDRESS": "https://x", "KEY": ALL_KEY}, "LIAISON_RESTREAM_ADDRESS: must look like"),
    ({"ADDRESS": ALL, "KEY": f"{ALL_KEY} x"}, "LIAISON_RESTREAM_KEY: must be the key")])
def test_settings_that_cannot_be_are_refused_without_saying_the_key(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        load({f"LIAISON_RESTREAM_{name}": value for name, value in settings.items()})
    assert ALL_KEY not in str(refused.value)
