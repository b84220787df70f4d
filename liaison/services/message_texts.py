"""The office's own words in messages, kept by kind, part and language, in place of the product's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Invalid, NotFound
from ..domain.message_texts import KINDS, Part, text_errors
from ..house import House
from ..i18n import N_
from ..store import tables as t
from .audit import record
from .csv_tables import Row, Table

COLUMNS = ("kind", "part", "language", "text")
Key = tuple[str, str, str]


def own_words(db: DbSession, kind: str, language: str) -> dict[str, str]:
    """By part what the office says in this kind of message, inside another's transaction."""
    rows = db.scalars(select(t.MessageText).where(t.MessageText.kind == kind, t.MessageText.language == language))
    return {row.part: row.text for row in rows}


def list_texts(house: House, actor: Actor) -> dict[Key, str]:
    """Every text of the office's own, by kind, part and language. For administrators."""
    require(actor.administers, actor)
    with house.db.read() as db:
        return _kept(db)


def _kept(db: DbSession) -> dict[Key, str]:
    return {(row.kind, row.part, row.language): row.text for row in db.scalars(select(t.MessageText))}


def put_text(house: House, actor: Actor, kind: str, part: str, language: str, text: str) -> None:
    """Say it so from now on, also in messages that wait already. Raises Invalid, Forbidden."""
    require(actor.administers, actor)
    errors = text_errors(kind, part, text)
    if language not in house.network.languages:
        errors.append({"field": "language", "message": N_("Choose one of the network's languages.")})
    if errors:
        raise Invalid(errors=errors)
    with house.db.write() as db:
        _write(db, house, actor, (kind, part, language), text.strip())


def reset_text(house: House, actor: Actor, kind: str, part: str, language: str) -> None:
    """Go back to the product's words. Raises NotFound (they are in force already), Forbidden."""
    require(actor.administers, actor)
    with house.db.write() as db:
        row = db.get(t.MessageText, (kind, part, language))
        if row is None:
            raise NotFound()
        db.delete(row)
        record(db, house, actor, "text.reset", "text", f"{kind} {part} {language}", {"text": row.text}, None)


def _write(db: DbSession, house: House, actor: Actor, key: Key, text: str) -> None:
    row = db.get(t.MessageText, key)
    before = {"text": row.text} if row else None
    if before == {"text": text}:
        return
    kind, part, language = key
    db.merge(t.MessageText(kind=kind, part=part, language=language, text=text, updated_at=house.clock.now()))
    record(db, house, actor, "text.changed", "text", " ".join(key), before, {"text": text})


# ---------------------------------------------------------------- as a table


def kept_rows(db: DbSession, house: House) -> Iterable[Mapping[str, str]]:
    """A row for each text there may be; an empty text means the product's own words."""
    kept = _kept(db)
    for kind in KINDS:
        for part in Part:
            for language in house.network.languages:
                yield {"kind": kind, "part": part, "language": language, "text": kept.get((kind, part, language), "")}


def judge(db: DbSession, house: House, _actor: Actor, rows: list[Row]) -> None:
    kept, seen = _kept(db), set()
    for row in rows:
        key = _key(row)
        if key in seen:
            row.refuse("kind", N_("This text stands twice in the table."))
        seen.add(key)
        text = row.values.get("text", kept.get(key, "")).strip()
        for error in text_errors(key[0], key[1], text) if text else _unknown(key):
            row.refuse(error.pop("field"), **error)
        if key[2] not in house.network.languages:
            row.refuse("language", N_("Choose one of the network's languages."))
        row.settle(key not in kept, {"text": kept.get(key, "")}, {"text": text})
        if not row.changes and not row.errors:
            row.settle(False, {}, {})


def _unknown(key: Key) -> list[dict[str, str]]:
    return [] if key[0] in KINDS and key[1] in set(Part) else [{"field": "kind", "message": N_("There is no such message.")}]


def _key(row: Row) -> Key:
    kind, part, language = (row.values[name].lower() for name in COLUMNS[:3])
    return kind, part, language


def apply(db: DbSession, house: House, actor: Actor, row: Row) -> None:
    key, text = _key(row), row.changes[0].after
    if text:
        _write(db, house, actor, key, text)
        return
    db.delete(db.get_one(t.MessageText, key))
    record(db, house, actor, "text.reset", "text", " ".join(key), {"text": row.changes[0].before}, None)


TABLE = Table("texts", lambda _house: COLUMNS, COLUMNS[:3], lambda actor: actor.administers, kept_rows, judge, apply)
