"""A bad link between one browser and the service: rate, queue, delay, jitter, loss, cuts, for each direction.

Open the person's page at ``url`` (HTTP and WebSocket pass the link too) and announce ``media_port`` to that browser alone:
``tests.support.chromium.Participant`` is given it as ``media_port``. Everything can be changed while it runs. Unlike the gates
(tests/support/gates.py), which only take a network away, a link delays, queues and loses like a line; what it does with each
packet is decided in tests/support/link_model.py.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
from dataclasses import replace
from typing import Any, Self

from tests.support.gates import CHUNK
from tests.support.link_model import PERFECT, RETRANSMISSION_S, Line, Way
from tests.support.ports import LOOPBACK

Address = tuple[str, int]


class Link:
    """A thread with an event loop. ``up`` leads from the browser to the service, ``down`` back."""

    def __init__(self, media_port: int, http_port: int, seed: int = 1) -> None:
        self._media, self._http = (LOOPBACK, media_port), (LOOPBACK, http_port)
        self.up, self.down = Line(seed=seed), Line(seed=seed + 1)
        self.late_s: list[float] = []  # by how much each datagram left later than the model says
        self._front = _udp()
        self._front.bind((LOOPBACK, 0))
        self._listener = socket.create_server((LOOPBACK, 0))
        self._listener.setblocking(False)
        self.media_port = int(self._front.getsockname()[1])
        self.url = f"http://{LOOPBACK}:{self._listener.getsockname()[1]}"
        self._clients: dict[Address, socket.socket] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True, name="Link")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def set(self, both: Way | None = None, *, up: Way = PERFECT, down: Way = PERFECT) -> None:
        """From now on the link is like this."""
        self.up.way, self.down.way = both or up, both or down

    def cut(self, cut: bool = True) -> None:
        """Pull the cable: nothing passes either way, and what is under way is lost; ``cut(False)`` mends it."""
        for line in (self.up, self.down):
            line.way = replace(line.way, cut=cut)

    def _run(self) -> None:
        loop = self._loop
        with contextlib.suppress(PermissionError):  # on a busy machine the link would otherwise be worse than it is meant to be
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), -15)
        asyncio.set_event_loop(loop)
        loop.add_reader(self._front, self._from_client)
        server = loop.run_until_complete(asyncio.start_server(self._stream, sock=self._listener))
        loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        for known in (self._front, *self._clients.values()):
            loop.remove_reader(known)
            known.close()
        loop.close()

    # ------------------------------------------------------------ media
    def _from_client(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while True:
                datagram, client = self._front.recvfrom(CHUNK)
                self._carry(self.up, datagram, self._upstream(client).send)

    def _upstream(self, client: Address) -> socket.socket:
        """The socket that stands for a client, as a NAT has one."""
        known = self._clients.get(client)
        if known is None:
            known = self._clients[client] = _udp()
            known.connect(self._media)
            self._loop.add_reader(known, self._from_server, client, known)
        return known

    def _from_server(self, client: Address, upstream: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            while True:
                self._carry(self.down, upstream.recv(CHUNK), lambda data: self._front.sendto(data, client))

    def _carry(self, line: Line, datagram: bytes, send: Any) -> None:
        due = line.datagram(len(datagram), self._loop.time())
        if due is not None:
            self._loop.call_at(due, self._deliver, line, datagram, send, due)

    def _deliver(self, line: Line, datagram: bytes, send: Any, due: float) -> None:
        self.late_s.append(self._loop.time() - due)
        if not line.way.cut:
            with contextlib.suppress(BlockingIOError, ConnectionError):
                send(datagram)

    # ------------------------------------------------------------ HTTP and WebSocket
    async def _stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._passage(self.up)
            far_reader, far_writer = await asyncio.open_connection(*self._http)
            await asyncio.gather(self._pump(reader, far_writer, self.up), self._pump(far_reader, writer, self.down))

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: Line) -> None:
        pieces: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        delivery = asyncio.create_task(self._deliver_stream(pieces, writer, line))
        try:
            while data := await reader.read(CHUNK):
                pieces.put_nowait((line.stream(len(data), self._loop.time()), data))
        except OSError:
            pass  # reset: the other end sees the end of the stream
        finally:
            pieces.put_nowait((self._loop.time() + line.way.delay_s, b""))
            await delivery

    async def _deliver_stream(self, pieces: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter, line: Line) -> None:
        with contextlib.suppress(OSError):
            while True:
                due, data = await pieces.get()
                await asyncio.sleep(due - self._loop.time())
                await self._passage(line)
                if not data:
                    break
                writer.write(data)
                await writer.drain()
        writer.close()

    @staticmethod
    async def _passage(line: Line) -> None:
        """While the link is cut TCP tries again after twice the time each time: it does not notice the link's return at once."""
        pause = RETRANSMISSION_S
        while line.way.cut:
            await asyncio.sleep(pause)
            pause *= 2


def _udp() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    return made
