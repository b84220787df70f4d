"""``liaison web``: the application under gunicorn, one process with threads (or gevent), TLS directly when configured."""

from __future__ import annotations

import errno
import resource
import socket
import time
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication

from liaison.config import Settings
from liaison.lean import leave_out
from liaison.process import die_with, get_logger, keep_for_good
from liaison.standby import wait_for_word

from .patience import MOST_SILENT

if TYPE_CHECKING:
    from flask import Flask

SPARE_THREADS = 64
"""A WebSocket keeps its thread for life; these are left for pages, so that /healthz answers at the socket cap."""
MOST_FILES = 65_536
GRACE_S = 2
PORT_WITHIN_S = 5.0
"""The sockets of a process that was killed are closed a moment after it counts as dead."""
STUCK_S = 120
CLIENT_SIDE = ("aiohttp", "requests", "websocket")
"""What Socket.IO would load for its clients; this process is the server."""
REDIS = ("redis", "valkey")
APPLICATION = ("liaison.house", "signaling.embedded", "web.app", "web.sockets")

log = get_logger("liaison.web")


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with our options; the application is made inside the worker, so its threads and sockets are the worker's."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        super().__init__()

    def load_config(self) -> None:
        for name, value in options(self._settings).items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return build(self._settings)


def options(settings: Settings) -> dict[str, Any]:
    """gunicorn's settings for one installation."""
    threads = settings.sockets + SPARE_THREADS
    chosen: dict[str, Any] = {
        "bind": f"{_host(settings.http_host)}:{settings.http_port}", "workers": 1, "worker_connections": threads * 2 + MOST_SILENT,
        "graceful_timeout": GRACE_S, "timeout": STUCK_S, "keepalive": 15, "backlog": 1024, "preload_app": False,
        "errorlog": "-", "loglevel": "warning", "proc_name": "liaison-web", "forwarded_allow_ips": "",
        "limit_request_field_size": 8190, "limit_request_line": 4094, "control_socket_disable": True,
        "post_fork": lambda arbiter, _worker: die_with(arbiter.pid)}  # else its sockets' threads keep it, and the port, alive
    if settings.socket_mode == "gevent":
        chosen["worker_class"] = "gevent"
    else:
        chosen |= {"worker_class": "web.patience.PatientWorker", "threads": threads}
    if settings.tls_cert and settings.tls_key:
        chosen |= {"certfile": str(settings.tls_cert), "keyfile": str(settings.tls_key)}
    return chosen


def _host(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def build(settings: Settings) -> Flask:
    """House, media engine and application of one web process."""
    from liaison.house import open_house

    from .app import create_app

    house = open_house(settings)
    app = create_app(house, make_engine(settings))
    keep_for_good()
    log.info("ready", address=f"{settings.scheme}://{settings.http_host}:{settings.http_port}")
    return app


def make_engine(settings: Settings) -> Any:
    """The client of the media workers. The room service starts it once it listens, so that no greeting is missed."""
    from signaling.embedded import EmbeddedEngine

    return EmbeddedEngine(settings)


def allow_many_files() -> None:
    """Each connection is an open file, and a shell's usual limit is 1024: as many as this process may have (getrlimit(2))."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if most == resource.RLIM_INFINITY else min(MOST_FILES, most)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def load_everything() -> None:
    """Import what the application is made of: all but the whole of a start. A worker that dies alone is then back at once, too."""
    for name in APPLICATION:
        import_module(name)
    for package in ("web.pages", "web.api"):
        for name in import_module(package).MODULES:
            import_module(f"{package}.{name}")
    keep_for_good()


def wait_for_port(settings: Settings) -> None:
    """Until nobody listens at our address; after some seconds gunicorn says what is wrong."""
    family = socket.AF_INET6 if ":" in settings.http_host else socket.AF_INET
    late = time.monotonic() + PORT_WITHIN_S
    while time.monotonic() < late:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.http_host, settings.http_port))
                return
            except OSError as exc:
                if exc.errno != errno.EADDRINUSE:
                    return
        time.sleep(0.02)


def main(settings: Settings, standby: bool = False) -> int:
    """Serve until stopped; ``standby``: only when told to. Under gevent a worker loads everything itself, after its patches."""
    allow_many_files()
    leave_out(*CLIENT_SIDE, *(() if settings.redis_url else REDIS))
    if settings.socket_mode == "threading":
        load_everything()
    if standby and not wait_for_word():
        return 0
    wait_for_port(settings)
    Server(settings).run()
    return 0
