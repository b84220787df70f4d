"""What is kept of a citizen: shown to whoever it is about, and erased when that is asked for.

A citizen is found by an address (e-mail, telephone), or by what he holds a signed address of. Every table with data of citizens has a
``Keeper`` in ``KEEPERS``; accounts are the administrator's (``services.people``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.channels import normal_phone
from ..domain.errors import Invalid
from ..domain.questions import is_mail_address
from ..domain.words import Channel
from ..house import House
from . import audit
from .answer_links import BadAnswerLink
from .citizen_links import read_own_token
from .private_questions import erase_questions, export_questions
from .private_seats import erase_reminders, erase_seats, export_reminders, export_seats
from .question_links import read_question_token

Json = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """Whose data: everything under an address, or one question or one seat by its id."""

    channel: Channel = Channel.EMAIL
    address: str = ""
    question: str = ""
    seat: str = ""

    @property
    def own(self) -> str:
        """What somebody shows the signed address of, in a word; "" for a search by address."""
        return "question" if self.question else "seat" if self.seat else ""


@dataclass(frozen=True)
class Keeper:
    """``export`` gives rows as JSON; ``erase`` removes what is personal in them and says of how many."""

    export: Callable[[DbSession, House, Any], list[Json]]
    erase: Callable[[DbSession, House, Any], int]


KEEPERS: dict[str, Keeper] = {
    "questions": Keeper(export_questions, erase_questions),
    "seats": Keeper(export_seats, erase_seats),
    "reminders": Keeper(export_reminders, erase_reminders),
}


def subject_of(mail: str = "", phone: str = "") -> Subject:
    """By exactly one address. Raises Invalid."""
    mail, phone = mail.strip(), phone.strip()
    if bool(mail) == bool(phone):
        raise Invalid(errors=[{"field": "mail", "message": "Give an e-mail address or a telephone number."}])
    if mail and not is_mail_address(mail):
        raise Invalid(errors=[{"field": "mail", "message": "This is not an e-mail address."}])
    if mail:
        return Subject(Channel.EMAIL, mail)
    try:
        return Subject(Channel.SMS, normal_phone(phone))  # in the form in which it is kept, however it was typed
    except ValueError as error:
        raise Invalid(errors=[{"field": "phone", "message": str(error)}]) from error


def asker_of(house: House, token: str) -> Subject:
    """Whoever has a question's own address. Raises BadAnswerLink."""
    return Subject(question=read_question_token(house.settings, token))


def holder_of(house: House, token: str) -> Subject:
    """Whoever has a ticket's own address. Raises BadAnswerLink."""
    return Subject(seat=read_own_token(house.settings, "seat", token))


def owner_of(house: House, token: str) -> Subject:
    """Whoever has either of them. Raises BadAnswerLink."""
    try:
        return asker_of(house, token)
    except BadAnswerLink:
        return holder_of(house, token)


def export(house: House, actor: Actor, subject: Subject) -> Json:
    """Everything that is kept, by table. The office's own look at it stands in the audit log, without the address."""
    _require(actor, subject)
    with house.db.write() as db:
        found: Json = {name: keeper.export(db, house, subject) for name, keeper in KEEPERS.items()}
        _record(db, house, actor, subject, "privacy.exported", {name: len(rows) for name, rows in found.items()})
    return found


def erase(house: House, actor: Actor, subject: Subject) -> dict[str, int]:
    """Remove what is personal; of how many rows of each table. What was answered in public stays, without name and contact."""
    _require(actor, subject)
    with house.db.write() as db:
        counts = {name: keeper.erase(db, house, subject) for name, keeper in KEEPERS.items()}
        _record(db, house, actor, subject, "privacy.erased", counts)
    return counts


def _require(actor: Actor, subject: Subject) -> None:
    """The address of a question or a ticket is its owner's right; for a search by address one must be the administrator."""
    if not subject.own:
        require(actor.administers, actor)


def _record(db: DbSession, house: House, actor: Actor, subject: Subject, action: str, counts: dict[str, int]) -> None:
    audit.record(db, house, actor, action, "citizen", subject.own or str(subject.channel), None, counts)
