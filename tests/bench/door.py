"""A page's socket: comes in with a join token, comes back by itself with the resume token when it is lost (signaling/PROTOCOL.md)."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import socketio

PATIENCE_SECONDS = 60.0  # for everything that is asked, with however many sockets
ANSWER_SECONDS = 30.0


class Refused(Exception):
    """The service said no."""


class Lost(Exception):
    """The socket ended before the answer came."""


class Door:
    """One participant's way into the room."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._way = url, {"token": token}
        self.peer, self.epoch, self.returns = "", 0, 0
        self.overhears: Callable[[str], bool] | None = None  # each packet before it is taken apart; True: that was all
        self._io: Any = None
        self._gone: asyncio.Future[None] | None = None
        self._inside = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._leaving = False

    async def open(self) -> None:
        """Be in the room. Raises TimeoutError, or Refused."""
        self._keeper = asyncio.create_task(self._keep())
        inside = asyncio.create_task(self._inside.wait())
        await asyncio.wait((self._keeper, inside), timeout=PATIENCE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        inside.cancel()
        if self._keeper.done():
            self._keeper.result()
        if not self._inside.is_set():
            raise TimeoutError("nobody opened the door")

    async def _keep(self) -> None:
        """Come in, and whenever the socket is lost come in again as the same peer: the media connections simply go on."""
        while not self._leaving:
            try:
                await self._knock()
                self._inside.set()
                assert self._gone is not None
                await self._gone
            except (socketio.exceptions.SocketIOError, Lost):
                await asyncio.sleep(random.uniform(0.3, 1.0))
            self._inside.clear()
            self.returns += not self._leaving

    async def _knock(self) -> None:
        gone = self._gone = asyncio.get_running_loop().create_future()
        self._io = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        self._io.on("disconnect", lambda *_reason: gone.done() or gone.set_result(None))
        if self.overhears is not None:
            self._io.eio.on("message", self._listening(self._io.eio.handlers["message"], self.overhears))
        await self._io.connect(self._url, auth=self._way, transports=["websocket"], wait_timeout=ANSWER_SECONDS)
        answer = await self.ask("join", **self._way)
        self.peer, self.epoch, self._way = answer["peer"], answer["epoch"], {"resume": answer["resume"]}

    @staticmethod
    def _listening(further: Callable[[Any], Awaitable[None]], overhears: Callable[[str], bool]) -> Callable[[Any], Awaitable[None]]:
        async def message(data: Any) -> None:
            if not (isinstance(data, str) and overhears(data)):
                await further(data)
        return message

    async def ask(self, message: str, **fields: Any) -> dict[str, Any]:
        """A message and its answer. Raises Refused, or Lost."""
        assert self._gone is not None
        call = asyncio.ensure_future(self._io.call(message, fields, timeout=ANSWER_SECONDS))
        await asyncio.wait((call, self._gone), return_when=asyncio.FIRST_COMPLETED)
        if not call.done():
            call.cancel()
            raise Lost(message)
        try:
            answer = call.result()
        except socketio.exceptions.SocketIOError as exc:
            raise Lost(f"{message}: {exc!r}") from None
        if not answer["ok"]:
            raise Refused(f"{message}: {answer['error']['code']}")
        return dict(answer)

    async def ask_until(self, message: str, **fields: Any) -> dict[str, Any]:
        """The same, again when the socket was lost meanwhile. Raises Refused, or TimeoutError."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            await asyncio.wait_for(self._inside.wait(), max(0.1, deadline - time.monotonic()))
            with contextlib.suppress(Lost):
                return await self.ask(message, **fields)
            await asyncio.sleep(0.1)

    async def close(self) -> None:
        """Go; no answer is waited for."""
        self._leaving = True
        if self._keeper is not None:
            self._keeper.cancel()
        with contextlib.suppress(Exception):
            await self._io.disconnect()
