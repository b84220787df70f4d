"""In whose name somebody books on these pages: their own, or a chief's whose deputy they are."""

from __future__ import annotations

from typing import cast

from flask import g, request

from liaison.domain.actor import Actor, require
from liaison.services import deputies

from .context import current_actor, house


def planner() -> Actor:
    """Who books in this request: the chief chosen in the form, else the reader, else the first chief whose deputy the reader
    is. Raises Forbidden, Unauthenticated."""
    if "planner" not in g:
        g.planner = _chosen(current_actor(), request.values.get("on_behalf_of", ""))
    actor = cast(Actor, g.planner)
    require(actor.plans, actor)
    return actor


def planner_of(session_id: str) -> Actor:
    """The same on the pages of a session that is there: the reader, or the reader as the deputy of its booker."""
    g.planner = deputies.standing_in(house(), current_actor(), session_id)
    return planner()


def _chosen(actor: Actor, chief: str) -> Actor:
    if chief:
        return deputies.acting_for(house(), actor, chief)
    if not actor.plans and (chiefs := deputies.chiefs_of(house(), actor)):
        return deputies.acting_for(house(), actor, chiefs[0].id)
    return actor
