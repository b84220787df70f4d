"""Half-filled new-session forms that pages save by themselves. A draft holds no booking and belongs to one person."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Invalid, NotFound
from ..house import House
from ..ids import new_id
from ..store import tables as t

MOST_DRAFTS = 50
"""A person's oldest drafts beyond this number make room for new ones."""
LARGEST_BYTES = 200_000


@dataclass(frozen=True)
class DraftView:
    """A kept form, as typed."""

    id: str
    form: dict[str, Any]
    created_at: datetime
    updated_at: datetime


def save_draft(house: House, actor: Actor, form: dict[str, Any], draft_id: str | None = None) -> DraftView:
    """Keep a form: anew, or over the draft named. A draft that is gone meanwhile is made again. Raises Invalid, Forbidden."""
    require(actor.plans and actor.user_id is not None, actor)
    if len(json.dumps(form)) > LARGEST_BYTES:
        raise Invalid("This draft is too large.")
    now = house.clock.now()
    with house.db.write() as db:
        draft = _own(db, actor, draft_id) if draft_id else None
        if draft is None:
            draft = t.Draft(id=new_id(), user_id=str(actor.user_id), form=form, created_at=now, updated_at=now)
            db.add(draft)
            _make_room(db, actor)
        draft.form, draft.updated_at = form, now
        return _view(draft)


def list_drafts(house: House, actor: Actor) -> list[DraftView]:
    """The actor's own, the newest first."""
    require(actor.plans, actor)
    query = select(t.Draft).where(t.Draft.user_id == actor.user_id).order_by(t.Draft.updated_at.desc(), t.Draft.id.desc())
    with house.db.read() as db:
        return [_view(draft) for draft in db.scalars(query)]


def get_draft(house: House, actor: Actor, draft_id: str) -> DraftView:
    """One of the actor's own. Raises NotFound."""
    require(actor.plans, actor)
    with house.db.read() as db:
        draft = _own(db, actor, draft_id)
        if draft is None:
            raise NotFound()
        return _view(draft)


def delete_draft(house: House, actor: Actor, draft_id: str) -> None:
    """Throw one away; one that is gone already is no error."""
    require(actor.plans, actor)
    with house.db.write() as db:
        draft = _own(db, actor, draft_id)
        if draft is not None:
            db.delete(draft)


def _own(db: DbSession, actor: Actor, draft_id: str) -> t.Draft | None:
    if "\0" in draft_id:
        return None
    return db.scalars(select(t.Draft).where(t.Draft.id == draft_id, t.Draft.user_id == actor.user_id)).one_or_none()


def _make_room(db: DbSession, actor: Actor) -> None:
    db.flush()
    query = select(t.Draft).where(t.Draft.user_id == actor.user_id).order_by(t.Draft.updated_at.desc(), t.Draft.id.desc())
    for draft in db.scalars(query.offset(MOST_DRAFTS)):
        db.delete(draft)


def _view(draft: t.Draft) -> DraftView:
    return DraftView(draft.id, draft.form, draft.created_at, draft.updated_at)
