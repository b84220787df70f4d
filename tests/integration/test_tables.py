"""Tables that go out as CSV and come back: what each row would do, all or nothing, who may, and the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from liaison.cli import cli
from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.errors import Forbidden, Invalid
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import people, people_table, points, points_table
from liaison.services.csv_tables import Outcome, Table, carry_out, export_table, look_through
from liaison.services.mobile_points import MobilePlan, add_mobile_point
from liaison.store import tables as t
from tests.support.people import add_actor, organiser

POINTS, PEOPLE = points_table.TABLE, people_table.TABLE


@pytest.fixture
def planner(house: House) -> Actor:
    return organiser(house)


def counts(outcome: Outcome) -> dict[str, int]:
    return {str(verdict): count for verdict, count in outcome.counts().items() if count}


def wrong(house: House, table: Table, text: str, actor: Actor = SYSTEM) -> list[str]:
    outcome = look_through(house, actor, table, text)
    with pytest.raises(Invalid):
        carry_out(house, actor, table, text)
    return [error["field"] for row in outcome.rows for error in row.errors]


# ---------------------------------------------------------------- points


def test_points_come_back_as_they_went(house: House, planner: Actor) -> None:
    add_mobile_point(house, SYSTEM, MobilePlan({"en": "=Van", "ky": "Унаа"}, slug="van-1", lat=41.25, lon=-74.5, phone="+996 1"))
    text = export_table(house, SYSTEM, POINTS)
    assert "'=Van" in text and "'+996 1" in text and "'-74.5" in text
    assert counts(look_through(house, SYSTEM, POINTS, text.encode())) == {"same": 64}


def test_a_dry_run_tells_and_changes_nothing_and_the_import_does_it(house: House, planner: Actor) -> None:
    text = ("slug,kind,name_en,phone,active,link_profile\nosh-oblast,,Osh Province,+996 3222,,thin\n"
            "alay-district,district,Alay District,,no,\nvan-9,mobile,Van 9,,,\ntalas-city,,Talas City,,,\n")
    outcome = look_through(house, SYSTEM, POINTS, text)
    assert counts(outcome) == {"added": 1, "changed": 2, "same": 1}
    assert [(change.field, change.before, change.after) for change in outcome.rows[0].changes] == [
        ("link_profile", "normal", "thin"), ("phone", "", "+996 3222")]
    assert points.get_point(house, SYSTEM, "osh-oblast").phone == ""
    carry_out(house, SYSTEM, POINTS, text)
    osh, alay, van = (points.get_point(house, SYSTEM, slug) for slug in ("osh-oblast", "alay-district", "van-9"))
    assert (osh.phone, osh.link_profile, alay.active, van.kind, van.link_profile, van.name) == (
        "+996 3222", "thin", False, "mobile", "thin", {"en": "Van 9"})
    assert counts(look_through(house, SYSTEM, POINTS, text)) == {"same": 4}


@pytest.mark.parametrize(("text", "fields"), [
    ("slug,name_en\nosh-oblast,Osh!", ["name_en"]), ("slug,lat\nosh-oblast,1", ["lat"]), ("slug,kind\nosh-oblast,mobile", ["kind"]),
    ("slug,kind,name_en\nvan-1,district,Van", ["kind"]), ("slug,name_en\nVan 1,Van", ["slug"]), ("slug\nvan-1", ["name"]),
    ("slug,phone\n,1", ["slug", "name"]), ("slug,phone\nosh-oblast,1\nosh-oblast,2", ["slug"]), ("slug,email\nosh-oblast,x", ["email"]),
    ("slug,link_profile\nosh-oblast,fast", ["link_profile"]), ("slug,active\nosh-oblast,maybe", ["active"]),
    ("slug,name_en,lat,lon\nvan-1,Van,42,", ["lon"]), ("slug,name_en,lat,lon\nvan-1,Van,x,y", ["lat", "lon"]),
])
def test_wrong_rows_of_points_are_named(house: House, planner: Actor, text: str, fields: list[str]) -> None:
    assert wrong(house, POINTS, text) == fields


def test_one_wrong_row_keeps_all_out(house: House, planner: Actor) -> None:
    assert wrong(house, POINTS, "slug,phone\nosh-oblast,1\natlantis,2") == ["name"]
    assert points.get_point(house, SYSTEM, "osh-oblast").phone == ""


def test_the_help_desk_changes_contacts_and_the_administrator_the_rest(house: House, planner: Actor) -> None:
    desk = add_actor(house, "desk", AccountRole.OPERATOR)
    add_mobile_point(house, SYSTEM, MobilePlan({"en": "Van"}, slug="van-1"))
    assert carry_out(house, desk, POINTS, "slug,phone\nvan-1,5\nosh-oblast,6").fine
    assert wrong(house, POINTS, "slug,name_en\nvan-1,Other", desk) == ["slug"]
    assert wrong(house, POINTS, "slug,name_en\nvan-2,Van 2", desk) == ["slug"]
    for table in (POINTS, PEOPLE):
        with pytest.raises(Forbidden):
            export_table(house, planner, table)
        with pytest.raises(Forbidden):
            carry_out(house, planner, table, "slug\nosh-oblast")


# ---------------------------------------------------------------- people


def test_people_come_back_as_they_went(house: House, planner: Actor) -> None:
    add_actor(house, "aida", AccountRole.OFFICER, "osh-oblast", "alay-district", email="aida@example.org")
    text = export_table(house, SYSTEM, PEOPLE)
    assert "aida;Aida;officer;osh-oblast alay-district;aida@example.org;;en;yes" in text
    assert counts(look_through(house, SYSTEM, PEOPLE, text)) == {"same": 2}


def test_accounts_are_added_changed_and_disabled(house: House, planner: Actor) -> None:
    add_actor(house, "aida", AccountRole.OFFICER, "osh-oblast")
    text = ("name,full_name,point,role,active\naida,Aida Sydykova,alay-district osh-oblast,,\n"
            "bolot,Bolot,naryn-city,interpreter,\nplanner,Planner,,organiser,no\n")
    assert counts(carry_out(house, SYSTEM, PEOPLE, text)) == {"added": 1, "changed": 2}
    found = {row["name"]: row for row in people.list_users(house, SYSTEM)}
    assert [found["aida"][name] for name in ("full_name", "points", "role")] == [
        "Aida Sydykova", ["osh-oblast", "alay-district"], "officer"]
    assert (found["bolot"]["role"], found["bolot"]["points"], found["planner"]["active"]) == ("interpreter", ["naryn-city"], False)
    assert counts(look_through(house, SYSTEM, PEOPLE, text)) == {"same": 3}


@pytest.mark.parametrize(("text", "fields"), [
    ("name,point\nnew,atlantis", ["point"]), ("name,role\nnew,king", ["role"]), ("name,email\nnew,x", ["email"]), ("name\nN", ["name"]),
    ("name\nnew\nNEW", ["name"]), ("name,language\nnew,xx", ["language"]), ("name,role\nboss,officer", ["role"]),
    ("name,active\nboss,no", ["role"]),
])
def test_wrong_rows_of_people_are_named(house: House, planner: Actor, text: str, fields: list[str]) -> None:
    add_actor(house, "boss", AccountRole.ADMINISTRATOR)
    assert wrong(house, PEOPLE, text) == fields


def test_an_administrator_may_go_when_another_comes(house: House, planner: Actor) -> None:
    add_actor(house, "boss", AccountRole.ADMINISTRATOR)
    add_actor(house, "second", AccountRole.ADMINISTRATOR)
    assert counts(carry_out(house, SYSTEM, PEOPLE, "name,role\nboss,officer")) == {"changed": 1}


def test_the_help_desk_touches_officers_only(house: House, planner: Actor) -> None:
    desk = add_actor(house, "desk", AccountRole.OPERATOR)
    assert carry_out(house, desk, PEOPLE, "name,full_name\nnew,New").fine
    for text in ("name,role\nnew,administrator", "name,phone\nplanner,1", "name,role\nother,organiser"):
        assert wrong(house, PEOPLE, text, desk) == ["role"]
    assert look_through(house, desk, PEOPLE, export_table(house, desk, PEOPLE)).fine, "what stays as it is may stand in the table"


def test_an_import_is_in_the_audit_log(house: House, planner: Actor) -> None:
    carry_out(house, SYSTEM, POINTS, "slug,phone\nosh-oblast,5")
    with house.db.read() as db:
        event = db.scalars(select(t.AuditEvent).where(t.AuditEvent.action == "point.changed")).one()
        assert (event.object_id, event.before, event.after) == ("osh-oblast", {"phone": ""}, {"phone": "5"})
        assert db.scalar(select(func.count()).select_from(t.Point)) == 63


# ---------------------------------------------------------------- the command line


def test_from_the_command_line(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIAISON_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("LIAISON_DATABASE_URL", sqlite_url)

    def run(*arguments: str, code: int = 0) -> str:
        done = CliRunner().invoke(cli, arguments)
        assert (done.exit_code, code) == (code, code), done.output
        return done.output
    assert run("points", "add", "--mobile", "--name", "en=Van 1", "--name", "ky=Унаа").strip() == "van-1"
    made = run("points", "stop", "van-1", "--place", "Bazaar", "--lat", "41.4", "--lon", "76", "--from", "2027-03-01T08:00",
               "--until", "2027-03-02T08:00").strip()
    assert run("points", "route", "van-1").split("\t") == [made, "2027-03-01T08:00+06:00", "2027-03-02T08:00+06:00", "Bazaar\n"]
    assert run("points", "route", "van-1", "--remove", made) == ""
    file = tmp_path / "points.csv"
    run("points", "export", str(file))
    assert "van-1;mobile;Унаа;;Van 1" in file.read_text(encoding="utf-8-sig")
    file.write_text("slug,phone\nvan-1,5\nosh-oblast,6\n")
    assert "nothing done" in run("points", "import", "--dry-run", str(file))
    assert "done" in run("points", "import", str(file))
    file.write_text("slug,phone\natlantis,5\n")
    assert "refused" in run("points", "import", str(file), code=1)
    file.write_text("name,full_name,point\naida,Aida,osh-oblast\n")
    run("people", "import", str(file))
    assert "aida;Aida;officer;osh-oblast" in run("people", "export")
