"""Letters without a database, and the words of the golden mails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from liaison import i18n
from liaison.domain.recurrence import Rule
from liaison.domain.words import Answer, OutboxKind
from liaison.network import load_network
from liaison.notify import wording
from liaison.notify.sender import Sender
from liaison.services.notifier import InvitedPoint, Letter, SeriesDetails, SessionDetails

MAILS = Path(__file__).resolve().parents[3] / "data" / "mails"
NOW = datetime(2027, 2, 20, 5, 0, tzinfo=UTC)
START = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
BASE = "https://sessions.example.org"

SESSION = SessionDetails(
    id="01a1fff6-0000-7000-8000-000000000001", number="2027-0143", sequence=0,
    title={"ky": "Түшүм боюнча отчёт; жазгы талаа иштери", "ru": "Отчёт об урожае; весенние полевые работы",
           "en": "Harvest report; spring field work"},
    description={"ru": "О ходе посевной.\nДокладывают области.", "ky": "Эгүүнүн жүрүшү тууралуу.\nОблустар баяндайт.",
                 "en": "How sowing goes.\nProvinces report."},
    starts_at=START, ends_at=START + timedelta(minutes=90), timezone="Asia/Bishkek", created_at=NOW, updated_at=NOW,
    agenda=(({"ky": "Ачуу", "ru": "Открытие", "en": "Opening"}, 10), ({"ru": "Доклады"}, 60)),
    chair={"ky": "А. Асанов, Чоң зал", "ru": "А. Асанов, Большой зал", "en": "A. Asanov, Big Hall"},
    reply_to="planner@example.org")
OSH = InvitedPoint({"ky": "Ош облусу", "ru": "Ошская область", "en": "Osh Province"}, Answer.PENDING,
                   f"{BASE}/answer/OSH.signature")
ALAY = InvitedPoint({"ky": "Алай району", "ru": "Алайский район", "en": "Alay District"}, Answer.ACCEPTED,
                    f"{BASE}/answer/ALAY.signature")


def make_letter(kind: OutboxKind, language: str, **changes: Any) -> Letter:
    """What the outbox hands over for each kind of letter."""
    letter = Letter(
        kind=kind, dedupe_key=f"{kind}:{SESSION.id}:0:user", thread_key="", to_address="aida@example.org",
        to_name={"ky": "Аида Өмүралиева", "ru": "Аида Омуралиева", "en": "Aida Omuralieva"}[language], language=language,
        help_desk_phone="+996 312 00 00 00", written_at=NOW, payload={}, session=SESSION, points=(OSH,))
    return replace(letter, **_OF_KIND[kind] | changes)


_LATER = replace(SESSION, sequence=1, starts_at=START + timedelta(days=1), ends_at=START + timedelta(days=1, minutes=90))
_BEFORE = {"before": {"starts_at": "2027-03-01T04:00:00Z", "ends_at": "2027-03-01T05:30:00Z"}}
_FIRST = f"invitation:{SESSION.id}:0:user"
_POLL = {"url": f"{BASE}/poll/OSH.signature", "title": SESSION.title, "offices": [OSH.name], "until": "2027-02-27T17:59:00+00:00"}
_OF_KIND: dict[OutboxKind, dict[str, Any]] = {
    OutboxKind.INVITATION: {},
    OutboxKind.UPDATE: {"session": _LATER, "payload": _BEFORE, "points": (OSH, ALAY), "thread_key": _FIRST},
    OutboxKind.CANCELLATION: {"thread_key": _FIRST, "points": (InvitedPoint(OSH.name),),
                              "session": replace(SESSION, sequence=2, cancelled=True, cancel_reason="Сел")},
    OutboxKind.REMINDER: {"payload": {"minutes_before": 60}, "points": (ALAY,), "thread_key": _FIRST},
    OutboxKind.CHASE: {"payload": {"step": "officers"}},
    OutboxKind.ANSWER_NOTICE: {"payload": {"reason": "Жарык жок"}, "points": (InvitedPoint(OSH.name, Answer.DECLINED),),
                             "to_address": "planner@example.org"},
    OutboxKind.REQUEST_NOTICE: {"session": None, "points": (), "payload": {
        "what": "approved", "changed": True, "title": SESSION.title, "starts_at": "2027-03-01T04:00:00+00:00",
        "ends_at": "2027-03-01T05:30:00+00:00", "who": "Гүлнара Мамбетова", "reason": "Чоң зал бош эмес", "path": "/sessions/1",
        "before": {"starts_at": "2027-03-01T03:00:00+00:00", "ends_at": "2027-03-01T04:30:00+00:00"}}},
    OutboxKind.HELP_CALL: {"session": None, "points": (), "payload": {"room": "01a1fff6-0000-7000-8000-0000000000bb", "callers": [
        {"key": "user:1", "who": "Гүлнара Мамбетова", "places": [OSH.name], "at": "2027-02-20T04:58:00+00:00"},
        {"key": "pc:2", "who": "", "places": [ALAY.name], "at": "2027-02-20T04:59:00+00:00"}]}},
    OutboxKind.QUESTION_NOTICE: {"session": None, "points": (), "payload": {
        "question": "1", "what": "answered_written", "title": SESSION.title, "text": "Алай районуна баруучу жол качан оңдолот?",
        "reason": "", "answer": "Иш майда башталат.", "url": f"{BASE}/question/secret"}},
    OutboxKind.WATCH_REMINDER: {"session": None, "points": (), "payload": {
        "reminder": "1", "what": "confirm", "title": SESSION.title, "starts_at": "2027-03-01T04:00:00+00:00",
        "ends_at": "2027-03-01T05:30:00+00:00", "url": f"{BASE}/public/sessions/1", "own_url": f"{BASE}/remind/secret", "reason": ""}},
    OutboxKind.SEAT_NOTICE: {"session": None, "points": (), "payload": {
        "seat": "1", "what": "held", "title": SESSION.title, "starts_at": "2027-03-01T04:00:00+00:00",
        "ends_at": "2027-03-01T05:30:00+00:00", "hall": ALAY.name, "town": {"ky": "Гүлчө", "ru": "Гульча", "en": "Gülchö"},
        "place": "Ленин к., 12", "people": 2, "number": 7, "code": "H4K7P9", "url": f"{BASE}/seat/secret", "reason": ""}},
    OutboxKind.WELCOME: {"session": None, "points": (), "payload": {
        "url": f"{BASE}/link/secret", "name": "aida", "offices": [OSH.name, ALAY.name], "until": "2027-02-27T05:00:00+00:00"}},
    OutboxKind.POLL: {"session": None, "points": (), "payload": _POLL},
    OutboxKind.POLL_REMINDER: {"session": None, "points": (), "payload": _POLL},
    OutboxKind.PASSWORD_RESET: {"session": None, "points": (), "payload": {"url": f"{BASE}/link/secret", "name": "aida"}},
}

_DATES = tuple(replace(SESSION, id=f"{SESSION.id[:-1]}{week}", series_id="01a1fff6-0000-7000-8000-0000000000aa", sequence=week // 2,
                       starts_at=START + timedelta(days=7 * week, hours=3 if week == 2 else 0),
                       ends_at=START + timedelta(days=7 * week, hours=3 if week == 2 else 0, minutes=90),
                       recurrence_id=START + timedelta(days=7 * week)) for week in range(4))
_SERIES = SeriesDetails(
    id="01a1fff6-0000-7000-8000-0000000000aa", sequence=1, rule=Rule("WEEKLY", days=(0,), count=4),
    starts_local=datetime(2027, 3, 1, 10, tzinfo=UTC).replace(tzinfo=None),
    timezone="Asia/Bishkek", minutes=90, dates=(_DATES[0], *_DATES[2:]), cancelled=(replace(_DATES[1], cancelled=True),),
    calm=frozenset({_DATES[0].id, _DATES[3].id}), until=START + timedelta(days=22), updated_at=NOW, created_at=NOW)
_OF_KIND |= {
    OutboxKind.SERIES_INVITATION: {"session": _DATES[0], "series": replace(_SERIES, cancelled=())},
    OutboxKind.SERIES_UPDATE: {"session": _DATES[0], "series": _SERIES, "payload": _BEFORE, "thread_key": "series_invitation:a:0:user"},
    OutboxKind.SERIES_CANCELLATION: {
        "session": replace(_DATES[0], cancelled=True), "thread_key": "series_invitation:a:0:user",
        "series": replace(_SERIES, dates=(), cancelled=(replace(_DATES[0], cancelled=True),), calm=frozenset()),
        "points": (InvitedPoint(OSH.name),), "payload": {"reason": "Сел"}},
    OutboxKind.SERIES_GAPS: {
        "session": _DATES[0], "series": _SERIES, "points": (), "to_address": "planner@example.org", "payload": {"gaps": [{
            "at": "2028-03-06T04:00:00+00:00",
            "conflicts": [{"session": {"title": {"ky": "Шайлоо", "ru": "Выборы", "en": "Elections"}}}]}]}},
}


@pytest.fixture
def letter() -> Callable[..., Letter]:
    return make_letter


@pytest.fixture
def sender() -> Sender:
    return Sender(load_network(), BASE, "")


@pytest.fixture
def golden_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The catalogues beside the golden mails, so that a better word in the product changes no golden file."""
    for language in ("ky", "ru"):
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        with (MAILS / f"{language}.po").open("rb") as source, (folder / "messages.mo").open("wb") as target:
            write_mo(target, read_po(source, locale=language))
    monkeypatch.setattr(i18n, "TRANSLATIONS", tmp_path)
    _forget_words()
    yield
    _forget_words()


def _forget_words() -> None:
    i18n.catalogue.cache_clear()
    wording._environment.cache_clear()
