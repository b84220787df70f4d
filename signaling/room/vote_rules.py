"""Votes: what people may do, and what each fact changes.

Of a secret vote the log says who has voted and never what: the choice goes into a count of its own (``Outcome.secret``), which is
read when the vote is closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from liaison.domain.errors import Forbidden, IllegalState

from .deciding import Asked, Outcome, one
from .facts import Event
from .roll import REPRESENTED
from .state import Peer, RoomState
from .votes import CANCELLED, FEWEST_SECRET_VOTERS, ROLL_CALL, SECRET, Vote, count, outcome


def start_vote(asked: Asked) -> Outcome:
    if asked.state.vote is not None:
        raise IllegalState("A vote is going on.", remedy="Close it first.")
    fields, voters = asked.fields, _voters(asked.state, asked.fields["unit"])
    if not voters:
        raise IllegalState("Nobody is here who could vote.")
    if fields["kind"] == SECRET and len(voters) < FEWEST_SECRET_VOTERS:
        raise IllegalState("With fewer than three voters a vote cannot be secret.", remedy="Choose an open vote.")
    quorum = fields.get("quorum", asked.state.quorum.need if asked.state.quorum and fields["unit"] == "point" else 1)
    if quorum > len(voters):
        raise IllegalState("The quorum cannot be more than those who may vote.")
    return one(asked.says(
        "vote_opened", vote=str(len(asked.state.votes) + 1), title=fields["title"].strip(), kind=fields["kind"], unit=fields["unit"],
        majority=fields["majority"], quorum=quorum, voters=list(voters)))


def _voters(state: RoomState, unit: str) -> tuple[str, ...]:
    if unit == "point":
        return state.plan.points
    return tuple(peer.id for peer in state.peers.values() if peer.speaks and peer.via != "control" and not peer.held)


def cast_vote(asked: Asked) -> Outcome:
    vote = _vote(asked.state)
    voter = _voter(asked, vote)
    if vote.kind == ROLL_CALL and voter != vote.current:
        raise IllegalState("You vote when you are called.")
    return _cast(asked, vote, voter)


def _voter(asked: Asked, vote: Vote) -> str:
    own = asked.peer.point or "" if vote.unit == "point" else asked.peer.id
    voter: str = asked.fields.get("voter", own)
    if voter not in vote.voters or (voter != own and not _stands_for(asked.state, own, voter)):
        raise Forbidden("You may not vote here.", remedy="Ask the chair.")
    return voter


def _stands_for(state: RoomState, own: str, voter: str) -> bool:
    mark = state.roll.marks.get(voter) if state.roll else None
    return mark is not None and mark.mark == REPRESENTED and mark.by == own


def _cast(asked: Asked, vote: Vote, voter: str) -> Outcome:
    choice = asked.fields["choice"]
    if not vote.secret:
        return Outcome() if vote.cast.get(voter) == choice else one(asked.says("vote_cast", vote=vote.id, voter=voter, choice=choice))
    if voter in vote.cast:
        raise IllegalState("You have voted already. A secret vote cannot be changed, since nobody knows what it was.")
    return Outcome((asked.says("vote_cast", vote=vote.id, voter=voter),), secret=(vote.id, choice))


def call_voter(asked: Asked) -> Outcome:
    vote, voter = _roll_call(asked), asked.fields["voter"]
    if voter not in vote.voters:
        raise IllegalState("This participant may not vote here.")
    return Outcome() if vote.current == voter else one(asked.says("voter_called", vote=vote.id, voter=voter))


def record_vote(asked: Asked) -> Outcome:
    """What a voter has said aloud, written down by the secretary."""
    vote, voter = _roll_call(asked), asked.fields["voter"]
    if voter not in vote.voters:
        raise IllegalState("This participant may not vote here.")
    return _cast(asked, vote, voter)


def close_vote(asked: Asked) -> Outcome:
    vote = _vote(asked.state)
    absent = [voter for voter in vote.voters if voter not in vote.cast and not _here(asked.state, vote, voter)]
    lost = [voter for voter in absent if voter in vote.here]
    if lost and not asked.fields.get("confirm", False):
        raise IllegalState("Voters whose line is lost have not voted yet: %(count)s.", count=len(lost), lost=lost,
                           remedy="Wait until they are back, or close the vote without them.")
    counts = dict(vote.counts) if vote.secret else count(vote)
    return one(asked.says("vote_closed", vote=vote.id, counts=counts, outcome=outcome(vote, counts), absent=absent, lost=lost))


def cancel_vote(asked: Asked) -> Outcome:
    return one(asked.says("vote_cancelled", vote=_vote(asked.state).id))


def _vote(state: RoomState) -> Vote:
    if state.vote is None:
        raise IllegalState("No vote is going on.")
    return state.vote


def _roll_call(asked: Asked) -> Vote:
    vote = _vote(asked.state)
    if vote.kind != ROLL_CALL:
        raise IllegalState("This vote is not by roll call.")
    return vote


def _here(state: RoomState, vote: Vote, voter: str) -> bool:
    if vote.unit == "point":
        return voter in state.points_here()
    return voter in state.peers and state.peers[voter].away_at is None


def with_counts(state: RoomState, counts: Mapping[str, int]) -> RoomState:
    """The state with the count of the secret vote under way, which is not in the log."""
    return state if state.vote is None else replace(state, vote=replace(state.vote, counts=dict(counts)))


# ---------------------------------------------------------------- what happened


def opened(state: RoomState, event: Event) -> RoomState:
    data = event.data
    vote = Vote(data["vote"], data["title"], data["kind"], data["unit"], data["majority"], tuple(data["voters"]), event.at,
                data.get("quorum", 1))
    here = tuple(voter for voter in vote.voters if _here(state, vote, voter))
    return replace(state, vote=replace(vote, here=here))


def cast(state: RoomState, event: Event) -> RoomState:
    if state.vote is None:
        return state
    return replace(state, vote=replace(state.vote, cast={**state.vote.cast, event.data["voter"]: event.data.get("choice", "")}))


def called(state: RoomState, event: Event) -> RoomState:
    return state if state.vote is None else replace(state, vote=replace(state.vote, current=event.data["voter"]))


def closed(state: RoomState, event: Event) -> RoomState:
    data = event.data
    return _over(state, event, counts=dict(data["counts"]), outcome=data["outcome"], absent=tuple(data.get("absent", ())),
                 lost=tuple(data.get("lost", ())))


def cancelled(state: RoomState, event: Event) -> RoomState:
    return _over(state, event, cast={}, counts={}, outcome=CANCELLED)


def _over(state: RoomState, event: Event, **result: object) -> RoomState:
    if state.vote is None:
        return state
    over = replace(state.vote, closed_at=event.at, current=None, **result)  # type: ignore[arg-type]
    return replace(state, vote=None, votes=(*state.votes, over))


def joined(state: RoomState, peer: Peer) -> RoomState:
    """Who comes in while a vote is open was here, too: its loss is noticed."""
    vote = state.vote
    key = (peer.point if vote.unit == "point" else peer.id) if vote and peer.sends else None
    if vote is None or key is None or key not in vote.voters or key in vote.here:
        return state
    return replace(state, vote=replace(vote, here=(*vote.here, key)))
