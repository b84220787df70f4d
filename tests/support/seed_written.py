"""What was written beside a session of the filled office: a chat with every kind of message, and notes in two versions."""

from __future__ import annotations

from datetime import datetime, timedelta

from liaison.domain.chat import ALL, CHAIR, DESK, HELP_DESK, PEER
from liaison.house import House
from liaison.services import chat, chat_files, notes, room_log
from liaison.services.chat import Receiver, Said, Sender
from liaison.services.chat_files import Sent
from liaison.services.notes import Written
from liaison.services.session_views import load_session
from liaison.store import tables as t

from .papers import photo

CHAIR_PERSON = Sender("Кубанычбек Исаев", "chair", "peer-hall", None, "big-hall")
OSH = Sender("Гүлнара Мамбетова", "point", "peer-osh", None, "osh-oblast")
DESK_PERSON = Sender("Бакыт Жумабеков", DESK)
TO_OSH = Receiver("peer-osh", None, "osh-oblast", "Гүлнара Мамбетова")
SAID = (
    (CHAIR_PERSON, ALL, "Күн тартиби: https://www.gov.kg/ky/post/s/kun-tartibi-2027-03-01-tolugu-menen?bolum=ekinchi", None),
    (OSH, ALL, "Саламатсыздарбы! Ош облусу даяр, залда он эки киши.", None),
    (OSH, CHAIR, "Биздин отчетту үчүнчү пунктка жылдырууга болобу?", None),
    (CHAIR_PERSON, PEER, "Ооба, үчүнчү болосуздар.", 3),
    (OSH, HELP_DESK, "Экрандан үн чыкпай жатат.", None),
    (DESK_PERSON, PEER, "Төмөндөгү динамикти тандаңыз: Жөндөөлөр, Динамик.", 5),
    (OSH, ALL, "Бул билдирүү алып салынган.", None),
)
FILES = {2: ("Ош облусунун отчету, 2027-жылдын биринчи кварталы.csv", b"district;hay\nAlay;120\n"),
         3: ("Короо.png", photo("PNG", (900, 600)))}
"""By the message that they go with."""
NOTES = (
    (0, "Айыл чарба министринин маалыматы угулду.", 0),
    (0, "Айыл чарба министринин маалыматы угулду.\nЧечим: 1-апрелге чейин жем запасы боюнча жыйынтык берилсин.\n"
        "Жооптуу: облустардын өкүлдөрү.", 1),
    (-1, "Кийинки отурум дүйшөмбү күнү саат 10:00дө.", 0),
)


def ask_help_desk(house: House, session_id: str, at: datetime) -> None:
    """Out of a session that goes on, so that the help desk's page shows it."""
    alay = Sender("Эрмек Сыдыков", "point", "peer-alay", None, "alay-district")
    with house.db.write() as db:
        room_log.ensure_room(db, session_id)
        chat.say(db, session_id, Said("seeded-help", HELP_DESK, "Биздин камера бүдөмүк көрсөтүп жатат, эмне кылабыз?", alay), at)


def write_beside(house: House, session_id: str) -> None:
    """Chat and notes of a session that took place."""
    with house.db.write() as db:
        room_log.ensure_room(db, session_id)
    files = {number: chat_files.keep_file(house, session_id, OSH, Sent(f"seeded-{number}", name, sent))
             for number, (name, sent) in FILES.items()}
    with house.db.write() as db:
        session = load_session(db, session_id)
        at = session.starts_at
        for number, (sender, to, text, answers) in enumerate(SAID, start=1):
            said = Said(f"seeded-{number}", to, text, sender, TO_OSH if to == PEER else None, answers, files.get(number))
            chat.say(db, session_id, said, at + timedelta(minutes=number))
        chat.remove(db, db.get_one(t.ChatMessage, (session_id, len(SAID))), "Кубанычбек Исаев", at + timedelta(minutes=20))
        for item, text, base in NOTES:
            if item < len(session.agenda):
                written = Written(item, text, base)
                notes.keep_note(db, session, written, None, "Айгүл Токтосунова", at + timedelta(minutes=30 + base))
