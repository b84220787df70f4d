"""A filled office: people of every role and a week of sessions, for pictures of pages and for tests of them."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image, ImageDraw
from sqlalchemy import select

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.agenda import entry
from liaison.domain.booking import Period
from liaison.domain.clock import FixedClock
from liaison.domain.sessions import Plan
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.ids import new_id
from liaison.services import (
    booking_requests,
    chase,
    closures,
    deputies,
    documents,
    drafts,
    invitations,
    maintenance,
    mobile_points,
    point_cards,
    point_groups,
    point_pictures,
    polls,
    series,
    sessions,
    templates,
    waiting_list,
)
from liaison.services.documents import Placing
from liaison.services.mobile_points import MobilePlan, StopPlan
from liaison.services.points import seed_points
from liaison.services.series_views import get_series
from liaison.store import tables as t
from tests.support.seed_halls import open_halls
from tests.support.seed_questions import ask_questions
from tests.support.seed_written import ask_help_desk, write_beside
from tests.support.tried import tried
from tests.support.viewers import add_viewers

PEOPLE: tuple[tuple[str, str, AccountRole, tuple[str, ...]], ...] = (
    ("admin", "Нурбек Асанов", AccountRole.ADMINISTRATOR, ()),
    ("planner", "Айгүл Токтосунова", AccountRole.ORGANISER, ()),
    ("desk", "Бакыт Жумабеков", AccountRole.OPERATOR, ()),
    ("osh", "Гүлнара Мамбетова", AccountRole.OFFICER, ("osh-oblast",)),
    ("alay", "Эрмек Сыдыков", AccountRole.OFFICER, ("alay-district",)),
    ("naryn", "Жылдыз Орозбаева", AccountRole.OFFICER, ("naryn-oblast", "naryn-city")),
    ("hall", "Кубанычбек Исаев", AccountRole.OFFICER, ("big-hall",)),
    ("interpreter", "Анна Ким", AccountRole.INTERPRETER, ()),
)
TITLES: dict[str, dict[str, str]] = {
    "harvest": {"ky": "Жыйым-терим жана жем камдоо жүрүшү", "ru": "Ход уборки урожая и заготовки кормов",
                "en": "Progress of the harvest and of fodder supplies"},
    "winter": {"ky": "Аймактардын кышкы мезгилге даярдыгы: жылуулук, көмүр жана жолдор",
               "ru": "Готовность регионов к зиме: отопление, уголь и дороги",
               "en": "Readiness of the regions for winter: heating, coal and roads"},
    "people": {"ky": "Премьер-министрдин калк менен түз байланышы", "ru": "Прямая линия Премьер-министра с населением",
               "en": "Prime Minister live with the population"},
    "training": {"ky": "Байланыш пункттарынын кызматкерлерин окутуу", "ru": "Обучение сотрудников пунктов связи",
                 "en": "Training for officers of the points"},
    "press": {"ky": "Бюджет боюнча басма сөз жыйыны", "ru": "Брифинг по бюджету", "en": "Press briefing on the budget"},
    "test": {"ky": "Байланышты техникалык текшерүү", "ru": "Техническая проверка связи", "en": "Technical test of the links"},
    "water": {"ky": "Сугат суусун бөлүштүрүү", "ru": "Распределение поливной воды", "en": "Sharing of irrigation water"},
    "weekly": {"ky": "Өкмөттүн жумалык отуруму", "ru": "Еженедельное заседание правительства", "en": "Weekly government meeting"},
    "health": {"ky": "Айыл медпункттарынын абалы", "ru": "Состояние сельских медпунктов", "en": "State of village health posts"},
}
DESCRIPTION = {
    "ky": "Облустардын жана райондордун өкүлдөрү кыскача отчет беришет, андан кийин Премьер-министрдин тапшырмалары угулат.",
    "ru": "Представители областей и районов кратко отчитываются, затем звучат поручения Премьер-министра.",
    "en": "Representatives of provinces and districts report briefly; then the Prime Minister's instructions follow.",
}
PROVINCES = ("batken-oblast", "jalal-abad-oblast", "issyk-kul-oblast", "naryn-oblast", "osh-oblast", "talas-oblast", "chuy-oblast")


@dataclass(frozen=True)
class Seeded:
    """What was made: actors by account name, session ids by a short word, the present it was made for."""

    actors: dict[str, Actor]
    sessions: dict[str, str]
    draft: str
    poll: str
    now: datetime
    zone: ZoneInfo
    requests: dict[str, str]
    self_test: str
    question: str
    seats: dict[str, str]

    @property
    def tomorrow(self) -> str:
        """The day of the sessions that are still to come, as the network counts days."""
        return (self.now + timedelta(days=1)).astimezone(self.zone).date().isoformat()


def seed(house: House) -> Seeded:
    """Fill the house around its clock's present: sessions of this week before and after it, one live now."""
    now = house.clock.now().replace(second=0, microsecond=0)
    seed_points(house)
    actors = {name: _person(house, name, full, role, points) for name, full, role, points in PEOPLE}
    made = _sessions(house, actors["planner"], now, _user_id(house, "hall"))
    _answers(house, actors, made)
    _tell(house, now)
    _hold(house, made["harvest"], now)
    write_beside(house, made["harvest"])
    _live(house, made["people"], now)
    add_viewers(house, made["people"], now - timedelta(minutes=50), 50)
    ask_help_desk(house, made["people"], now)
    seats = open_halls(house, actors["planner"], made["people"], made["winter"])
    question = ask_questions(house, actors["planner"], actors["osh"], made["people"])
    sessions.cancel_session(house, actors["planner"], made["press"], "Министр финансов в поездке; новая дата будет сообщена.")
    _network(house, now)
    _documents(house, actors["planner"], made)
    form = {"title": TITLES["health"], "kind": "government", "date": (now + timedelta(days=9)).date().isoformat(),
            "time": "11:00", "minutes": "90", "points": ["big-hall", *PROVINCES]}
    point_groups.save_group(house, actors["planner"], "south", {"ky": "Түштүк", "ru": "Юг", "en": "The south"}, (
        "osh-oblast", "jalal-abad-oblast", "batken-oblast", "osh-city"))
    made |= _series(house, actors, now)
    templates.make_template(house, actors["planner"], made["weekly"], TITLES["weekly"], ["south"])
    deputies.add_deputy(house, actors["admin"], str(actors["planner"].user_id), "hall")
    draft = drafts.save_draft(house, actors["planner"], form)
    _rules(house, actors, now)
    asked = _requests(house, actors, now)
    return Seeded(actors, made, draft.id, _poll(house, actors, now), now, house.network.zone, asked, tried(house, actors["osh"]),
                  question, seats)


def _requests(house: House, actors: dict[str, Actor], now: datetime) -> dict[str, str]:
    """One asked for that collides, one declined, one that waits, one whose time is free and held."""
    day = _local_midnight(house, now)
    asked = _ask(house, actors["osh"], "water", day + timedelta(days=1, hours=10), "Сугат башталганга чейин сууну бөлүштүрүү керек.")
    declined = _ask(house, actors["osh"], "health", day + timedelta(days=3, hours=9), "")
    booking_requests.decline_request(house, actors["planner"], declined, "В этот день зал занят; предложите другой.")
    waiting, offered = (waiting_list.wait_for(house, actors["planner"], Plan(
        title=TITLES[key], kind="government", starts_at=day + timedelta(days=1, hours=hour), duration_minutes=60,
        points=("big-hall", "chuy-oblast"))).id for key, hour in (("harvest", 11), ("press", 10)))
    with house.db.write() as db:
        row = db.get_one(t.BookingRequest, offered)
        row.state, row.offer_until = "offered", now + timedelta(minutes=90)
    return {"asked": asked, "declined": declined, "waiting": waiting, "offered": offered}


def _ask(house: House, officer: Actor, key: str, starts_at: datetime, note: str) -> str:
    wanted = Plan(title=TITLES[key], kind="government", starts_at=starts_at, duration_minutes=90,
                  points=("osh-oblast", "alay-district", "kara-suu-district"), chair_point="osh-oblast", chair_user=officer.user_id)
    return booking_requests.ask_for_session(house, officer, wanted, note).id


def _rules(house: House, actors: dict[str, Actor], now: datetime) -> None:
    """Bounds of booking: a day without sessions in two weeks, one province closed, a point being worked on now."""
    day = _local_midnight(house, now)
    for after, days, province, reason in ((14, 1, None, "Жогорку Кеңештин жыйыны"), (20, 3, "talas-oblast", "Ремонт здания администрации")):
        start = day + timedelta(days=after)
        closures.add_closure(house, actors["admin"], Period(start, start + timedelta(days=days)), reason, province)
    for after, slug, reason in ((0, "ozgon-district", "Замена коммутатора"), (6, "kochkor-district", "Камераны алмаштыруу")):
        start = day + timedelta(days=after, hours=9)
        maintenance.add_maintenance(house, actors["desk"], slug, Period(start, start + timedelta(hours=9)), reason)


def _poll(house: House, actors: dict[str, Actor], now: datetime) -> str:
    """Four times are put to some provinces; three have answered."""
    day = _local_midnight(house, now)
    starts = [day + timedelta(days=days, hours=hours) for days, hours in ((6, 10), (6, 14), (7, 11), (8, 9))]
    wanted = Plan(title=TITLES["water"], kind="government", starts_at=starts[0], duration_minutes=90,
                  points=("big-hall", "osh-oblast", "naryn-oblast", "chuy-oblast"), optional_points=("talas-oblast",))
    poll = polls.open_poll(house, actors["planner"], wanted, starts, day + timedelta(days=4, minutes=-1))
    said = {"osh-oblast": ("yes", "if_need_be", "yes", "no"), "naryn-oblast": ("no", "yes", "yes", "yes"),
            "talas-oblast": ("no", "no", "if_need_be", "no")}
    for slug, answers in said.items():
        polls.answer_poll(house, actors["planner"], poll.id, slug,
                          {time.time_id: answer for time, answer in zip(poll.times, answers, strict=True)})
    return poll.id


def _person(house: House, name: str, full_name: str, role: AccountRole, points: tuple[str, ...]) -> Actor:
    with house.db.write() as db:
        rows = list(db.scalars(select(t.Point).where(t.Point.slug.in_(points))))
        user = t.User(id=new_id(), name=name, full_name=full_name, email=f"{name}@example.org", role=role, language="",
                      active=True, sign_in_version=new_id(), calendar_secret=new_id(), created_at=house.clock.now(), points=rows)
        db.add(user)
        db.flush()
        return Actor(user_id=user.id, name=full_name, role=role, points=frozenset(row.id for row in rows))


def _user_id(house: House, name: str) -> str:
    with house.db.read() as db:
        return str(db.scalar(select(t.User.id).where(t.User.name == name)))


def _sessions(house: House, planner: Actor, now: datetime, chair: str) -> dict[str, str]:
    day = _local_midnight(house, now)
    last_hour = now.replace(minute=0) - timedelta(minutes=15)
    agenda = (entry({"ky": "Кире сөз", "ru": "Вступительное слово", "en": "Opening words"}, 10),
              entry({"ky": "Облустардын отчеттору", "ru": "Доклады областей", "en": "Reports of the provinces"}, 45),
              entry({"ky": "Суроолор жана чечимдер", "ru": "Вопросы и решения", "en": "Questions and decisions"}, 20))
    wanted: dict[str, dict[str, Any]] = {
        "harvest": {"starts_at": day - timedelta(days=1) + timedelta(hours=10), "duration_minutes": 90, "chair_user": chair,
                    "points": ("big-hall", *PROVINCES), "optional_points": ("alay-district",), "agenda": agenda},
        "people": {"starts_at": last_hour, "duration_minutes": 120, "kind": "population", "public": True, "agenda": agenda,
                   "points": ("big-hall", "osh-oblast", "alay-district", "naryn-oblast", "talas-city"), "record": "tracks"},
        "winter": {"starts_at": day + timedelta(days=1, hours=10), "duration_minutes": 120, "agenda": agenda, "public": True,
                   "points": ("big-hall", *PROVINCES), "optional_points": ("bishkek-city", "osh-city"), "chair_user": chair},
        "training": {"starts_at": day + timedelta(days=1, hours=10, minutes=30), "duration_minutes": 60, "kind": "training",
                     "points": ("alay-district", "aravan-district", "nookat-district", "ozgon-district")},
        "water": {"starts_at": day + timedelta(days=1, hours=11), "duration_minutes": 45,
                  "points": ("kara-suu-district", "suzak-district", "jalal-abad-city")},
        "press": {"starts_at": day + timedelta(days=2, hours=14), "duration_minutes": 45, "kind": "press", "public": True,
                  "points": ("president-office",)},
        "test": {"starts_at": day + timedelta(days=2, hours=9), "duration_minutes": 30, "kind": "technical", "priority": 2,
                 "points": ("naryn-city", "naryn-oblast", "kochkor-district")},
        "health": {"starts_at": day + timedelta(days=5, hours=15), "duration_minutes": 90, "public": True,
                   "points": ("big-hall", *PROVINCES)},
    }
    earlier = replace(house, clock=FixedClock(now - timedelta(days=4)))
    return {key: _book(earlier, planner, key, fields) for key, fields in wanted.items()}


def _series(house: House, actors: dict[str, Actor], now: datetime) -> dict[str, str]:
    """A weekly series of which one date was moved, one cancelled, and one declined by a point."""
    day = _local_midnight(house, now) + timedelta(days=6, hours=9)
    wanted = Plan(title=TITLES["weekly"], description=DESCRIPTION, kind="government", starts_at=day, duration_minutes=60,
                  points=("big-hall", "osh-oblast", "naryn-oblast", "talas-oblast"), chair_user=_user_id(house, "hall"))
    first = series.book_series(house, actors["planner"], wanted, series.Recurrence("FREQ=WEEKLY;COUNT=8", frozenset({
        (day + timedelta(days=28)).astimezone(house.network.zone).date()})))
    dates = get_series(house, actors["planner"], str(first.series_id)).dates
    sessions.change_session(house, actors["planner"], dates[1].id, {"starts_at": dates[1].starts_at + timedelta(hours=5)})
    sessions.cancel_session(house, actors["planner"], dates[2].id, "Нооруз")
    invitations.answer_invitation(house, actors["naryn"], dates[3].id, "naryn-oblast", "declined", "Ашуу жабык.")
    return {"weekly": first.id, "weekly-moved": dates[1].id, "series": str(first.series_id)}


def _local_midnight(house: House, now: datetime) -> datetime:
    local = now.astimezone(house.network.zone).replace(hour=0, minute=0)
    return local.astimezone(UTC)


def _book(house: House, planner: Actor, key: str, fields: dict[str, Any]) -> str:
    plan = Plan(**{"title": TITLES[key], "description": DESCRIPTION, "kind": "government"} | fields)
    return sessions.book_session(house, planner, plan).id


def _answers(house: House, actors: dict[str, Actor], made: dict[str, str]) -> None:
    early = replace(house, clock=FixedClock(house.clock.now() - timedelta(days=3)))
    planner = actors["planner"]
    for slug in ("big-hall", "naryn-oblast", "osh-oblast", "chuy-oblast"):
        invitations.answer_invitation(early, planner, made["harvest"], slug, "accepted")
    for slug in ("big-hall", "osh-oblast", "alay-district"):
        invitations.answer_invitation(early, planner, made["people"], slug, "accepted")
    invitations.answer_invitation(early, actors["naryn"], made["winter"], "naryn-oblast", "declined",
                                  "Ашуу жабык, өкүл жетип келе албайт.")
    for slug in ("big-hall", "chuy-oblast", "talas-oblast"):
        invitations.answer_invitation(early, planner, made["winter"], slug, "accepted")
    invitations.answer_invitation(early, planner, made["winter"], "batken-oblast", "tentative")


def _tell(house: House, now: datetime) -> None:
    """What was due has left, but for one office whose mailbox is full; the silent were asked again two days and one day ago."""
    for age in (timedelta(days=2), timedelta(days=1)):
        chase.chase_answers(replace(house, clock=FixedClock(now - age)))
    with house.db.write() as db:
        for row in db.scalars(select(t.Outbox).where(t.Outbox.due_at <= now)):
            full = row.address.startswith("osh@")
            row.status, row.attempts, row.last_error = "failed" if full else "sent", 1, "552 5.2.2 Mailbox full" if full else ""
            row.sent_at = None if full else row.due_at
            row.delivered_at = row.due_at if row.address.startswith("naryn@") else None


def _hold(house: House, session_id: str, now: datetime) -> None:
    """Yesterday's session took place: opened, attended, closed."""
    with house.db.write() as db:
        session = db.get_one(t.Session, session_id)
        start, end = session.starts_at, session.starts_at + timedelta(minutes=84)
        session.status, session.opened_at, session.closed_at = "ended", start, end
        for index, invitation in enumerate(session.invitations[:6]):
            late = timedelta(minutes=7 if index == 2 else 0, seconds=index * 9)
            leave = end - timedelta(minutes=20 if index == 3 else 0)
            db.add(_presence(session_id, invitation.point_id, start + late, leave, "left" if index == 3 else "ended", index % 2))
            invitation.headcount = 6 + index * 3
            invitation.representatives = ["Бакыт Усенов", "Чолпон Ибраимова"] if index < 2 else []
        for booking in db.scalars(select(t.Booking).where(t.Booking.session_id == session_id)):
            booking.ends_at, booking.active = end, False
    assert end < now


def _live(house: House, session_id: str, now: datetime) -> None:
    with house.db.write() as db:
        session = db.get_one(t.Session, session_id)
        session.status, session.opened_at = "live", session.starts_at
        db.add(t.Room(session_id=session_id))
        for index, invitation in enumerate(session.invitations[:3]):
            db.add(_presence(session_id, invitation.point_id, session.starts_at + timedelta(seconds=40 * index), None, None, 0, now))


def _network(house: House, now: datetime) -> None:
    """A van on its way, and a point that has told what it has."""
    van = MobilePlan({"ky": "1-көчмө пункт (Нарын)", "ru": "Мобильный пункт № 1 (Нарын)", "en": "Mobile point 1 (Naryn)"}, slug="van-1",
                     phone="+996 3522 0 00 01")
    mobile_points.add_mobile_point(house, SYSTEM, van)
    for days, lat, lon, place in ((-1, 41.17, 75.80, {"ky": "Ат-Башы", "ru": "Ат-Башы", "en": "At-Bashy"}),
                                  (2, 41.93, 74.52, {"ky": "Чаек айылы, базар аянты", "ru": "Село Чаек, базарная площадь",
                                                     "en": "Chaek village, market square"})):
        starts_at = now.replace(hour=2, minute=0) + timedelta(days=days)
        mobile_points.add_stop(house, SYSTEM, "van-1", StopPlan(place, lat, lon, starts_at, starts_at + timedelta(days=2, hours=10)))
    point_cards.keep_card(house, SYSTEM, "osh-oblast", [
        {"name": "Камера № 4", "detail": "Экрандын үстүндө, № 4711", "count": 1}, {"name": "Микрофон", "detail": "", "count": 3},
        {"name": "Телевизор 65″", "detail": "55 дюйм", "count": 2}], "Облустук администрациянын имараты, 2-кабат, 214-бөлмө.")
    point_pictures.put_picture(house, SYSTEM, "osh-oblast", _room())


PAPERS = {
    "winter": "Кышкы мезгилге даярдык көрүү боюнча иш-чаралардын планы", "people": "Сводка обращений граждан за неделю",
}
"""Documents by the session they are for; the one of the public session is for citizens too."""


def _documents(house: House, planner: Actor, made: dict[str, str]) -> None:
    for session, title in PAPERS.items():
        documents.add_document(house, planner, made[session], _room(), Placing(title, None, public=session == "people"))
    documents.add_document(house, planner, made["winter"], _room(), Placing("Запас жема по районам", points=("osh-oblast",)))


def _room() -> bytes:
    """A room as a child would draw it."""
    picture = Image.new("RGB", (960, 600), "#dfe8e6")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 430, 960, 600), fill="#b9a48a")
    pen.rectangle((300, 90, 660, 300), fill="#16323a", outline="#08262c", width=8)
    pen.polygon(((180, 520), (780, 520), (700, 380), (260, 380)), fill="#7d5a3c")
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _presence(session_id: str, point_id: str, joined_at: datetime, left_at: datetime | None, reason: str | None, drops: int,
              evidence_at: datetime | None = None) -> t.Presence:
    return t.Presence(id=new_id(), session_id=session_id, peer_id=new_id(), point_id=point_id, name="", role="point",
                      via="browser", joined_at=joined_at, left_at=left_at, evidence_at=evidence_at or left_at or joined_at,
                      reason=reason, drops=drops)
