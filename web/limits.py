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
from limits import RateLimitItem, parse
from limits.errors import StorageError

from liaison.domain.channels import stem_of
from liaison.domain.errors import LiaisonError, RateLimited
from liaison.domain.seats import read_contact
from liaison.house import House
from liaison.process import get_logger
from liaison.services.citizen_links import contact_digest

from . import context

View = TypeVar("View", bound=Callable[..., Any])

log = get_logger("liaison.web")

ACCOUNT = "200 per second"
COOKIE = "60 per second"
ADDRESS = "1000 per second"
LETTERS = "10 per day"
"""To one address that anybody may have typed: what is registered, given back, erased and registered again writes to it each time."""
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


def may_write_to(contact: str) -> bool:
    """Count one more occasion to write to an address that a stranger has typed; whether it is not one too many today. What is no
    address is not counted: its form says so."""
    try:
        read_contact(contact)
    except ValueError:
        return True
    digest = contact_digest(context.house().settings, "letters", stem_of(contact))
    return _hit(parse(LETTERS), "letters", digest)


def _hit(item: RateLimitItem, *what: str) -> bool:
    try:
        return bool(current_app.extensions["liaison_limiter"].limiter.hit(item, *what))
    except StorageError as error:  # Redis is away: the services' own delays still hold
        log.warning("rate limits are not counted", error=str(error.storage_error))
        return True


def limited(rule: str) -> Callable[[View], View]:
    """A further limit of one page, by address: for what a program would repeat and a person does not. RateLimited."""
    item = parse(rule)

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not _hit(item, "page", str(request.endpoint), context.address()):
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
