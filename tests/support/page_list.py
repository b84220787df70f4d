"""Every page that a person may open, as whom, for pictures and for the tests that look at all pages."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Page, Response

from liaison.domain.actor import SYSTEM
from liaison.services import sessions
from liaison.services.answer_links import AnswerLink, answer_url
from liaison.services.poll_links import PollLink, poll_url
from liaison.services.signed_broadcasts import signed_path
from tests.support.pages import PageSite
from tests.support.seed import TITLES

LANGUAGES = ("ky", "ru", "en")


@dataclass(frozen=True)
class PageVisit:
    """One page seen by one account ("" is a citizen). ``sent``: fields that a form on it sends to ``to``, whose answer is looked at."""

    name: str
    path: str
    account: str = ""
    status: int = 200
    to: str = ""
    sent: tuple[tuple[str, str], ...] = ()


SEND = """([to, fields]) => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = to;
  for (const [name, value] of [["csrf_token", document.querySelector("[name=csrf_token]").value], ...fields]) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
}"""


def go(page: Page, site: PageSite, visit: PageVisit) -> Response:
    """Load the page of this visit; its answer."""
    response = page.goto(site.url + visit.path)
    if visit.to:
        with page.expect_navigation() as led:
            page.evaluate(SEND, [visit.to, visit.sent])
        response = led.value
    assert response is not None
    return response


def page_visits(site: PageSite) -> list[PageVisit]:
    """Of this site, with its ids filled in. Pages that the application does not serve are left out."""
    made, users = site.seeded.sessions, site.seeded.actors
    some_user = users["osh"].user_id
    visits = [
        PageVisit("public-list", "/public"),
        PageVisit("public-session-live", f"/public/sessions/{made['people']}"),
        PageVisit("embed", f"/embed/{made['people']}"),
        PageVisit("public-session-coming", f"/public/sessions/{made['winter']}"),
        PageVisit("public-session-cancelled", f"/public/sessions/{made['press']}"),
        PageVisit("public-session-asked", f"/public/sessions/{made['people']}?kiosk=1"),
        PageVisit("remind", f"/remind/{site.seeded.seats['remind']}"),
        PageVisit("seat", f"/seat/{site.seeded.seats['held']}"),
        PageVisit("seat-waiting", f"/seat/{site.seeded.seats['waiting']}"),
        PageVisit("halls", f"/sessions/{made['people']}/halls", "planner"),
        PageVisit("hall-door", f"/sessions/{made['people']}/halls/osh-oblast/door", "osh"),
        PageVisit("halls-officer", f"/sessions/{made['people']}/halls", "osh"),
        PageVisit("question-own", f"/question/{site.seeded.question}"),
        PageVisit("questions-desk", f"/sessions/{made['people']}/questions", "planner"),
        PageVisit("questions-desk-approved", f"/sessions/{made['people']}/questions?state=approved", "planner"),
        PageVisit("questions-desk-empty", f"/sessions/{made['people']}/questions?state=waiting&category_shown=land", "planner"),
        PageVisit("questions-log", f"/sessions/{made['people']}/questions/log", "planner"),
        PageVisit("questions-hall", f"/sessions/{made['people']}/questions/hall", "osh"),
        PageVisit("sign-in", "/sign-in"),
        PageVisit("forgot-password", "/forgot-password"),
        PageVisit("link-unknown", "/link/not-a-real-link", status=410),
        PageVisit("not-found", "/nothing/here", status=404),
        PageVisit("forbidden", "/sessions/new", "osh", 403),
        PageVisit("room-pc", "/room-pc"),
        PageVisit("today", "/today", "osh"),
        PageVisit("today-several-points", "/today", "naryn"),
        PageVisit("today-nothing", "/today", "interpreter"),
        PageVisit("session-officer", f"/sessions/{made['winter']}", "naryn"),
        PageVisit("attendance-officer", f"/sessions/{made['harvest']}/attendance", "osh"),
        PageVisit("calendar-officer", "/calendar", "osh"),
        PageVisit("calendar-week", "/calendar", "planner"),
        PageVisit("calendar-month", "/calendar?view=month", "planner"),
        PageVisit("calendar-empty", "/calendar?date=2030-01-01", "planner"),
        PageVisit("board-day", f"/board?date={site.seeded.tomorrow}", "planner"),
        PageVisit("board-week", "/board?view=week", "planner"),
        PageVisit("board-officer", f"/board?date={site.seeded.tomorrow}", "osh"),
        PageVisit("polls", "/polls", "planner"),
        PageVisit("poll", f"/polls/{site.seeded.poll}", "planner"),
        PageVisit("poll-officer", f"/polls/{site.seeded.poll}", "naryn"),
        PageVisit("poll-asked", letter_links(site)[1]),
        PageVisit("answer", letter_links(site)[0]),
        PageVisit("poll-new", f"/polls/new?points=big-hall&points=osh-oblast&times={site.seeded.tomorrow}T04:00:00Z", "planner"),
        PageVisit("find-time", "/find-time", "planner"),
        PageVisit("find-time-found", f"/find-time?session={made['winter']}&go=1", "planner"),
        PageVisit("find-time-wrong", "/find-time?go=1&minutes=1&points=", "planner", 422),
        PageVisit("desk", "/desk", "planner"),
        PageVisit("week-sheet", "/week-sheet", "planner"),
        PageVisit("calendars", "/calendars", "planner"),
        PageVisit("calendars-officer", "/calendars", "naryn"),
        PageVisit("calendars-import", "/calendars/import", "planner"),
        PageVisit("session-history", f"/sessions/{made['winter']}/history", "planner"),
        PageVisit("sessions-list", "/sessions", "planner"),
        PageVisit("sessions-search", "/sessions?q=zzz", "planner"),
        PageVisit("session-new", "/sessions/new", "planner"),
        PageVisit("session-draft", f"/sessions/new?draft={site.seeded.draft}", "planner"),
        PageVisit("session-edit", f"/sessions/{made['winter']}/edit", "planner"),
        PageVisit("session-copy", f"/sessions/{made['winter']}/copy", "planner"),
        PageVisit("session-coming", f"/sessions/{made['winter']}", "planner"),
        PageVisit("session-live", f"/sessions/{made['people']}", "planner"),
        PageVisit("viewers", f"/sessions/{made['people']}/viewers", "planner"),
        PageVisit("broadcast-signed", signed_path(site.house, SYSTEM, made["people"])),
        PageVisit("viewers-none", f"/sessions/{made['winter']}/viewers", "planner"),
        PageVisit("recordings", f"/sessions/{made['harvest']}/recordings", "planner"),
        PageVisit("recordings-none", f"/sessions/{made['winter']}/recordings", "planner"),
        PageVisit("session-cancelled", f"/sessions/{made['press']}", "planner"),
        PageVisit("session-ended", f"/sessions/{made['harvest']}", "planner"),
        PageVisit("chat", f"/sessions/{made['harvest']}/chat", "planner"),
        PageVisit("chat-officer", f"/sessions/{made['harvest']}/chat", "osh"),
        PageVisit("chat-empty", f"/sessions/{made['people']}/chat", "osh"),
        PageVisit("notes", f"/sessions/{made['harvest']}/notes", "planner"),
        PageVisit("notes-versions", f"/sessions/{made['harvest']}/notes/1", "planner"),
        PageVisit("replay", f"/sessions/{made['harvest']}/replay", "planner"),
        PageVisit("readiness", f"/sessions/{made['people']}/readiness", "desk"),
        PageVisit("self-test", "/self-test", "osh"),
        PageVisit("self-test-several-points", "/self-test", "naryn"),
        PageVisit("self-test-report", f"/self-test/reports/{site.seeded.self_test}", "osh"),
        PageVisit("series", f"/series/{made['series']}", "planner"),
        PageVisit("series-officer", f"/series/{made['series']}", "osh"),
        PageVisit("series-date", f"/sessions/{made['weekly-moved']}", "planner"),
        PageVisit("series-edit", f"/sessions/{made['weekly']}/edit?scope=all", "planner"),
        PageVisit("templates", "/templates", "planner"),
        PageVisit("session-from-template", "/sessions/new?template=government-weekly", "planner"),
        PageVisit("admin-groups", "/admin/groups", "planner"),
        PageVisit("admin-group", "/admin/groups/south", "planner"),
        PageVisit("displace", "/sessions/new", "planner", to="/sessions/displace", sent=displacing(site)),
        PageVisit("displace-series", "/sessions/new", "planner", to="/sessions/displace", sent=displacing_dates(site)),
        PageVisit("displace-free", "/sessions/new", "planner", to="/sessions/displace", sent=(("date", "2027-06-02"), *displacing(site))),
        PageVisit("notice", f"/sessions/{made['winter']}/notice", "planner"),
        PageVisit("attendance-live", f"/sessions/{made['people']}/attendance", "planner"),
        PageVisit("attendance-ended", f"/sessions/{made['harvest']}/attendance", "planner"),
        PageVisit("requests", "/requests", "planner"),
        PageVisit("requests-officer", "/requests", "osh"),
        PageVisit("request-new", "/requests/new", "naryn"),
        PageVisit("request", f"/requests/{site.seeded.requests['asked']}", "planner"),
        PageVisit("request-officer", f"/requests/{site.seeded.requests['declined']}", "osh"),
        PageVisit("request-offered", f"/requests/{site.seeded.requests['offered']}", "planner"),
        PageVisit("request-change", f"/sessions/new?request={site.seeded.requests['asked']}", "planner"),
        PageVisit("drafts", "/drafts", "planner"),
        PageVisit("account", "/account", "osh"),
        PageVisit("account-channels", "/account/channels", "osh"),
        PageVisit("admin-people", "/admin/people", "admin"),
        PageVisit("admin-person-new", "/admin/people/new", "admin"),
        PageVisit("admin-person", f"/admin/people/{some_user}", "admin"),
        PageVisit("admin-person-deputies", f"/admin/people/{users['planner'].user_id}", "admin"),
        PageVisit("session-new-deputy", "/sessions/new", "hall"),
        PageVisit("admin-import", "/admin/people/import", "admin"),
        PageVisit("admin-points", "/admin/points", "admin"),
        PageVisit("admin-point", "/admin/points/osh-oblast", "admin"),
        PageVisit("admin-point-new", "/admin/points/new", "admin"),
        PageVisit("admin-point-mobile", "/admin/points/van-1", "admin"),
        PageVisit("admin-table-points", "/admin/tables/points", "admin"),
        PageVisit("admin-table-deputies", "/admin/tables/deputies", "admin"),
        PageVisit("admin-table-people", "/admin/tables/people", "desk"),
        PageVisit("admin-texts", "/admin/texts", "admin"),
        PageVisit("admin-text", "/admin/texts/invitation", "admin"),
        PageVisit("network", "/network", "desk"),
        PageVisit("network-map", "/network?view=map&kind=province", "osh"),
        PageVisit("network-nothing", "/network?q=zzz", "planner"),
        PageVisit("network-wall", "/network/wall", "planner"),
        PageVisit("point", "/network/points/osh-oblast", "osh"),
        PageVisit("point-other", "/network/points/alay-district", "interpreter"),
        PageVisit("point-mobile", "/network/points/van-1", "planner"),
        PageVisit("connections", "/connections", "desk"),
        PageVisit("connections-only", "/connections?only=poor&sort=loss", "admin"),
        PageVisit("connections-officer", "/connections", "naryn"),
        PageVisit("connection", "/connections/alay-district", "desk"),
        PageVisit("connection-officer", "/connections/osh-oblast", "osh"),
        PageVisit("connection-unseen", "/connections/ozgon-district", "admin"),
        PageVisit("admin-settings", "/admin/settings", "admin"),
        PageVisit("admin-closures", "/admin/closures", "admin"),
        PageVisit("admin-maintenance", "/admin/maintenance", "desk"),
        PageVisit("calendar-holidays", "/calendar?date=2027-05-05", "planner"),
        PageVisit("admin-audit", "/admin/audit", "admin"),
        PageVisit("admin-privacy", "/admin/privacy", "admin"),
        PageVisit("admin-mail", "/admin/outbox", "admin"),
        PageVisit("admin-replies", "/admin/replies", "admin"),
        PageVisit("mail", "/mail", "admin"),
    ]
    return [visit for visit in visits if visit.status != 200 or _served(site, visit.path)]


def letter_links(site: PageSite) -> tuple[str, str]:
    """Addresses in letters to an officer: to answer for one date of a series, and for a poll."""
    officer, settings = site.seeded.actors["osh"], site.house.settings
    (point,) = officer.points
    date = sessions.get_session(site.house, SYSTEM, site.seeded.sessions["weekly"])
    links = (answer_url(settings, AnswerLink(date.id, point, officer.user_id, date.starts_at)),
             poll_url(settings, PollLink(site.seeded.poll, point, officer.user_id)))
    return links[0].removeprefix(settings.base_url), links[1].removeprefix(settings.base_url)


def displacing(site: PageSite) -> tuple[tuple[str, str], ...]:
    """The booking form of an urgent session that takes the time of two others."""
    return (*((f"title_{code}", title) for code, title in TITLES["press"].items()), ("kind", "government"), ("priority", "3"),
            ("date", site.seeded.tomorrow), ("time", "10:00"), ("minutes", "120"),
            *(("points", slug) for slug in ("big-hall", "osh-oblast", "kara-suu-district")))


def displacing_dates(site: PageSite) -> tuple[tuple[str, str], ...]:
    """The same of a series: one date's session can make way, another's is of the same rank."""
    return (*(field for field in displacing(site) if field[0] not in ("priority", "time", "points")), ("priority", "2"), ("time", "09:00"),
            ("points", "big-hall"), ("points", "naryn-oblast"), ("repeat", "daily"), ("repeat_end", "count"), ("repeat_count", "3"))


def _served(site: PageSite, path: str) -> bool:
    adapter = site.app.url_map.bind("localhost")
    return bool(adapter.test(path.split("?")[0], "GET"))
