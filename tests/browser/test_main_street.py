"""The main job from one end to the other, through the real pages of a real service: booked, told, answered, held, recorded.

Real: ``liaison serve``, SMTP, Chromium with cameras of own colour and tone, UDP through a gate that can be shut. In ``make
test`` pictures are counted for ten seconds; ``CHAOS=full`` counts for thirty.
"""

from __future__ import annotations

import csv
import io
import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from icalendar import Calendar
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.support.chromium import Participant
from tests.support.gates import TcpGate, UdpGate
from tests.support.load import slowness
from tests.support.marked import Encoder, Player, compare
from tests.support.ports import free_udp_ports
from tests.support.room import seconds_until, state
from tests.support.rtc_client import Loop
from tests.support.server import LiaisonServer
from tests.support.smtp import SmtpSink
from tests.support.street import ENOUGH_FRAMES, Office, Street

pytestmark = [pytest.mark.timeout(420), pytest.mark.slow]

OSH = Office("osh-oblast", "osh", "ky", "#d02020", 440)
BATKEN = Office("batken-oblast", "batken", "ru", "#20b030", 660)
NARYN = Office("naryn-oblast", "naryn", "en", "#2040d0", 880)
CHUY = Office("chuy-oblast", "chuy", "ru")
TALAS = "talas-oblast"
"""An encoder alone; nobody there reads mail."""
THREE = (OSH, BATKEN, NARYN)

TITLE = {"ky": "Калк менен түз байланыш", "ru": "Прямая линия с населением", "en": "Live with the population"}
TOPIC = "Калктын суроолору"
REFUSAL = "Ашуу жабык, өкүл келе албайт."
REPRESENTATIVES = ["Айбек Токтогулов", "Бакыт Осмонова"]
BISHKEK = ZoneInfo("Asia/Bishkek")
WATCHERS = 2
SAMPLE_S = 30 if os.environ.get("CHAOS") == "full" else 10
WINDOW_S = 5
KILL_LIMIT_S = 10.0
RETURN_LIMIT_S = 5.0
LEAD_S = 20.0  # at least so long before the start the session is booked
EVIDENCE_S = 6.0  # evidence of life is at most 5 s old


@pytest.fixture
def street(make_server: Callable[..., LiaisonServer], make_participant: Callable[..., Participant], smtp_sink: SmtpSink
           ) -> Iterator[Street]:
    """A fresh service behind gates, its clock shifted so that a full minute, where sessions begin, is never far away."""
    media_port = free_udp_ports()
    shift = timedelta(seconds=(20 - datetime.now(UTC).second) % 60)
    with UdpGate(media_port) as udp:
        server = make_server(smtp_url=smtp_sink.url, media_port=media_port, media_host=udp.address, watchers=WATCHERS,
                             clock_shift_seconds=shift.total_seconds())
        with TcpGate(server.http_port) as tcp:
            made = Street(server, tcp, udp, smtp_sink, make_participant, shift, (*THREE, CHUY))
            made.fill()
            yield made


def test_the_main_street(street: Street) -> None:
    for step in (book, mails_arrive, links_change_nothing, two_accept, they_wait_in_the_lobby, one_accepts_and_one_declines,
                 it_opens_by_the_clock, one_comes_late, everybody_sees_and_hears, a_citizen_watches, the_floor_is_given,
                 encoders_and_pages, a_reload, media_is_killed, a_browser_closes_and_a_network_goes, the_chair_ends,
                 the_sheet_shows_it, nobody_got_a_mail_too_many):
        began = time.monotonic()
        step(street)
        print(f"{step.__name__}: {time.monotonic() - began:.1f} s", flush=True)


# ---------------------------------------------------------------- book, tell, answer


def book(street: Street) -> None:
    """The planner fills in the form."""
    planner = street.arrive("planner", camera=False)
    street.sign_in("planner")
    page = planner.page
    page.goto("/sessions/new")
    for code, title in TITLE.items():
        page.fill(f"#f-title_{code}", title)
    page.select_option("#f-kind", "population")
    for slug in (*(office.slug for office in street.offices), TALAS):
        page.get_by_label("Search a point").fill(street.names[slug]["en"])
        page.locator(f"[data-point='{slug}'] input[name=points]").check()
    page.select_option("#f-chair_point", OSH.slug)
    page.select_option("#f-chair_user", street.accounts[OSH.account])
    page.get_by_label("Topic").first.fill(TOPIC)
    page.get_by_label("Minutes", exact=True).first.fill("30")
    page.check("#f-public")
    soon = street.now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    starts_at = soon if (soon - street.now()).total_seconds() >= LEAD_S * slowness() else soon + timedelta(minutes=1)
    page.fill("#f-date", starts_at.astimezone(BISHKEK).strftime("%Y-%m-%d"))
    page.fill("#f-time", starts_at.astimezone(BISHKEK).strftime("%H:%M"))
    page.fill("#f-minutes", "30")
    page.get_by_role("button", name="Book the session").click()
    expect(page.get_by_role("heading", name=TITLE["en"])).to_be_visible()
    street.session = page.url.rsplit("/", 1)[1]
    assert set(street.answers().values()) == {"pending"}
    street.moments["planned"] = starts_at


def mails_arrive(street: Street) -> None:
    """Each officer gets one invitation in the own language, with a calendar part."""
    for office in street.offices:
        mail = street.invitation(office)
        assert TITLE[office.language] in mail.subject
        event = Calendar.from_ical(mail.calendar).walk("VEVENT")[0]
        assert str(event["UID"]).startswith(street.session)
        assert int(event["SEQUENCE"]) == 0
        assert event["DTSTART"].dt == street.moments["planned"]
        assert str(event["SUMMARY"]) == TITLE[office.language]
        assert str(event["ATTENDEE"]).removeprefix("mailto:") == office.address


def links_change_nothing(street: Street) -> None:
    """A mail scanner opens every link: nobody has answered by that."""
    for office in street.offices:
        for method in ("HEAD", "GET", "GET"):
            assert httpx.request(method, street.invitation_link(office), timeout=20).status_code == 200
    assert set(street.answers().values()) == {"pending"}


def two_accept(street: Street) -> None:
    answer_by_mail(street, OSH, "accepted")
    answer_by_mail(street, BATKEN, "accepted")


def one_accepts_and_one_declines(street: Street) -> None:
    answer_by_mail(street, NARYN, "accepted")
    answer_by_mail(street, CHUY, "declined", REFUSAL)


def answer_by_mail(street: Street, office: Office, answer: str, reason: str = "") -> None:
    """The officer opens the mail's link, without signing in, and presses a button."""
    url = street.tcp.url if office is BATKEN else street.server.url
    person = street.arrive(office.account, url, colour=office.colour, tone=office.tone, language=office.language, camera=bool(office.tone))
    person.page.goto(street.invitation_link(office))
    assert person.page.locator("html").get_attribute("lang") == office.language
    assert street.answers()[office.slug] == "pending"
    if reason:
        person.page.fill("#f-reason", reason)
    person.page.click(f"button[name=answer][value={answer}]")
    seconds_until(lambda: street.answers()[office.slug] == answer, 30, f"{office.slug} to have {answer}")
    if answer == "declined":
        person.context.close()
        del street.browsers[office.account]


# ---------------------------------------------------------------- come in


def they_wait_in_the_lobby(street: Street) -> None:
    """Two come before the time; nothing is carried yet."""
    for office in (OSH, BATKEN):
        street.sign_in(office.account)
        street.join_from_today(office)
        person = street.browsers[office.account]
        assert state(person)["room"]["phase"] == "lobby"
        person.page.wait_for_selector("#lobby:visible")
        assert person.frames_decoded() == {} or set(person.frames_decoded().values()) == {0}


def it_opens_by_the_clock(street: Street) -> None:
    """Nobody does anything, and the session is open."""
    starts_at = street.moments["planned"]
    wait = max(0.0, (starts_at - street.now()).total_seconds())
    for office in (OSH, BATKEN):
        person = street.browsers[office.account]
        seconds_until(lambda p=person: state(p)["room"]["phase"] == "live", wait + 15, "the session to open")
    opened = moment(state(street.browsers[OSH.account])["room"]["opened_at"])
    street.moments["opened"] = moment(street.api("/attendance")["session"]["opened_at"])
    assert timedelta(0) <= opened - starts_at < timedelta(seconds=10 * slowness())
    assert abs(opened - street.moments["opened"]) < timedelta(milliseconds=100)


def one_comes_late(street: Street) -> None:
    street.sign_in(NARYN.account)
    street.join_from_today(NARYN)
    street.all_see(THREE, 30)
    for office in THREE:
        street.watch_labels(street.browsers[office.account], office.language)


def everybody_sees_and_hears(street: Street) -> None:
    """Every viewer decodes at least five frames a second of everybody, all the time, and hears everybody's tone."""
    for _ in range(SAMPLE_S // WINDOW_S):
        rates = street.rates(THREE, WINDOW_S)
        assert min(rates.values()) >= ENOUGH_FRAMES, rates
    street.all_hear(THREE)
    street.labels_are_right(THREE)


def a_citizen_watches(street: Street) -> None:
    """From the public list to picture and sound, without an account."""
    citizen = street.arrive("citizen", camera=False)
    page = citizen.page
    page.goto("/public/")
    page.locator(f"a[href*='/public/sessions/{street.session}']").first.click()
    expect(page.get_by_role("heading", name=TITLE["en"])).to_be_visible()
    expect(page.get_by_text(TOPIC)).to_be_visible()
    page.click("form[action$='/watch'] button")
    seconds_until(lambda: state(citizen).get("signal") == "joined", 30, "the citizen to be in")
    street.viewers.append(citizen)
    street.watch_labels(citizen, "en")
    page.click("#watch-sound")
    street.all_see(THREE, 20)
    street.all_hear(THREE)
    assert page.evaluate("() => [...document.querySelectorAll('audio')].some(a => !a.muted && !a.paused)")


# ---------------------------------------------------------------- in the session


def the_floor_is_given(street: Street) -> None:
    """Naryn asks, the chair gives: the large picture of everybody else is Naryn's, under its name."""
    chair, naryn = street.browsers[OSH.account].page, street.browsers[NARYN.account].page
    naryn.click("#hand")
    chair.click("#hands-list .btn-warm")
    for person, language, wanted in street.pages(THREE):
        if NARYN in wanted:
            person.page.wait_for_function(
                "name => document.getElementById('stage-name').textContent === name"
                " && document.getElementById('stage-picture').classList.contains('is-live')", arg=street.names[NARYN.slug][language])
            assert person.sees_colour("#stage-picture video", NARYN.colour)
    street.labels_are_right(THREE)
    naryn.click("#hand")
    chair.wait_for_selector("#floor-section", state="hidden")


def encoders_and_pages(street: Street) -> None:
    """Talas sends with an encoder, a player receives: packets come out as they went in. Meanwhile Naryn turns pages."""
    loop = Loop()
    try:
        encoder, player = Encoder(loop), Player(loop)
        with street.span("talas joined"):
            answer, talas = street.post_sdp("whip", street.way_in(role="point", point=TALAS, name="Encoder"), encoder.offer())
            encoder.connect(answer)
        answer, monitor = street.post_sdp("whep", street.way_in(role="watcher", name="Monitor"), player.offer())
        player.connect(answer)
        encoder.start_sending()
        pages_are_turned(street)
        one_too_many(street)
        seconds_until(lambda: len(player.of("audio")) > 200 and len(player.of("video")) > 200, 20, "marked packets")
        encoder.stop_sending()
        time.sleep(0.5)
        payloads_are_untouched(compare(encoder, player))
        with street.span("talas left"):
            httpx.delete(talas, timeout=20).raise_for_status()
        httpx.delete(monitor, timeout=20).raise_for_status()
    finally:
        loop.stop()


def payloads_are_untouched(report: dict[str, Any]) -> None:
    assert report["not_authentic"] == 0 and report["mixed_streams"] == [], report
    for kind in ("audio", "video"):
        assert report[kind]["changed"] == 0, report
        assert report[kind]["lost"] <= report[kind]["arrived"] // 50, report


def pages_are_turned(street: Street) -> None:
    """In a small window the others do not fit on one page."""
    naryn = street.browsers[NARYN.account]
    naryn.page.set_viewport_size({"width": 420, "height": 280})
    naryn.page.wait_for_selector("#pager:visible")

    def turn() -> None:
        forward = naryn.page.is_enabled("#page-next")
        naryn.page.click("#page-next" if forward else "#page-back")
        naryn.page.wait_for_timeout(1200)
    names = {street.names[office.slug]["en"] for office in (OSH, BATKEN)}
    turn()
    street.names_shown(naryn, names, 30, turn)
    naryn.page.set_viewport_size({"width": 1280, "height": 800})
    street.labels_are_right(THREE)


def one_too_many(street: Street) -> None:
    """All places are taken by the citizen and the player: whoever comes now is told so, and when to come again."""
    late = street.arrive("late citizen", camera=False)
    late.page.goto(f"/public/sessions/{street.session}")
    with late.page.expect_response(lambda response: response.request.method == "POST") as told:
        late.page.click("form[action$='/watch'] button")
    assert told.value.status == 503
    assert int(told.value.headers["retry-after"]) > 0
    expect(late.page.get_by_role("heading", name="All places for watching are taken")).to_be_visible()
    expect(late.page.get_by_text("Please try again at")).to_be_visible()
    late.context.close()


def a_reload(street: Street) -> None:
    """Batken is in the same place again, without being asked anything."""
    batken = street.browsers[BATKEN.account]
    before = state(batken)["me"]["peer"]
    limit = RETURN_LIMIT_S * slowness()
    batken.page.reload()
    street.until_joined(BATKEN, limit)
    assert state(batken)["me"]["peer"] == before
    assert batken.page.is_hidden("#prejoin")
    batken.page.keyboard.press("Shift")  # the fake microphone sounds after a first touch
    street.watch_labels(batken, BATKEN.language)
    street.all_see(THREE, 15)
    street.labels_are_right(THREE)
    street.all_hear(THREE)


def media_is_killed(street: Street) -> None:
    """kill -9 of the media process: within ten seconds everybody sees and hears again, without touching anything."""
    epoch = state(street.browsers[OSH.account])["epoch"]
    limit = KILL_LIMIT_S * slowness()
    street.server.kill("media")
    began = time.monotonic()
    seconds_until(lambda: all(state(page).get("epoch", 0) > epoch for page, _, _ in street.pages(THREE)), limit, "a new epoch")
    street.all_see(THREE, limit - (time.monotonic() - began))
    print(f"everybody saw everybody {time.monotonic() - began:.1f} s after the kill; allowed {limit:.0f} s")
    street.labels_are_right(THREE)
    street.all_hear(THREE)


def a_browser_closes_and_a_network_goes(street: Street) -> None:
    """Naryn's window is closed; Batken's cable is pulled (pages and UDP) and put back. The chair sees both."""
    batken, chair = street.browsers[BATKEN.account], street.browsers[OSH.account]
    naryn, peer = (state(street.browsers[office.account])["me"]["peer"] for office in (NARYN, BATKEN))
    with street.span("naryn left"):
        street.browsers.pop(NARYN.account).context.close()
    people_in_the_room(batken)
    limit = RETURN_LIMIT_S * slowness()
    cut(street, batken)
    mended = time.monotonic()
    street.until_joined(BATKEN, limit)
    street.all_see((OSH, BATKEN), limit - (time.monotonic() - mended))
    print(f"Batken was back {time.monotonic() - mended:.1f} s after its network; allowed {limit:.0f} s")
    assert state(batken)["me"]["peer"] == peer
    street.all_hear((OSH, BATKEN))
    chair.page.wait_for_selector(f"#missing-list :text-is('{street.names[NARYN.slug][OSH.language]}')")
    seconds_until(lambda: naryn not in state(chair)["room"]["peers"], 60, "Naryn to be given up")
    street.nothing_went_wrong()


def people_in_the_room(person: Participant) -> None:
    """The officer types in who sits in the room."""
    person.page.click("#sheet")
    person.page.fill("#sheet-count", "12")
    person.page.fill("#sheet-names", "\n".join(REPRESENTATIVES))
    person.page.click("#sheet-save")
    person.page.wait_for_function("() => document.getElementById('sheet-note').textContent.trim() !== ''")


def cut(street: Street, person: Participant) -> None:
    """Six seconds without a network."""
    ufrags = person.ufrags()
    street.tcp.cut()
    for ufrag in ufrags:
        street.udp.cut(ufrag)
    person.page.wait_for_selector("#banner:visible")
    person.page.wait_for_timeout(3000)
    street.tcp.mend()
    street.udp.mend()


def the_chair_ends(street: Street) -> None:
    chair = street.browsers[OSH.account].page
    chair.click("#steer-end")
    chair.click("#confirm-do")
    for person in (street.browsers[OSH.account], street.browsers[BATKEN.account], *street.viewers):
        person.page.wait_for_selector("#over:visible")
        assert person.errors == []
    shown = street.api()
    assert shown["status"] == "ended"
    street.moments["closed"] = moment(street.api("/attendance")["session"]["closed_at"])
    assert abs(street.moments["closed"] - street.now()) < timedelta(seconds=20)


# ---------------------------------------------------------------- the sheet


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


WORDS = {"accepted": "Accepted", "declined": "Declined", "pending": "No answer"}


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
