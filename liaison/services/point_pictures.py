"""Pictures of the points' rooms. What is sent is read as a picture and written anew: no metadata, no hidden parts, bounded in size.

They live in the database: every web process has them, and backups carry them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ..domain.actor import Actor, require
from ..domain.errors import NotFound
from ..house import House
from ..i18n import N_
from ..store import tables as t
from . import pictures
from .audit import record
from .disk import require_space
from .point_cards import may_keep
from .points import find_point

LARGEST_BYTES = 12 * 1024 * 1024
WIDEST = 1600


@dataclass(frozen=True)
class Picture:
    """Ready to be shown."""

    media_type: str
    data: bytes
    digest: str


def get_picture(house: House, actor: Actor, slug: str) -> Picture:
    """The picture of a point's room, for everybody who is signed in. Raises NotFound, Unauthenticated."""
    require(actor.signed_in, actor)
    with house.db.read() as db:
        picture = db.get(t.PointPicture, find_point(db, slug).id)
        if picture is None:
            raise NotFound()
        return Picture(picture.media_type, picture.data, picture.digest)


def put_picture(house: House, actor: Actor, slug: str, sent: bytes) -> None:
    """Keep a picture in place of the former one. The point's officers, the help desk. Raises Invalid, NotFound, Forbidden, DiskFull."""
    with house.db.read() as db:
        require(may_keep(actor, find_point(db, slug).id), actor)
    require_space(house)
    data, size = remade(sent)  # outside the transaction: it takes a moment
    digest = hashlib.sha256(data).hexdigest()
    with house.db.write() as db:
        point = find_point(db, slug)
        require(may_keep(actor, point.id), actor)
        db.merge(t.PointPicture(point_id=point.id, media_type="image/jpeg", width=size[0], height=size[1], digest=digest, data=data,
                                updated_at=house.clock.now()))
        record(db, house, actor, "point.picture_put", "point", point.slug)


def drop_picture(house: House, actor: Actor, slug: str) -> None:
    """Keep none any more. Raises NotFound (there is none), Forbidden."""
    with house.db.write() as db:
        point = find_point(db, slug)
        require(may_keep(actor, point.id), actor)
        picture = db.get(t.PointPicture, point.id)
        if picture is None:
            raise NotFound()
        db.delete(picture)
        record(db, house, actor, "point.picture_dropped", "point", point.slug)


def remade(sent: bytes) -> tuple[bytes, tuple[int, int]]:
    """A JPEG of what was sent, upright, at most ``WIDEST`` pixels each way, and its size. Raises Invalid."""
    if not sent:
        raise pictures.wrong(N_("Choose a file first."), "picture")
    if len(sent) > LARGEST_BYTES:
        raise pictures.wrong(pictures.TOO_LARGE, "picture")
    return pictures.remade(sent, WIDEST)
