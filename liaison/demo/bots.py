"""The process that plays the demonstration's points: ``python -m liaison.demo.bots``, supervised by ``liaison demo``.

It keeps a session live, and for each of its points (but the chair's) a bot in it. A bot whose connection ends (media or web
restarted, removed by the chair) comes back by itself.
"""

from __future__ import annotations

import asyncio
import signal
from datetime import datetime

from ..cli import settings_or_exit
from ..domain.actor import SYSTEM
from ..domain.errors import LiaisonError
from ..house import House, open_house
from ..process import die_with_parent, get_logger, set_up_logging
from ..services import tokens
from ..services.points import list_points
from . import texts
from .live import Stage, keep_live
from .picture import Camera
from .seed import seed_people
from .tracks import CameraTrack, VoiceTrack
from .voice import speech
from .whip import Door, Publishing, Refused, describe

LOOK_EVERY_S = 3.0
FIRST_DELAY_S, LONGEST_DELAY_S = 0.5, 8.0
LABEL = "demonstration bots"
SPEAKERS = ("Салтанат Раимова", "Улан Матисаков", "Ольга Шевченко", "Жылдыз Орозбаева", "Гүлнара Мамбетова", "Мирлан Бейшеналиев",
            "Дмитрий Орлов")

log = get_logger("liaison.demo.bots")


class Bot:
    """One point's camera and microphone."""

    def __init__(self, house: House, door: Door, stage: Stage, index: int, names: tuple[str, ...]) -> None:
        self._house, self._door, self._session = house, door, stage.session_id
        self._point, self._index, self._count = stage.points[index], index, len(stage.points)
        self._camera, self._voice = Camera(names, index, self._count), speech(index)

    async def play(self) -> None:
        """Be in the session until cancelled."""
        delay = FIRST_DELAY_S
        while True:
            publishing = Publishing(self._door, self._session)
            try:
                token = await self._door.way_in(self._session, self._point, SPEAKERS[self._index % len(SPEAKERS)])
                await publishing.start(token, self._voice_track(), CameraTrack(self._camera, self._count, self._now))
                delay = FIRST_DELAY_S
                log.info("in the session", point=self._point)
                await publishing.lost.wait()
                log.info("the connection ended; coming back", point=self._point)
            except (Refused, OSError, TimeoutError, ValueError) as error:
                log.info("not let in; trying again", point=self._point, reason=describe(error))
                delay = min(LONGEST_DELAY_S, delay * 2)
            finally:
                await publishing.stop()
            await asyncio.sleep(delay)

    def _voice_track(self) -> VoiceTrack:
        return VoiceTrack(self._voice, self._index, self._count)

    def _now(self) -> datetime:
        return self._house.clock.now().astimezone(self._house.network.zone)


class Troupe:
    """All bots of the session that is live."""

    def __init__(self, house: House, door: Door) -> None:
        self._house, self._door = house, door
        self._stage: Stage | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._names = {point.slug: tuple(point.name[code] for code in house.network.languages if code in point.name)
                       for point in list_points(house, SYSTEM)}

    async def perform(self, stop: asyncio.Event) -> None:
        """Follow the stage until told to stop."""
        chair = (await asyncio.to_thread(seed_people, self._house))[texts.CHAIR]
        while not stop.is_set():
            try:
                await self._enter(await asyncio.to_thread(keep_live, self._house, chair))
            except LiaisonError as error:
                log.warning("no live session now; trying again", reason=str(error))
            try:
                await asyncio.wait_for(stop.wait(), LOOK_EVERY_S)
            except TimeoutError:
                pass  # time to look again
        await self.leave()

    async def _enter(self, stage: Stage) -> None:
        if stage == self._stage:
            return
        await self.leave()
        self._stage = stage
        bots = [Bot(self._house, self._door, stage, index, self._names[slug]) for index, slug in enumerate(stage.points)]
        self._tasks = [asyncio.create_task(bot.play()) for bot in bots]

    async def leave(self) -> None:
        """End every bot's connection."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []


def make_door(house: House) -> Door:
    """With a fresh API token of the chair; earlier ones of ours are revoked."""
    for row in tokens.list_tokens(house, SYSTEM, user=texts.CHAIR):
        if row["label"] == LABEL:
            tokens.revoke_token(house, SYSTEM, row["id"])
    return Door(house.settings, tokens.create_token(house, SYSTEM, user=texts.CHAIR, label=LABEL, days=365))


async def perform(house: House) -> None:
    """Play until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await Troupe(house, make_door(house)).perform(stop)


def main() -> None:
    """The process."""
    die_with_parent()
    settings = settings_or_exit()
    set_up_logging(settings, "bots")
    asyncio.run(perform(open_house(settings)))


if __name__ == "__main__":
    main()
