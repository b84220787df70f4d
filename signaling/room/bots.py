"""Bots of a rehearsal: they stand for points that are absent, answer what they are asked, and when they are lively ask for the floor.

Pure, and without memory: what a bot does next follows from the state, the time, and chance that is the same each time it is asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from liaison.domain.errors import IllegalState

from .deciding import Asked, Command, Outcome, one
from .entering import Entrance
from .facts import Event
from .state import BOT, LIVE, SPEAKING_VIAS, Peer, RoomState
from .votes import ABSTAIN, NO, ROLL_CALL, YES

NONE, QUIET, LIVELY = "none", "quiet", "lively"
MOODS = (NONE, QUIET, LIVELY)
PREFIX = "bot-"
ARRIVE_TOGETHER = 4
HANDS_AT_ONCE = 5
SLOT_S = 10
HANDS_A_SLOT = 0.6
"""Of all lively bots together."""
FORGETS = 0.1
"""A lively bot's share of presence checks that it does not answer."""


# ---------------------------------------------------------------- the chair's choice


def set_bots(asked: Asked) -> Outcome:
    if not asked.state.plan.played:
        raise IllegalState("There are bots in a rehearsal alone.")
    mood = asked.fields["mood"]
    return Outcome() if mood == asked.state.bots else one(asked.says("bots_set", mood=mood))


def bots_set(state: RoomState, event: Event) -> RoomState:
    return replace(state, bots=event.data["mood"])


# ---------------------------------------------------------------- coming and going


def arrivals(state: RoomState) -> list[Entrance]:
    """Bots that come in now, a few at a time: for points of which nobody is here and whose bot the chair has not removed."""
    if state.bots == NONE:
        return []
    here = _people(state)
    wanted = [slug for slug in state.plan.played
              if slug not in here and PREFIX + slug not in state.peers and PREFIX + slug not in state.revoked]
    return [Entrance(PREFIX + slug, slug, "point", "", BOT, None, PREFIX + slug, "", camera=False, microphone=False)
            for slug in wanted[:ARRIVE_TOGETHER]]


def departures(state: RoomState) -> list[str]:
    """Bots that make place: for people of their point, or because the chair wants none."""
    here = _people(state)
    return [bot.id for bot in _bots(state) if state.bots == NONE or bot.point in here or bot.point not in state.plan.played]


def _people(state: RoomState) -> set[str | None]:
    return {peer.point for peer in state.peers.values() if peer.via in SPEAKING_VIAS and peer.via != BOT}


def _bots(state: RoomState) -> Iterator[Peer]:
    return (peer for peer in state.peers.values() if peer.via == BOT)


# ---------------------------------------------------------------- taking part


def acts(state: RoomState, now: datetime, subjects: Sequence[str]) -> list[Command]:
    """What the bots do at this moment, at most one thing each. ``subjects``: what they may ask for the floor about."""
    if state.phase != LIVE:
        return []
    bots = [bot for bot in _bots(state) if not state.cut_off(bot)]
    found = [_answers(state, bot, now) or _speaks(state, bot, now) for bot in bots]
    asked = [command for command in found if command is not None]
    return asked + _asks(state, bots, now, subjects)


def _answers(state: RoomState, bot: Peer, now: datetime) -> Command | None:
    """A presence check, or a vote."""
    check, vote = state.check, state.vote
    if check is not None and check.closed_at is None and bot.point in check.asked and bot.point not in check.answered:
        forgets = state.bots == LIVELY and chance(bot.id, check.at, "forgets") < FORGETS
        if not forgets and _since(check.at, now) > 2 + 10 * chance(bot.id, check.at):
            return Command("confirm_presence", bot.id)
    if vote is not None and vote.closed_at is None:
        voter = bot.point if vote.unit == "point" else bot.id
        due = vote.current == voter if vote.kind == ROLL_CALL else _since(vote.opened_at, now) > 2 + 12 * chance(bot.id, vote.opened_at)
        if voter in vote.voters and voter not in vote.cast and due:
            return Command("cast_vote", bot.id, {"choice": _choice(chance(bot.id, vote.opened_at, "choice"))})
    return None


def _choice(share: float) -> str:
    return YES if share < 0.7 else NO if share < 0.9 else ABSTAIN


def _speaks(state: RoomState, bot: Peer, now: datetime) -> Command | None:
    """The microphone goes on for a speech, or when the point is called, and off afterwards."""
    speech, roll = state.speech, state.roll
    floor = speech is not None and speech.peer == bot.id
    if floor and speech is not None and speech.elapsed_s(now) > 15 + 20 * chance(bot.id, speech.began_at):
        return Command("release_floor", bot.id)
    called = roll is not None and roll.ended_at is None and roll.current == bot.point and bot.point not in roll.marks
    wanted = (floor or called) and not bot.muted
    return None if wanted == bot.microphone else Command("set_media", bot.id, {"microphone": wanted})


def _asks(state: RoomState, bots: Sequence[Peer], now: datetime, subjects: Sequence[str]) -> list[Command]:
    """Lively bots ask for the floor now and then."""
    if state.bots != LIVELY or not state.list_open or len(state.hands) >= HANDS_AT_ONCE:
        return []
    slot = int(now.timestamp()) // SLOT_S
    silent = [bot for bot in bots if bot.id not in state.hands and bot.id != state.floor]
    asking = [bot for bot in silent if chance(bot.id, slot) < HANDS_A_SLOT / len(bots)]
    subject = {bot.id: subjects[int(len(subjects) * chance(bot.id, slot, "subject"))] if subjects else "" for bot in asking}
    return [Command("raise_hand", bot.id, {"subject": subject[bot.id]}) for bot in asking[:1]]


def _since(at: datetime, now: datetime) -> float:
    return (now - at).total_seconds()


def chance(*keys: object) -> float:
    """A number from 0 up to 1 that is always the same for the same keys."""
    digest = hashlib.sha256("|".join(map(str, keys)).encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48
