"""How often somebody may ask. Counted by account, then by signed cookie, and only then by address.

Five hundred people behind one office's address are normal, so the address alone gets a wide limit; an account gets
more than the 100 requests a second that an organiser is promised.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, current_app, request, session
from flask_limiter import Limiter
from limits import parse
from limits.errors import StorageError

from liaison.domain.errors import LiaisonError, RateLimited
from liaison.house import House
from liaison.process import get_logger

from . import context

View = TypeVar("View", bound=Callable[..., Any])

log = get_logger("liaison.web")

ACCOUNT = "200 per second"
COOKIE = "60 per second"
ADDRESS = "1000 per second"
UNCOUNTED = frozenset({"static", "health.healthz"})


def key() -> str:
    """Whom a request counts for."""
    try:
        actor = context.current_actor()
    except LiaisonError:  # a token that is not in force: the route will say so
        return f"address:{context.address()}"
    if actor.user_id:
        return f"user:{actor.user_id}"
    visitor = session.get("csrf_token")
    return f"cookie:{visitor}" if visitor else f"address:{context.address()}"


def allowance() -> str:
    """The limit for the kind of key."""
    return {"user": ACCOUNT, "cookie": COOKIE, "address": ADDRESS}[key().partition(":")[0]]


def limited(rule: str) -> Callable[[View], View]:
    """A further limit of one page, by address: for what a program would repeat and a person does not. RateLimited."""
    item = parse(rule)

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            strategy = current_app.extensions["liaison_limiter"].limiter
            try:
                fine = strategy.hit(item, "page", str(request.endpoint), context.address())
            except StorageError as error:  # Redis is away: the services' own delays still hold
                log.warning("rate limits are not counted", error=str(error.storage_error))
                fine = True
            if not fine:
                raise RateLimited()
            return view(*args, **kwargs)
        return guarded  # type: ignore[return-value]
    return wrap


def init_limits(app: Flask, house: House) -> Limiter:
    """Count in memory, or in Redis where several web processes share one; if Redis is away, count in memory meanwhile."""
    limiter = Limiter(key, app=app, application_limits=None, default_limits=[allowance],
                      storage_uri=house.settings.redis_url or "memory://", strategy="fixed-window",
                      storage_options={"wrap_exceptions": True},
                      in_memory_fallback_enabled=bool(house.settings.redis_url), default_limits_per_method=False)
    limiter.request_filter(lambda: request.endpoint in UNCOUNTED)
    return limiter
