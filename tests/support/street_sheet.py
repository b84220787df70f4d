"""The attendance sheet of the main street: JSON, CSV, page and paper against what was done and when."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.support.street import Street
from tests.support.street_cast import (
    BATKEN,
    BISHKEK,
    CHUY,
    EVIDENCE_S,
    NARYN,
    OSH,
    REFUSAL,
    REPRESENTATIVES,
    TALAS,
    TITLE,
    WATCHERS,
)


def the_sheet_shows_it(street: Street) -> None:
    sheet = street.api("/attendance")
    rows = {row["slug"]: row for row in sheet["points"]}
    assert set(rows) == {OSH.slug, BATKEN.slug, NARYN.slug, CHUY.slug, TALAS}
    assert sheet["watchers"] == WATCHERS
    as_it_was(street, rows)
    same_in_csv(street, rows)
    same_on_paper(street, rows)
    same_on_the_page(street, rows)


def as_it_was(street: Street, rows: dict[str, Any]) -> None:
    """The JSON against what the test itself did and when."""
    opened, closed = street.moments["opened"], street.moments["closed"]
    for slug, drops in ((OSH.slug, 0), (BATKEN.slug, 2)):  # Batken: the reload and the network
        row = rows[slug]
        assert (row["answer"], row["drops"], row["late_seconds"], row["share"]) == ("accepted", drops, 0, 1.0)
        assert (moment(row["first_joined_at"]), moment(row["last_left_at"])) == (opened, closed)
        assert [stay["reason"] for stay in row["presences"]] == ["ended"]
    assert (rows[BATKEN.slug]["headcount"], rows[BATKEN.slug]["representatives"]) == (12, REPRESENTATIVES)
    naryn, talas, chuy = rows[NARYN.slug], rows[TALAS], rows[CHUY.slug]
    assert (naryn["answer"], naryn["drops"], stays(naryn)) == ("accepted", 0, [("browser", "lost")])
    assert (talas["answer"], talas["drops"], stays(talas)) == ("pending", 0, [("whip", "left")])
    assert street.happened_in("naryn joined", naryn["first_joined_at"])
    assert street.happened_in("naryn left", naryn["last_left_at"], before_s=EVIDENCE_S)
    assert street.happened_in("talas joined", talas["first_joined_at"])
    assert street.happened_in("talas left", talas["last_left_at"])
    for row in (naryn, talas):
        adds_up(row, opened, closed)
    assert (chuy["answer"], chuy["answer_reason"], chuy["presences"]) == ("declined", REFUSAL, [])
    assert (chuy["present_seconds"], chuy["share"], chuy["first_joined_at"]) == (0, 0.0, None)


def stays(row: dict[str, Any]) -> list[tuple[str, str]]:
    """How each stay of a point came about and ended."""
    return [(stay["via"], stay["reason"]) for stay in row["presences"]]


def adds_up(row: dict[str, Any], opened: datetime, closed: datetime) -> None:
    """A point that came late and left early: its figures from its times."""
    joined, left = moment(row["first_joined_at"]), moment(row["last_left_at"])
    assert row["late_seconds"] == round((joined - opened).total_seconds())
    assert row["present_seconds"] == round((left - joined).total_seconds())
    assert row["share"] == pytest.approx((left - joined) / (closed - opened), abs=0.0002)


def same_in_csv(street: Street, rows: dict[str, Any]) -> None:
    told = {row["point"]: row for row in csv.DictReader(io.StringIO(street.api("/attendance.csv")))}
    assert set(told) == set(rows)
    for slug, row in rows.items():
        for column in ("answer", "present_seconds", "share", "first_joined_at", "last_left_at", "late_seconds", "drops", "headcount"):
            assert told[slug][column] == ("" if row[column] is None else str(row[column])), (slug, column)
        assert told[slug]["representatives"] == "; ".join(row["representatives"])


WORDS = {"accepted": "Accepted", "declined": "Declined", "pending": "Did not answer"}


def same_on_the_page(street: Street, rows: dict[str, Any]) -> None:
    page = street.browsers["planner"].page
    page.goto(f"/sessions/{street.session}/attendance")
    for slug, row in rows.items():
        line = page.locator("tr", has=page.locator("th", has_text=street.names[slug]["en"]))
        expect(line.locator("[data-label='Answer']")).to_contain_text(WORDS[row["answer"]])
        expect(line.locator("[data-label='Dropped and returned']")).to_have_text(str(row["drops"] or "–"))
        expect(line.locator("[data-label='Present']")).to_contain_text(period(row) or "was not there")
        expect(line.locator("[data-label='Share']")).to_contain_text(f"{row['share']:.0%}".replace("%", " %") if period(row) else "–")
        expect(line.locator("[data-label='People']")).to_contain_text(str(row["headcount"] or "–"))
    shown = page.context.request.get(f"/sessions/{street.session}/attendance.json").json()
    assert {row["slug"]: row for row in shown["points"]} == rows


def same_on_paper(street: Street, rows: dict[str, Any]) -> None:
    answer = street.browsers["planner"].context.request.get(f"/sessions/{street.session}/attendance.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.body())).pages).split())
    assert TITLE["en"] in text
    assert text.count("Signature") >= 3  # the column, and a line each for chair and secretary
    for slug, row in rows.items():
        assert paper_row(street.names[slug]["en"], row) in text, text
        assert " ".join(row["representatives"]) in text, text


def paper_row(name: str, row: dict[str, Any]) -> str:
    """A line of the table as it is read out of the PDF: all but the representatives, which may take several lines."""
    answer = f"{name} {WORDS[row['answer']]}"
    if row["first_joined_at"] is None:
        return f"{answer} Absent – – – –"
    figures = (period(row), length(row["present_seconds"]), f"{row['share']:.0%}", length(row["late_seconds"]), row["drops"],
               "–" if row["headcount"] is None else row["headcount"])
    return " ".join([answer, *map(str, figures)])


def length(seconds: int) -> str:
    return str(timedelta(seconds=seconds))


def period(row: dict[str, Any]) -> str:
    """``10:01–10:04`` in Bishkek; the empty string for a point that was not there."""
    if row["first_joined_at"] is None:
        return ""
    return "–".join(moment(row[name]).astimezone(BISHKEK).strftime("%H:%M") for name in ("first_joined_at", "last_left_at"))


def moment(value: str) -> datetime:
    return datetime.fromisoformat(value)


def nobody_got_a_mail_too_many(street: Street) -> None:
    """One invitation each; no reminder, for their times were past at the booking; the planner is told of the refusal."""
    for office in street.offices:
        assert [mail.calendar_method for mail in street.sink.to(office.address)] == ["REQUEST"]
    (refusal,) = street.sink.to("planner@example.org")
    assert REFUSAL in refusal.text()
