"""Showing documents: whoever has the floor (where screens may be shown), the chair and the secretary lay one out and turn its pages."""

from __future__ import annotations

from dataclasses import replace

from liaison.domain.errors import Forbidden, IllegalState, NotFound

from .deciding import Asked, Outcome, one
from .errors import ScreenTaken
from .facts import Event
from .papers import Paper, Shown
from .state import RoomState


def show_document(asked: Asked) -> Outcome:
    state, key = asked.state, asked.fields["document"]
    if not state.may_present(asked.peer):
        raise Forbidden("Only who has the floor, the chair and the secretary may show documents now.", remedy="Ask the chair.")
    if state.screen is not None:
        raise ScreenTaken()
    paper = state.plan.papers.get(key)
    if paper is None or not _is_for(asked, paper):
        raise NotFound("This document is no longer there.", remedy="Look at the list of documents again.")
    page = asked.fields.get("page", 1)
    if page > paper.pages:
        raise IllegalState("The document has no such page.")
    shown = state.document
    if shown is not None and (shown.document, shown.page, shown.by) == (key, page, asked.peer.id):
        return Outcome()
    return one(asked.says("document_shown", document=key, title=paper.title, pages=paper.pages, page=page, public=paper.public,
                         limited=paper.points is not None))


def _is_for(asked: Asked, paper: Paper) -> bool:
    """Whether who wants to show it may see it at all."""
    peer = asked.peer
    return paper.points is None or peer.point in paper.points or peer.role == "deputy" or asked.state.conducts(peer)


def turn_page(asked: Asked) -> Outcome:
    shown, page = _own(asked), asked.fields["page"]
    if page > shown.pages:
        raise IllegalState("The document has no such page.")
    return one(asked.says("page_turned", page=page)) if page != shown.page else Outcome()


def hide_document(asked: Asked) -> Outcome:
    if asked.state.document is None:
        return Outcome()
    if not asked.state.conducts(asked.peer) and asked.state.document.by != asked.peer.id:
        raise Forbidden("Only who shows the document, the chair and the secretary may do this.", remedy="Ask the chair.")
    return one(asked.says("document_hidden"))


def _own(asked: Asked) -> Shown:
    """The document shown, if this peer may turn its pages."""
    shown = asked.state.document
    if shown is None:
        raise IllegalState("No document is shown now.")
    presents = shown.by == asked.peer.id and asked.state.may_present(asked.peer)
    if not presents and not asked.state.conducts(asked.peer):
        raise Forbidden("Only who shows the document, the chair and the secretary may do this.", remedy="Ask the chair.")
    return shown


# ---------------------------------------------------------------- what happened


def document_shown(state: RoomState, event: Event) -> RoomState:
    data = event.data
    by = data.get("by") if data.get("by") in state.peers else None
    return replace(state, document=Shown(data["document"], data["title"], data["pages"], data["page"], by, data.get("public", False),
                                         state.closed_item is not None, data.get("limited", False)))


def page_turned(state: RoomState, event: Event) -> RoomState:
    return state if state.document is None else replace(state, document=replace(state.document, page=event.data["page"]))


def document_hidden(state: RoomState, _event: Event) -> RoomState:
    return replace(state, document=None)


def left(state: RoomState, key: str) -> RoomState:
    """A peer goes: its document stays for the chair to turn or put away."""
    shown = state.document
    return replace(state, document=replace(shown, by=None)) if shown is not None and shown.by == key else state


def doors_opened(state: RoomState) -> RoomState:
    """What was laid out behind closed doors is not for those who come in now."""
    return replace(state, document=None) if state.document is not None and state.document.closed else state
