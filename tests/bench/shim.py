"""WHIP and WHEP in front of one media worker, for measuring the worker alone: no accounts, no database, one room.

``python -m tests.bench.shim DATA_FOLDER HTTP_PORT MEDIA_PORT [CORE [ADDRESS]]`` starts the worker (on ``CORE``, bound to
``ADDRESS``), prints its process id, and serves ``/whip/{n}`` and ``/whep/{n}`` until its standard input ends.
"""

from __future__ import annotations

import itertools
import logging
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from liaison.config import Settings
from signaling.embedded import EmbeddedEngine
from signaling.engine import EngineRefused, PeerDesired, RoomDesired

ROOM = "bench"
MOST_PEERS = 500


def everybody() -> RoomDesired:
    """A room in which every peer may do everything."""
    allowed = PeerDesired(admitted=True, camera=True, microphone=True, screen=True)
    names = [f"{kind}-{n}" for kind in ("whip", "whep") for n in range(MOST_PEERS)]
    return RoomDesired(ROOM, 1, open=True, peers=dict.fromkeys(names, allowed))


class Handler(BaseHTTPRequestHandler):
    """POST an offer, get an answer; DELETE leaves."""

    engine: EmbeddedEngine
    numbers = itertools.count()

    def do_POST(self) -> None:
        kind = self.path.split("/")[1]
        offer = self.rfile.read(int(self.headers["Content-Length"])).decode()
        peer = f"{kind}-{next(self.numbers)}"
        try:
            ask = self.engine.publish if kind == "whip" else self.engine.whep
            answer = ask(ROOM, peer, offer, f"{kind}:1")
        except EngineRefused as exc:
            self.send_error(400, str(exc))
            return
        self.send_response(201)
        self.send_header("Location", f"/{kind}/{peer}")
        self.send_header("Content-Type", "application/sdp")
        self.end_headers()
        self.wfile.write(answer.encode())

    def do_DELETE(self) -> None:
        self.engine.close(ROOM, self.path.rsplit("/", 1)[1])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Quiet."""


def start_worker(settings: Settings, core: int | None) -> subprocess.Popen[bytes]:
    """A media worker process."""
    env = {**os.environ, "LIAISON_DATA": str(settings.data), "LIAISON_MEDIA_PORT": str(settings.media_port)}
    env |= {"LIAISON_MEDIA_BIND": settings.media_bind, "LIAISON_MEDIA_HOST": settings.media_bind, "LIAISON_SUPERVISED": str(os.getpid())}
    command = [sys.executable, "-m", "liaison.cli", "media"]
    if core is not None:
        command = ["taskset", "-c", str(core), *command]
    with (settings.data / "media.log").open("ab") as said:
        return subprocess.Popen(command, env=env, stdout=said, stderr=said)


def main() -> int:
    """Run until standard input ends."""
    data, http_port, media_port = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    core = int(sys.argv[4]) if len(sys.argv) > 4 else None
    address = sys.argv[5] if len(sys.argv) > 5 else "127.0.0.1"
    settings = Settings(data=data, media_bind=address, media_port=media_port)
    logging.disable()  # that the worker is gone at the end is no news
    worker = start_worker(settings, core)
    engine = EmbeddedEngine(settings)
    engine.start()
    while not engine.available():
        time.sleep(0.05)
    engine.set_room(everybody())
    Handler.engine = engine
    server = ThreadingHTTPServer(("127.0.0.1", http_port), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(worker.pid, flush=True)
    sys.stdin.read()
    server.shutdown()
    engine.stop()
    worker.terminate()
    worker.wait(5)
    return 0


if __name__ == "__main__":
    sys.exit(main())
