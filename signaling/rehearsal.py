"""The shell around the bots of rehearsals: whoever consumes the media workers' events lets them come, go and act, once a second."""

from __future__ import annotations

from collections.abc import Callable

from liaison.domain.errors import LiaisonError
from liaison.house import House
from liaison.i18n import N_, translator
from liaison.ids import new_id
from liaison.process import get_logger

from . import rooms
from .follower import Follower
from .live import Live
from .room import bots
from .room.commands import Command
from .room.entering import depart, enter

EVERY_S = 1.0
SUBJECTS = (N_("Roads in our district"), N_("Water for the fields"), N_("Repairs of schools"), N_("Prices of fuel"),
            N_("Electricity in winter"), N_("Doctors for villages"))
"""What lively bots ask for the floor about."""
Perform = Callable[[str, Command, str], int]

log = get_logger("liaison.signaling")


class Bots:
    """``leads``: whether this process is the one that plays them; ``perform``: a command of a peer."""

    def __init__(self, house: House, follower: Follower, leads: Callable[[], bool], perform: Perform) -> None:
        self._house, self._follower, self._leads, self._perform = house, follower, leads, perform
        self._subjects = tuple(translator(house.network.languages[0])(subject) for subject in SUBJECTS)

    def play(self) -> None:
        """One turn in every rehearsal that is followed here."""
        if not self._leads():
            return
        for live in self._follower.all():
            if live.state.plan.played and not live.closed:
                self._people(live)
                self._act(live)

    def _people(self, live: Live) -> None:
        """Who comes and who makes place, in one transaction."""
        now, state = self._house.clock.now(), live.state
        if not (bots.arrivals(state) or bots.departures(state)):
            return
        try:
            rooms.transact(self._house, live.session, lambda _db, _session, state: [
                *(event for peer in bots.departures(state) for event in depart(state, peer, "left", now)),
                *(event for who in bots.arrivals(state) for event in enter(state, who, now, 0))], "bots")
        except LiaisonError as exc:  # the room is locked, or has closed meanwhile
            log.info("bots stay outside", room=live.session, error=exc.code)
        live.catch_up()

    def _act(self, live: Live) -> None:
        for command in bots.acts(live.state, self._house.clock.now(), self._subjects):
            try:
                self._perform(live.session, command, new_id())
            except LiaisonError as exc:  # the room has changed since
                log.info("a bot was refused", room=live.session, command=command.name, error=exc.code)
