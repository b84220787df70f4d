"""Running the office through its pages: accounts, import from a table, points, settings, audit log."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Invalid
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import people, people_import, settings, sign_in
from liaison.services.audit_log import AuditFilter, differences, list_audit
from liaison.store import tables as t
from tests.support.web import Browser, sentences
from web.app import create_app

PASSWORD = "three green tractors"
HEADING = "point;full_name;name;email;phone;language;role"


@pytest.fixture
def boss(house: House) -> Actor:
    made = people.create_user(house, SYSTEM, name="boss", role=AccountRole.ADMINISTRATOR, password=PASSWORD)
    return Actor(user_id=made["id"], name="boss", role=AccountRole.ADMINISTRATOR)


@pytest.fixture
def browser(house: House, boss: Actor) -> Browser:
    return Browser(create_app(house), house).become(boss.user_id)


def _names(house: House) -> set[str]:
    return {row["name"] for row in people.list_users(house, SYSTEM)}


# ---------------------------------------------------------------- import


def _table(*rows: str) -> str:
    return "\r\n".join((HEADING, *rows))


GOOD = _table("osh-oblast;Айда Өмүрбекова;;aida@example.org;+996 1;ky;", "alay-district osh-city;Ben;ben;;;ru;interpreter")


@pytest.mark.parametrize("data", [
    GOOD.encode(), b"\xef\xbb\xbf" + GOOD.encode(), GOOD.replace("Өмүрбекова", "Омурбекова").encode("cp1251"),
    GOOD.replace(";", ",").encode(), GOOD.replace(";", "\t").encode(),
], ids=["utf-8", "with mark", "windows-1251", "commas", "tabs"])
def test_a_table_is_read_however_a_spreadsheet_wrote_it(house: House, boss: Actor, data: bytes) -> None:
    plan = people_import.look_through(house, boss, data)
    assert plan.fine
    assert [(row.line, row.values["name"], row.points, row.values["role"]) for row in plan.rows] == [
        (2, "osh-oblast-1", ["osh-oblast"], "officer"), (3, "ben", ["alay-district", "osh-city"], "interpreter")]
    assert plan.rows[0].values["full_name"].startswith("Айда ")
    assert _names(house) == {"boss"}


@pytest.mark.parametrize(("row", "field", "message"), [
    ("nowhere;A;;;;;", "point", "There is no point named %(slug)s."), (";A;a1;;;;", "point", "Name the point."),
    ("osh-oblast;;;x@example.org;;;", "full_name", "Give the person's full name."),
    ("osh-oblast;A;;no address;;;", "email", "This is not an e-mail address."),
    ("osh-oblast;A;boss;;;;", "name", "Another account already has this name."),
    ("osh-oblast;A;BEN;;;;", "name", "Another account already has this name."),
    ("osh-oblast;A;a b;;;;", "name", "Use 2 to 64 small Latin letters, digits, dots or hyphens."),
    ("osh-oblast;A;;;;de;", "language", "Choose one of the network's languages."),
    ("osh-oblast;A;;;;;administrator", "role", "Only officers and interpreters can be imported."),
    ("osh-oblast;A;;;;;;more", "", "This row has more cells than there are columns."),
])
def test_one_wrong_row_stops_everything_and_is_named(house: House, boss: Actor, row: str, field: str, message: str) -> None:
    table = _table("osh-oblast;Ben;ben;;;;", row)
    plan = people_import.look_through(house, boss, table)
    assert [wrong.line for wrong in plan.rows if wrong.errors] == [3]
    assert (field, message) in [(error["field"], error["message"]) for error in plan.rows[1].errors]
    with pytest.raises(Invalid):
        people_import.carry_out(house, boss, table)
    assert _names(house) == {"boss"}


@pytest.mark.parametrize("table", ["", HEADING, "full_name\nA", f"{HEADING};nonsense\nosh-oblast;A", "point;point;full_name\na;b;c",
                                   HEADING + "\n" + "osh-oblast;A;;;;;\n" * 1001, HEADING + '\n"osh'])
def test_what_is_no_such_table_is_refused(house: House, boss: Actor, table: str) -> None:
    with pytest.raises(Invalid):
        people_import.look_through(house, boss, table)


def test_rows_of_the_template_that_nobody_filled_in_are_left_out(house: House, boss: Actor) -> None:
    template = people_import.template(house)
    assert template.count("\n") == 64
    plan = people_import.look_through(house, boss, template.replace("osh-oblast;;", "osh-oblast;Aida;"))
    assert (len(plan.rows), plan.left_out, plan.fine) == (1, 62, True)


def test_from_the_table_to_the_printed_letters(house: House, browser: Browser) -> None:
    looked = browser.post("/admin/people/import", {"file": (io.BytesIO(GOOD.encode()), "officers.csv")})
    assert "Nothing has been created yet" in sentences(looked)
    assert _names(house) == {"boss"}
    found = re.search(r'<textarea name="table"[^>]*>\n?(.*?)</textarea>', looked.text, re.DOTALL)
    assert found
    done = browser.post("/admin/people/import", {"table": html.unescape(found[1]), "act": "import"})
    assert done.status_code == 201
    assert _names(house) == {"boss", "osh-oblast-1", "ben"}
    letters = browser.post("/admin/people/letters", {"user": re.findall(r'name="user" value="([^"]+)"', done.text)})
    assert letters.mimetype == "application/pdf"
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(letters.data)).pages]
    assert ["osh-oblast-1" in pages[0], "ben" in pages[1], len(pages)] == [True, True, 2]


# ---------------------------------------------------------------- accounts


def test_an_account_is_made_found_changed_disabled_and_enabled(house: House, browser: Browser) -> None:
    form = {"name": "aida", "full_name": "Айда Өмүрбекова", "role": "officer", "email": "aida@example.org",
            "points": ["osh-oblast", "alay-district"]}
    page = browser.post("/admin/people/new", form).headers["Location"]
    assert "Айда Өмүрбекова" in browser.get("/admin/people?q=өмүр&point=alay-district&role=officer&state=active").text
    assert "Nobody found" in sentences(browser.get("/admin/people?q=өмүр&state=disabled"))
    assert browser.post(page, form | {"points": ["osh-oblast"], "email": "new@example.org"}).status_code == 303
    row = people.find_user(house, SYSTEM, "aida")
    assert (row["points"], row["email"]) == (["osh-oblast"], "new@example.org")
    for state in ("0", "1"):
        browser.post(f"{page}/active", {"active": state})
        assert people.find_user(house, SYSTEM, "aida")["active"] is (state == "1")


def test_what_was_typed_stays_when_a_field_is_wrong(browser: Browser) -> None:
    answer = browser.post("/admin/people/new", {"name": "Boss 2", "full_name": "Typed & kept", "role": "officer", "email": "nonsense"})
    assert answer.status_code == 422
    assert "Typed &amp; kept" in answer.text
    assert "This is not an e-mail address." in sentences(answer)


def test_an_operator_makes_officers_and_nobody_above(house: House, browser: Browser) -> None:
    desk = people.create_user(house, SYSTEM, name="desk", role=AccountRole.OPERATOR, password=PASSWORD)["id"]
    browser.become(desk)
    assert browser.post("/admin/people/new", {"name": "aida", "role": "officer"}).status_code == 303
    assert browser.post("/admin/people/new", {"name": "spy", "role": "administrator"}).status_code == 403
    aida = people.find_user(house, SYSTEM, "aida")["id"]
    assert browser.post(f"/admin/people/{aida}", {"role": "organiser"}).status_code == 403
    assert browser.post(f"/admin/people/{desk}", {"role": "administrator"}).status_code == 403


# ---------------------------------------------------------------- own account


def test_own_token_is_shown_once_and_can_be_ended(house: House, browser: Browser) -> None:
    made = browser.post("/account/tokens", {"label": "bench", "days": "30"})
    secret, = re.findall(r"lsn_[\w-]+", made.text)
    bearer = {"Authorization": f"Bearer {secret}"}
    assert browser.client.get("/api/v1/sessions", headers=bearer).status_code == 200
    page = browser.get("/account")
    assert secret not in page.text
    revoke, = re.findall(r'action="(/account/tokens/[^"]+/revoke)"', page.text)
    browser.post(revoke)
    assert browser.client.get("/api/v1/sessions", headers=bearer).status_code == 401


def test_changing_the_password_keeps_this_browser_in(house: House, browser: Browser) -> None:
    form = {"old": PASSWORD, "password": "four yellow apples", "password_again": "four yellow apples"}
    assert browser.post("/account/password", form).status_code == 303
    assert browser.get("/account").status_code == 200
    assert sign_in.sign_in(house, "boss", "four yellow apples", "").signed_in


def test_a_new_calendar_address_replaces_the_old(house: House, browser: Browser, boss: Actor) -> None:
    before = people.own_calendar(house, boss)["user"]
    browser.post("/account/calendar")
    assert people.own_calendar(house, boss)["user"] != before


# ---------------------------------------------------------------- points, settings, mail, audit


def test_a_mail_that_was_given_up_is_shown_and_tried_again(house: House, browser: Browser, boss: Actor) -> None:
    now = house.clock.now()
    with house.db.write() as db:
        db.add(t.Outbox(id="given-up", kind="reminder", dedupe_key="x", address="aida@example.org", language="ky", due_at=now,
                        created_at=now, status="failed", attempts=9, last_error="550 no such mailbox"))
    page = browser.get("/admin/outbox")
    assert "aida@example.org" in page.text
    assert "550 no such mailbox" in page.text
    assert browser.post("/admin/outbox/given-up/retry").status_code == 303
    with house.db.read() as db:
        assert db.get_one(t.Outbox, "given-up").status == "pending"
    assert "Every message has left" in sentences(browser.get("/admin/outbox"))


def test_a_point_with_nobody_to_be_told_is_named_until_it_has_an_address(browser: Browser) -> None:
    assert "63 points have nobody to be told" in sentences(browser.get("/admin/points"))
    browser.post("/admin/points/osh-oblast", {"email": "osh@example.org", "phone": "+996 3222", "link_profile": "thin", "active": "1"})
    page = browser.get("/admin/points")
    assert "62 points have nobody to be told" in sentences(page)
    assert "osh@example.org" in browser.get("/admin/points?q=ош+облусу").text
    assert "osh@example.org" not in browser.get("/admin/points?untold=1").text


def test_settings_take_effect_at_once(house: House, browser: Browser) -> None:
    answer = browser.post("/admin/settings", {"help_desk_phone": "+996 555 123", "reminder_minutes": "30, 120", "default_language": "ru"})
    assert answer.status_code == 303
    wanted = {"help_desk_phone": "+996 555 123", "reminder_minutes": [120, 30], "default_language": "ru"}
    assert settings.get_settings(house).items() >= wanted.items()
    fresh = Browser(browser.app, house, language="")
    assert "+996 555 123" in fresh.get("/link").text
    assert '<html lang="ru"' in fresh.get("/link").text


@pytest.mark.parametrize("minutes", ["ten", "0", "-5", "20161", "1,2,3,4,5,6,7", "1.5", "99999999999999"])
def test_wrong_reminders_are_refused_and_change_nothing(house: House, browser: Browser, minutes: str) -> None:
    answer = browser.post("/admin/settings", {"help_desk_phone": "1", "reminder_minutes": minutes, "default_language": "ky"})
    assert answer.status_code == 422
    assert settings.get_setting(house, "reminder_minutes") == [1440, 60, 10]
    assert settings.get_setting(house, "help_desk_phone") == "+996 312 00 00 00"


def test_the_audit_log_shows_who_changed_what(house: House, browser: Browser, boss: Actor, clock: FixedClock) -> None:
    clock.advance(60)
    aida = people.create_user(house, boss, name="aida", role=AccountRole.OFFICER)["id"]
    people.change_user(house, boss, aida, full_name="Aida", phone="1")
    lines, more = list_audit(house, boss, AuditFilter(who="boss", action="user.changed", object_id=aida))
    assert [(change.field, change.before, change.after) for change in lines[0].changes] == [("full_name", "", "Aida"), ("phone", "", "1")]
    assert (len(lines), more) == (1, "")
    page = browser.get("/admin/audit?action=user.changed&who=boss&from=2027-03-01&to=2027-03-01")
    assert "<ins>Aida</ins>" in page.text
    assert "Nothing found" in sentences(browser.get("/admin/audit?from=2027-03-02"))
    assert browser.get("/admin/audit?from=nonsense&before=nonsense").status_code == 200


def test_the_audit_log_is_read_page_by_page(house: House, boss: Actor) -> None:
    made = [people.create_user(house, boss, name=f"person-{n}", role=AccountRole.OFFICER)["id"] for n in range(60)]
    first, more = list_audit(house, boss, AuditFilter(action="user.created"))
    second, end = list_audit(house, boss, AuditFilter(action="user.created"), more)
    assert [line.object_id for line in first + second][:60] == made[::-1]
    assert (len(first), end) == (50, "")


def test_differences_name_fields_that_came_and_went() -> None:
    assert [(c.field, c.before, c.after) for c in differences({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 4, "d": 5})] == [
        ("b", 2, 4), ("d", None, 5), ("c", 3, None)]


def test_no_secret_stands_in_the_audit_log(house: House, browser: Browser, boss: Actor, tmp_path: Path) -> None:
    secret, = re.findall(r"lsn_[\w-]+", browser.post("/account/tokens", {"label": "x", "days": "30"}).text)
    browser.post("/account/password", {"old": PASSWORD, "password": "four yellow apples", "password_again": "four yellow apples"})
    lines, _ = list_audit(house, boss, AuditFilter())
    assert secret not in str(lines)
    assert "yellow" not in str(lines)
