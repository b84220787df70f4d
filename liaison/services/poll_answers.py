"""Answering a date poll through the link of its letter, without signing in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..domain.actor import SYSTEM
from ..house import House
from ..store import tables as t
from . import audit, polls
from .answer_links import BadAnswerLink, acts_for
from .poll_links import PollLink, read_poll_link
from .polls import PollView


@dataclass(frozen=True)
class PollLinkView:
    """What the page behind a link shows; ``slug`` is the point that it answers for, empty once it may not."""

    poll: PollView
    slug: str
    point: dict[str, str]
    language: str


def look_at_poll(house: House, token: str) -> PollLinkView:
    """What a link is about; changes nothing. Raises BadAnswerLink, NotFound."""
    link = read_poll_link(house.settings, token)
    with house.db.read() as db:
        poll, asked = _asked(polls.load_poll(db, link.poll_id), link)
        user = db.get(t.User, link.user_id) if link.user_id else None
        speaks = link.user_id is None or acts_for(db, user, link.point_id)
        view = polls.get_poll(house, SYSTEM, poll.id)
        return PollLinkView(view, asked.point.slug if speaks else "", asked.point.name, user.language if user else "")


def answer_with_poll_link(house: House, token: str, answers: Mapping[str, str]) -> None:
    """Keep what the holder of the link says for its point. Raises IllegalState, Invalid, BadAnswerLink."""
    link = read_poll_link(house.settings, token)
    with house.db.write() as db:
        poll, asked = _asked(polls.load_poll(db, link.poll_id, lock=True), link)
        user = db.get(t.User, link.user_id) if link.user_id else None
        if link.user_id is not None and not acts_for(db, user, link.point_id):
            raise BadAnswerLink("This link was sent to a person who no longer acts for this point. Sign in to answer.")
        polls.keep_answers(house, poll, asked, answers, link.user_id)
        audit.record(db, house, SYSTEM, "poll.answered", "poll", poll.id, after={"point": asked.point.slug, "answers": dict(answers)})


def _asked(poll: t.Poll, link: PollLink) -> tuple[t.Poll, t.PollPoint]:
    asked = next((one for one in poll.points if one.point_id == link.point_id), None)
    if asked is None:
        raise BadAnswerLink()
    return poll, asked
