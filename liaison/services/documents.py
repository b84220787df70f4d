"""Documents of sessions: PDFs and pictures, shown page by page in the room and listed with the agenda."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session as DbSession

from ..domain.actor import Actor, require
from ..domain.errors import Invalid, NotFound
from ..domain.text import text_error
from ..house import House
from ..i18n import N_
from ..ids import new_id
from ..pdf_pages import MOST_PAGES
from ..store import tables as t
from . import room_log, stored_files
from .audit import record
from .deputies import standing_in
from .document_rights import NotForThem, Reader, conducts, is_for, may_add, may_change, require_reader, shown_in_room
from .paper_pages import Page, pages_of
from .session_views import load_session, may_see, takes_part
from .stored_files import MEGABYTE, StoredFile

LONGEST_TITLE = 200
MOST_DOCUMENTS = 200
CHANGED = "documents_changed"
"""Told in the room whenever the list is another."""


@dataclass(frozen=True)
class DocumentView:
    """A document as one reader may see it. ``item``: position on the agenda, or None; ``points``: slugs of those it is for, None: all."""

    id: str
    session_id: str
    item: int | None
    title: str
    kind: str
    size: int
    pages: int
    public: bool
    points: tuple[str, ...] | None
    uploaded_by: str
    point_id: str | None
    created_at: datetime
    changeable: bool

    @property
    def item_order(self) -> int:
        """What concerns the whole session comes first."""
        return -1 if self.item is None else self.item


@dataclass(frozen=True)
class PageView:
    """A page's picture and what it says. ``digest`` names exactly this picture."""

    file: Path
    digest: str
    width: int
    height: int
    text: str


@dataclass(frozen=True)
class Placing:
    """What is said of a document beside its file. ``points``: slugs of those it is for; none: of all who take part."""

    title: str = ""
    item: int | None = None
    public: bool = False
    points: tuple[str, ...] = ()


def list_documents(house: House, reader: Reader, session_id: str) -> list[DocumentView]:
    """What the reader may see, in the agenda's order; citizens see what is public. Raises NotFound, Forbidden, Unauthenticated."""
    with house.db.read() as db:
        session = load_session(db, session_id)
        everything = reader.inside or takes_part(reader.actor, session)
        if everything:
            require_reader(db, house, session, reader, public=False)
        else:
            require(may_see(reader.actor, session, house.clock.now()), reader.actor)
        rows = db.scalars(select(t.Document).where(t.Document.session_id == session_id).order_by(t.Document.created_at, t.Document.id))
        found = [_view(session, row, reader.actor) for row in rows
                 if (is_for(session, row, reader) if everything else row.public)]
        return sorted(found, key=lambda one: one.item_order)


def documents_of(db: DbSession, session_id: str) -> list[t.Document]:
    """Every document's row, inside another's transaction."""
    return list(db.scalars(select(t.Document).where(t.Document.session_id == session_id)))


def may_add_documents(house: House, actor: Actor, session_id: str) -> bool:
    """Whether the form for another one is shown. Raises NotFound."""
    acting = standing_in(house, actor, session_id)
    with house.db.read() as db:
        return may_add(db, house, load_session(db, session_id), acting)


def read_file(house: House, reader: Reader, session_id: str, document_id: str) -> tuple[DocumentView, Path]:
    """The document as it was sent (a picture as it was written anew). Raises NotFound, Forbidden, Unauthenticated."""
    with house.db.read() as db:
        session, row = _readable(db, house, reader, session_id, document_id)
        return _view(session, row, reader.actor), stored_files.file_of(house, row.digest)


def read_page(house: House, reader: Reader, session_id: str, document_id: str, number: int, small: bool = False) -> PageView:
    """One page, from 1. Raises NotFound, Forbidden, Unauthenticated."""
    with house.db.read() as db:
        _readable(db, house, reader, session_id, document_id)
        page = db.get(t.DocumentPage, (document_id, number)) if 0 < number <= MOST_PAGES else None
        if page is None:
            raise NotFound()
        digest = page.small if small else page.digest
        return PageView(stored_files.file_of(house, digest), digest, page.width, page.height, page.text)


def add_document(house: House, actor: Actor, session_id: str, sent: bytes, placing: Placing) -> DocumentView:
    """Keep another document and its pages. Raises Invalid, NotFound, Forbidden, Infected, ScannerSilent, DiskFull."""
    acting = standing_in(house, actor, session_id)
    with house.db.read() as db:
        session = _addable(db, house, acting, session_id)
        _check(session, placing, acting)
        _require_room(db, house, session_id, len(sent))
    file = stored_files.take_in(house, sent)
    pages = pages_of(house, file)
    with house.db.write() as db:
        session = _addable(db, house, acting, session_id)
        row = _row(db, house, acting, session, file, pages, placing)
        _require_room(db, house, session_id, row.size)
        db.add(row)
        db.flush()  # the pages refer to it
        db.add_all(_page_row(row.id, number, page) for number, page in enumerate(pages, 1))
        _tell(db, house, acting, row, "document.added")
        return _view(session, row, acting)


def change_document(house: House, actor: Actor, session_id: str, document_id: str, placing: Placing) -> None:
    """Another title, place on the agenda, or audience; with another audience it is no longer shown. Raises Invalid, NotFound, Forbidden."""
    acting = standing_in(house, actor, session_id)
    with house.db.write() as db:
        session, row = _changeable(db, acting, session_id, document_id)
        _check(session, placing, acting)
        before = row.public, row.points
        row.title, row.item, row.public = placing.title.strip() or row.title, placing.item, placing.public
        row.points = _points(placing)
        _tell(db, house, acting, row, "document.changed", gone=before != (row.public, row.points))


def remove_document(house: House, actor: Actor, session_id: str, document_id: str) -> None:
    """Take it off the list; that it was shown stays in the log. Raises NotFound, Forbidden."""
    acting = standing_in(house, actor, session_id)
    with house.db.write() as db:
        _session, row = _changeable(db, acting, session_id, document_id)
        _tell(db, house, acting, row, "document.removed", gone=True)
        db.delete(row)


# ---------------------------------------------------------------- inside


def _readable(db: DbSession, house: House, reader: Reader, session_id: str, document_id: str) -> tuple[t.Session, t.Document]:
    session = load_session(db, session_id)
    row = _find(db, session_id, document_id)
    require_reader(db, house, session, reader, row.public)
    if not is_for(session, row, reader):
        raise NotForThem()
    return session, row


def _find(db: DbSession, session_id: str, document_id: str) -> t.Document:
    row = db.get(t.Document, document_id) if "\0" not in document_id else None
    if row is None or row.session_id != session_id:
        raise NotFound()
    return row


def _addable(db: DbSession, house: House, actor: Actor, session_id: str) -> t.Session:
    session = load_session(db, session_id)
    require(may_add(db, house, session, actor), actor)
    return session


def _changeable(db: DbSession, actor: Actor, session_id: str, document_id: str) -> tuple[t.Session, t.Document]:
    require(actor.signed_in, actor)
    session = load_session(db, session_id)
    require(takes_part(actor, session), actor)
    row = _find(db, session_id, document_id)
    require(may_change(session, row, actor), actor)
    return session, row


def _check(session: t.Session, placing: Placing, actor: Actor) -> None:
    errors = []
    if wrong := text_error(placing.title, LONGEST_TITLE):
        errors.append({"field": "title", "message": wrong})
    if placing.item is not None and not 0 <= placing.item < len(session.agenda):
        errors.append({"field": "item", "message": N_("There is no such item on the agenda.")})
    if placing.public and not (session.public and conducts(session, actor)):
        errors.append({"field": "public", "message": N_("Only those who lead a public session may show documents to citizens.")})
    if placing.public and placing.points:
        errors.append({"field": "points", "message": N_("What citizens may see is for all points.")})
    if not set(placing.points) <= {invitation.point.slug for invitation in session.places}:
        errors.append({"field": "points", "message": N_("This point is not invited to this session.")})
    if errors:
        raise Invalid(errors=errors)


def _points(placing: Placing) -> list[str] | None:
    return sorted(set(placing.points)) or None


def _require_room(db: DbSession, house: House, session_id: str, size: int) -> None:
    """Raises Invalid when the session would hold more than it may."""
    count, held = db.execute(select(func.count(), func.coalesce(func.sum(t.Document.size), 0)).where(
        t.Document.session_id == session_id)).one()
    megabytes = house.settings.session_megabytes
    if count >= MOST_DOCUMENTS or held + size > megabytes * MEGABYTE:
        message = N_("The documents of one session may have %(megabytes)s MB and be %(count)s in number; this one would be too much.")
        details: dict[str, Any] = {"megabytes": megabytes, "count": MOST_DOCUMENTS}
        raise Invalid(message, errors=[{"field": "file", "message": message, **details}], **details)


def _row(db: DbSession, house: House, actor: Actor, session: t.Session, file: StoredFile, pages: list[Page],
         placing: Placing) -> t.Document:
    account = db.get(t.User, actor.user_id) if actor.user_id else None
    by = (account.full_name or account.name) if account else ""
    own = [invitation.point_id for invitation in session.invitations if invitation.point_id in actor.points]
    return t.Document(
        id=new_id(), session_id=session.id, item=placing.item, title=placing.title.strip(), kind=file.kind.suffix, digest=file.digest,
        size=file.size + sum(page.size for page in pages), pages=len(pages), public=placing.public, points=_points(placing),
        uploaded_by_id=actor.user_id, uploaded_by=by[:200], point_id=None if conducts(session, actor) else next(iter(own), None),
        created_at=house.clock.now())


def _page_row(document_id: str, number: int, page: Page) -> t.DocumentPage:
    return t.DocumentPage(document_id=document_id, number=number, digest=page.digest, small=page.small, width=page.width,
                          height=page.height, text=page.text)


def _tell(db: DbSession, house: House, actor: Actor, row: t.Document, action: str, gone: bool = False) -> None:
    """In the audit log, and in the room should it be open; ``gone``: what is shown there is taken away."""
    record(db, house, actor, action, "session", row.session_id,
           after={"title": row.title, "pages": row.pages, "for_citizens": row.public, "points": row.points, "digest": row.digest})
    db.flush()
    hidden: list[room_log.Event] = [("document_hidden", {})] if gone and shown_in_room(db, row.session_id) == row.id else []
    room_log.append_if_open(db, row.session_id, [*hidden, (CHANGED, {})], house.clock.now(), actor.user_id or "")


def _view(session: t.Session, row: t.Document, actor: Actor) -> DocumentView:
    points = None if row.points is None else tuple(row.points)
    return DocumentView(row.id, row.session_id, row.item, row.title, row.kind, row.size, row.pages, row.public, points, row.uploaded_by,
                        row.point_id, row.created_at, may_change(session, row, actor))
