"""Deputies, polls, room PCs and message texts by API and by command: the same services as on the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from liaison.cli import cli
from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import booking_requests, room_devices, sessions
from liaison.services.csv_tables import carry_out, export_table, look_through
from liaison.services.deputies import list_deputies
from liaison.services.deputies_table import TABLE
from liaison.services.people import find_user
from liaison.services.points import get_point
from liaison.services.settings import get_settings
from liaison.services.tokens import create_token
from tests.support.people import TEN, add_actor, organiser, plan
from web.app import create_app

Call = Callable[..., Any]
BOOKING = {"title": {"en": "Harvest"}, "kind": "government", "starts_at": "2027-03-02T04:00:00Z", "duration_minutes": 60,
           "points": ["big-hall", "osh-oblast"]}


@pytest.fixture
def planner(house: House) -> Actor:
    planner = organiser(house)
    add_actor(house, "aide", AccountRole.OFFICER, "osh-oblast")
    add_actor(house, "admin", AccountRole.ADMINISTRATOR)
    return planner


@pytest.fixture
def call(house: House, planner: Actor) -> Call:
    client = create_app(house).test_client()
    tokens = {name: create_token(house, SYSTEM, user=name) for name in ("planner", "aide", "admin")}

    def ask(method: str, path: str, who: str = "planner", **more: Any) -> Any:
        return client.open(f"/api/v1{path}", method=method, headers={"Authorization": f"Bearer {tokens[who]}"}, **more)
    return ask


def test_a_poll_from_the_question_to_the_session(call: Call) -> None:
    made = call("POST", "/polls", json={"booking": BOOKING, "times": ["2027-03-03T04:00:00Z"], "answer_by": "2027-03-01T12:00:00Z"})
    assert made.status_code == 201
    poll = made.json
    assert [(time["starts_at"], time["open"]) for time in poll["times"]] == [("2027-03-02T04:00:00Z", 2), ("2027-03-03T04:00:00Z", 2)]
    first, second = (time["time_id"] for time in poll["times"])
    answered = call("POST", f"/polls/{poll['id']}/answer", "aide", json={
        "point": "osh-oblast", "answers": {first: "no", second: "yes"}}).json
    assert (answered["best"], answered["times"][0]["required_no"]) == (second, 1)
    assert [one["id"] for one in call("GET", "/polls", "aide").json["items"]] == [poll["id"]]
    session = call("POST", f"/polls/{poll['id']}/close", json={"time": second}).json
    assert (session["starts_at"], session["status"]) == ("2027-03-03T04:00:00Z", "confirmed")
    closed = call("GET", f"/polls/{poll['id']}").json
    assert (closed["status"], closed["session"]) == ("booked", session["id"])
    assert call("DELETE", f"/polls/{poll['id']}").json["code"] == "illegal_state"


def test_deputies_texts_and_room_pcs(call: Call, house: House) -> None:
    made = call("POST", "/deputies", "admin", json={"chief": "planner", "deputy": "aide"})
    assert (made.status_code, made.json["in_force"]) == (201, True)
    assert [one["id"] for one in call("GET", "/deputies?user=aide", "aide").json["items"]] == [made.json["id"]]
    assert call("DELETE", f"/deputies/{made.json['id']}").status_code == 204  # by the chief
    assert [one["in_force"] for one in call("GET", "/deputies", "admin").json["items"]] == [False]
    path = "/message-texts/invitation/subject/en"
    assert call("PUT", path, "admin", json={"text": " Come: %(title)s "}).json["text"] == "Come: %(title)s"
    assert len(call("GET", "/message-texts", "admin").json["items"]) == 1
    assert (call("DELETE", path, "admin").status_code, call("DELETE", path, "admin").status_code) == (204, 404)
    shown = room_devices.show_code(house, "")
    paired = call("POST", "/points/osh-oblast/room-pcs", "aide", json={"code": shown.code, "name": "Hall"})
    assert (paired.status_code, paired.json["name"]) == (201, "Hall")
    assert call("DELETE", f"/points/osh-oblast/room-pcs/{paired.json['id']}", "aide").status_code == 204
    assert call("GET", "/points/osh-oblast/room-pcs", "aide").json["items"] == []


def test_deputies_as_a_table(house: House, planner: Actor) -> None:
    text = "chief,deputy,starts_on,ends_on\nplanner,aide,2027-03-01,2027-03-05\nPlanner,Admin,2027-04-01,\n"
    assert [str(row.verdict) for row in look_through(house, SYSTEM, TABLE, text).rows] == ["added", "added"]
    assert list_deputies(house, SYSTEM) == []
    carry_out(house, SYSTEM, TABLE, text)
    out = export_table(house, SYSTEM, TABLE)
    assert "planner;aide;2027-03-01;2027-03-05" in out
    assert [str(row.verdict) for row in look_through(house, SYSTEM, TABLE, out).rows] == ["same", "same"]
    carry_out(house, SYSTEM, TABLE, "chief,deputy,starts_on,ends_on\nplanner,admin,2027-04-01,2027-04-30\n")
    assert "planner;admin;2027-04-01;2027-04-30" in export_table(house, SYSTEM, TABLE)
    short = look_through(house, SYSTEM, TABLE, "chief,deputy,starts_on\nplanner,admin,2027-04-01\n")
    assert [str(row.verdict) for row in short.rows] == ["same"]  # what a table lacks stays
    wrong = ("planner,planner,2027-03-01,", "aide,planner,2027-03-01,", "planner,nobody,2027-03-01,", "planner,aide,soon,",
             "planner,aide,2027-03-01,2027-02-01", "nobody,aide,2027-03-01,")
    refused = look_through(house, SYSTEM, TABLE, "chief,deputy,starts_on,ends_on\n" + "\n".join(wrong))
    assert [str(row.verdict) for row in refused.rows] == ["refused"] * len(wrong)


def test_the_commands_do_the_same(house: House, planner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liaison.commands.parts.prepare", lambda _settings: house)
    monkeypatch.setattr("liaison.commands.parts.settings_or_exit", lambda: house.settings)

    def run(*words: str) -> list[list[str]]:
        done = CliRunner().invoke(cli, list(words), catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return [line.split("\t") for line in done.output.splitlines()]

    made = run("deputies", "add", "planner", "aide", "--until", "2027-03-05T18:00")[0][0]
    run("deputies", "end", made)
    assert run("deputies", "list")[0][:2] == [made, "Planner"]
    run("groups", "save", "valley", "--name", "en=Valley", "--point", "osh-oblast", "--point", "talas-oblast")
    assert run("groups", "list")[-1] == ["valley", "Valley", "osh-oblast talas-oblast"]
    run("groups", "delete", "valley")
    closed = run("closures", "add", "--from", "2027-03-08T00:00", "--until", "2027-03-09T00:00", "--reason", "Elections")[0][0]
    assert run("closures", "list") == [[closed, "2027-03-08T00:00+06:00", "2027-03-09T00:00+06:00", "everywhere", "Elections"]]
    run("closures", "remove", closed)
    work = run("maintenance", "add", "osh-oblast", "--from", "2027-03-08T08:00", "--until", "2027-03-08T09:00", "--reason", "Paint")[0][0]
    run("maintenance", "end", work)
    assert run("maintenance", "list") == run("polls", "list") == []
    assert run("templates", "list")[0][0] == "government-weekly"
    device = run("room-pcs", "pair", "osh-oblast", room_devices.show_code(house, "").code, "--name", "Hall")[0][0]
    assert run("room-pcs", "list", "osh-oblast") == [[device, "Hall", "-"]]
    run("room-pcs", "revoke", "osh-oblast", device)
    booked = sessions.book_session(house, planner, plan("osh-oblast", "talas-oblast"))
    template = run("templates", "make", booked.number, "--name", "Harvest")[0][0]
    assert run("templates", "list")[-1] == [template, "Harvest", "-", "10:00"]
    run("templates", "delete", template)


def test_requests_are_answered_by_command(house: House, planner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("liaison.commands.parts.prepare", lambda _settings: house)
    monkeypatch.setattr("liaison.commands.parts.settings_or_exit", lambda: house.settings)
    officer, taken = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast"), sessions.book_session(house, planner, plan("osh-oblast"))
    first, second = (booking_requests.ask_for_session(house, officer, plan("osh-oblast")).id for _ in range(2))

    def run(*words: str, code: int = 0) -> list[list[str]]:
        done = CliRunner().invoke(cli, ["requests", *words])
        assert done.exit_code == code, done.output
        return [line.split("\t") for line in done.output.splitlines()]

    asked = ["asked", "2027-03-01T10:00+06:00", "2027-03-01T11:00+06:00", "Harvest report", "osh-oblast", "osh",
             f"osh-oblast: {taken.number}"]
    assert sorted(run("list")) == sorted([one, *asked] for one in (first, second))
    run("approve", first, code=1)
    number = run("approve", first, "--from", "2027-03-01T11:00", "--minutes", "30", "--note", "An hour later")[0][0]
    run("decline", second, "--reason", "Once is enough")
    assert (run("list"), run("list", "--waiting")) == ([], [])
    assert {row[0]: row[1] for row in run("list", "--all")} == {first: "booked", second: "declined"}
    made = sessions.get_session(house, officer, str(booking_requests.get_request(house, officer, first).session_id))
    assert (made.number, made.starts_at - TEN, made.duration_minutes) == (number, timedelta(hours=1), 30)


def test_people_one_by_one(call: Call) -> None:
    made = call("POST", "/people", "admin", json={"name": "Gulnara", "role": "officer", "points": ["osh-oblast"], "email": "g@example.org"})
    assert (made.status_code, made.json["name"], made.json["has_password"]) == (201, "gulnara", False)
    link = call("POST", "/people/gulnara/link", "admin")
    assert (link.status_code, "/link" in link.json["url"]) == (201, True)
    changed = call("PATCH", f"/people/{made.json['id']}", "admin", json={"points": ["talas-oblast"], "phone": "+996 312 1"}).json
    assert (changed["points"], changed["phone"], changed["email"]) == (["talas-oblast"], "+996 312 1", "g@example.org")
    assert [one["name"] for one in call("GET", "/people?point=talas-oblast", "admin").json["items"]] == ["gulnara"]
    assert call("PUT", "/people/gulnara/state", "admin", json={"active": False}).json["active"] is False
    assert [one["name"] for one in call("GET", "/people?active=no", "admin").json["items"]] == ["gulnara"]


def test_settings_by_api(call: Call) -> None:
    before = call("GET", "/settings", "admin").json
    after = call("PATCH", "/settings", "admin", json={"video_ports": 40, "quiet_hours": ["21:00", "06:30"]}).json
    assert after == before | {"video_ports": 40, "quiet_hours": ["21:00", "06:30"]}
    assert call("GET", "/settings", "admin").json == after


def test_people_points_and_settings_by_command(house: House, planner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("people", "points", "settings"):
        monkeypatch.setattr(f"liaison.commands.{name}.prepare", lambda _settings: house)
        monkeypatch.setattr(f"liaison.commands.{name}.settings_or_exit", lambda: house.settings)

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(cli, list(arguments), catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output
    run("user", "change", "aide", "--phone", "+996 1", "--point", "talas-oblast")
    run("user", "disable", "aide")
    assert "aide\tofficer\ttalas-oblast\tdisabled" in run("user", "list")
    run("user", "enable", "aide")
    run("user", "change", "aide", "--no-points")
    row = find_user(house, SYSTEM, "aide")
    assert (row["active"], row["phone"], row["points"]) == (True, "+996 1", [])
    run("points", "change", "talas-oblast", "--link", "thin", "--not-active")
    point = get_point(house, SYSTEM, "talas-oblast")
    assert (point.link_profile, point.active) == ("thin", False)
    run("settings", "set", "reminder_minutes", "[90, 15]")
    run("settings", "set", "help_desk_phone", "112")
    assert run("settings", "show", "reminder_minutes") == "reminder_minutes\t[90, 15]\n"
    assert get_settings(house)["help_desk_phone"] == "112"
