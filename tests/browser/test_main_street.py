"""The main job from one end to the other, through the real pages of a real service: booked, told, answered, held, recorded.

Real: ``liaison serve``, SMTP, Chromium with cameras of own colour and tone, UDP through a gate that can be shut. In ``make
test`` pictures are counted for five seconds; ``CHAOS=full`` counts for thirty.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from icalendar import Calendar
from playwright.sync_api import expect

from tests.support.chromium import Participant
from tests.support.gates import TcpGate, UdpGate
from tests.support.load import promised, slowness
from tests.support.marked import Encoder, Player, compare
from tests.support.ports import free_udp_ports
from tests.support.room import seconds_until, state
from tests.support.rtc_client import Loop
from tests.support.server import LiaisonServer
from tests.support.smtp import SmtpSink
from tests.support.street import ENOUGH_FRAMES, Office, Street
from tests.support.street_cast import (
    BATKEN,
    BISHKEK,
    CHUY,
    KILL_LIMIT_S,
    LARGE,
    LEAD_S,
    MEASURING_S,
    NARYN,
    OPENS_WITHIN_S,
    OSH,
    PATIENCE_S,
    REFUSAL,
    REPRESENTATIVES,
    RETURN_LIMIT_S,
    SAMPLE_S,
    SMALL,
    TALAS,
    THREE,
    TINY,
    TITLE,
    TOPIC,
    WATCHERS,
    WINDOW_S,
)
from tests.support.street_sheet import moment, nobody_got_a_mail_too_many, the_sheet_shows_it

pytestmark = [pytest.mark.timeout(420), pytest.mark.slow]


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
    lead = (soon - street.now()).total_seconds()
    starts_at = soon if lead >= LEAD_S and lead >= LEAD_S * slowness() else soon + timedelta(minutes=1)
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
    person = street.arrive(office.account, url, colour=office.colour, tone=office.tone, language=office.language,
                           camera=bool(office.tone), viewport=LARGE if office is OSH else SMALL)
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
    late = (opened - starts_at).total_seconds()
    assert late >= 0 and (late < OPENS_WITHIN_S or late < OPENS_WITHIN_S * slowness())
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
    citizen = street.arrive("citizen", camera=False, tone=0, viewport=SMALL)
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
    naryn.page.set_viewport_size(TINY)
    naryn.page.wait_for_selector("#pager:visible")

    def turn() -> None:
        forward = naryn.page.is_enabled("#page-next")
        naryn.page.click("#page-next" if forward else "#page-back")
        naryn.page.wait_for_timeout(1200)
    names = {street.names[office.slug]["en"] for office in (OSH, BATKEN)}
    turn()
    street.names_shown(naryn, names, 30, turn)
    naryn.page.set_viewport_size(SMALL)
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
    with promised(RETURN_LIMIT_S, "back after a reload"):
        batken.page.reload()
        street.until_joined(BATKEN, PATIENCE_S)
    assert state(batken)["me"]["peer"] == before
    assert batken.page.is_hidden("#prejoin")
    batken.page.keyboard.press("Shift")  # the fake microphone sounds after a first touch
    street.watch_labels(batken, BATKEN.language)
    street.all_see(THREE, PATIENCE_S)
    street.labels_are_right(THREE)
    street.all_hear(THREE)


def media_is_killed(street: Street) -> None:
    """kill -9 of the media process: within ten seconds everybody sees and hears again, without touching anything."""
    epoch = state(street.browsers[OSH.account])["epoch"]
    pages = street.pages(THREE)
    with promised(KILL_LIMIT_S + MEASURING_S, "everybody sees everybody after the kill"):
        street.server.kill("media")
        seconds_until(lambda: all(state(page).get("epoch", 0) > epoch for page, _, _ in pages), PATIENCE_S, "a new epoch")
        street.all_see(THREE, PATIENCE_S, MEASURING_S)
    street.labels_are_right(THREE)
    street.all_hear(THREE)


def a_browser_closes_and_a_network_goes(street: Street) -> None:
    """Naryn's window is closed; Batken's cable is pulled (pages and UDP) and put back. The chair sees both."""
    batken, chair = street.browsers[BATKEN.account], street.browsers[OSH.account]
    naryn, peer = (state(street.browsers[office.account])["me"]["peer"] for office in (NARYN, BATKEN))
    with street.span("naryn left"):
        street.browsers.pop(NARYN.account).context.close()
    people_in_the_room(batken)
    cut(street, batken)
    with promised(RETURN_LIMIT_S + MEASURING_S, "back after the network's return"):
        street.tcp.mend()
        street.udp.mend()
        street.until_joined(BATKEN, PATIENCE_S)
        street.all_see((OSH, BATKEN), PATIENCE_S, MEASURING_S)
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
    """No network, for so long that the page says so."""
    street.tcp.cut()
    for ufrag in person.ufrags():
        street.udp.cut(ufrag)
    person.page.wait_for_selector("#banner:visible")


def the_chair_ends(street: Street) -> None:
    chair = street.browsers[OSH.account].page
    chair.click("#steer-end")
    chair.click("#confirm-do")
    for person in (street.browsers[OSH.account], street.browsers[BATKEN.account], *street.viewers):
        person.page.wait_for_selector("#over:visible")
        assert person.errors == []
    chair.wait_for_selector(f"#over-attendance[href='/sessions/{street.session}/attendance']:visible")
    officer = street.browsers[BATKEN.account].page
    assert (officer.locator("#over-attendance").count(), officer.get_attribute("#over-home", "href")) == (0, "/today")
    shown = street.api()
    assert shown["status"] == "ended"
    street.moments["closed"] = moment(street.api("/attendance")["session"]["closed_at"])
    assert abs(street.moments["closed"] - street.now()) < timedelta(seconds=20)
