"""Small facts about processes: a child that dies with its parent, a readable title, log set-up."""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import sys

import structlog

from .config import Settings

PR_SET_PDEATHSIG = 1  # prctl(2)
SUPERVISOR_GONE = 75  # EX_TEMPFAIL
SEARCH = (10_000, 10, 10)
"""gc.set_threshold. Telling four hundred sockets makes more new objects for a moment than Python's own 700: each time that looks as if
memory grew, and everything that there is was searched every few seconds, 0.1 s in which nobody was told anything."""


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its supervisor dies (prctl(2) PR_SET_PDEATHSIG), so that ports are freed.

    Only for a process that ``liaison serve`` started (``LIAISON_SUPERVISED`` holds the supervisor's pid).
    """
    supervisor = os.environ.get("LIAISON_SUPERVISED")
    if supervisor:
        die_with(int(supervisor))


def die_with(parent: int) -> None:
    """Be killed when the parent process dies, whoever killed it; what this process forks must ask for itself."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the kernel knew
        os._exit(SUPERVISOR_GONE)


def keep_for_good() -> None:
    """Leave everything loaded so far out of Python's search for cycles.

    Modules, mappings and routes live as long as the process; looking through them held everybody up for 0.15 s now and then.
    They are not searched before either: that takes as long, and of 200,000 objects finds a dozen that nobody has any more.
    """
    gc.freeze()
    gc.set_threshold(*SEARCH)


def set_up_logging(settings: Settings, process: str) -> None:
    """Structured log lines on standard error, each naming its process."""
    level = getattr(logging, settings.log_level.upper())
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer() if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0))
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer])
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("aioice", "aiortc", "apscheduler", "engineio", "socketio", "werkzeug", "alembic", "fontTools"):
        logging.getLogger(noisy).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(), cache_logger_on_first_use=True)
    structlog.contextvars.bind_contextvars(process=process)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    return structlog.get_logger(name)  # type: ignore[no-any-return]
