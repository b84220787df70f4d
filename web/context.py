"""What every page and API route may ask about the request: the house, who asks, in which language, on what clock."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from flask import Flask, current_app, g, has_request_context, request
from flask_babel import format_decimal
from flask_babel import gettext as _
from flask_login import current_user

from liaison import i18n
from liaison.domain.actor import ANONYMOUS, Actor
from liaison.house import House
from liaison.services import settings as choices
from liaison.services import tokens

from . import security

LANGUAGE_COOKIE = "lang"


def house() -> House:
    """The house this application serves."""
    return cast(House, current_app.extensions["liaison_house"])


def engine() -> Any:
    """The media engine, or None where web runs without one."""
    return current_app.extensions["liaison_engine"]


def bearer() -> str | None:
    """The token of an ``Authorization: Bearer`` header (RFC 6750, section 2.1)."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def current_actor() -> Actor:
    """Who asks: the bearer of an API token (Unauthenticated when it is not in force), else whoever signed in here.

    A request that carries a bearer token is never taken for the cookie's account: that is what makes it safe without CSRF.
    """
    if "actor" not in g:
        secret = bearer()
        g.actor = tokens.actor_for_token(house(), secret, address()) if secret is not None else _signed_in()
    return cast(Actor, g.actor)


def _signed_in() -> Actor:
    return cast(Actor, current_user.actor) if current_user.is_authenticated else Actor(address=address())


def address() -> str:
    """The asker's address, as the trusted proxies tell it."""
    return request.remote_addr or ""


def language() -> str:
    """The reader's language: the account's, the cookie's, the browser's, the network's first."""
    if not has_request_context():
        return house().network.languages[0]
    if "language" not in g:
        g.language = i18n.choose_language(
            known_languages(), current_user.actor.language if current_user.is_authenticated else None,
            request.cookies.get(LANGUAGE_COOKIE), request.accept_languages.best_match(house().network.languages))
    return cast(str, g.language)


def known_languages() -> tuple[str, ...]:
    """The network's languages, the default language of the settings page first."""
    first = setting("default_language")
    rest = tuple(code for code in house().network.languages if code != first)
    return (first, *rest)


def setting(key: str) -> Any:
    """One choice of the settings page, read once a request."""
    if "settings" not in g:
        g.settings = choices.get_settings(house())
    return g.settings[key]


def text(texts: dict[str, str] | None) -> str:
    """A text by language, in the reader's."""
    return house().network.text(texts, language())


def local_time(value: datetime) -> str:
    """``10:00`` in the network's zone."""
    return i18n.format_time(value, language(), house().network.zone)


def local_date(value: datetime | date, style: str = "long") -> str:
    """``1 March 2027`` in the network's zone and the reader's language."""
    return i18n.format_date(value, language(), house().network.zone, style)


def local_datetime(value: datetime, style: str = "long") -> str:
    """``1 March 2027, 10:00``."""
    return i18n.format_datetime(value, language(), house().network.zone, style)


def date_range(start: datetime, end: datetime, style: str = "long") -> str:
    """``1 March 2027, 10:00–11:00``."""
    return i18n.format_period(start, end, language(), house().network.zone, style)


def duration(minutes: int) -> str:
    """``1:30``: hours and minutes, the same in every language."""
    return f"{minutes // 60}:{minutes % 60:02d}"


def file_size(size: int) -> str:
    """``340 KB``, ``1.2 MB``, as people say it."""
    if size < 1_000_000:
        return _("%(number)s KB", number=format_decimal(max(1, round(size / 1000))))
    return _("%(number)s MB", number=format_decimal(round(size / 1_000_000, 1)))


def telephone_link(number: str) -> str:
    """The number as a ``tel:`` address (RFC 3966): digits and a leading plus."""
    return "tel:" + "".join(sign for sign in number if sign.isdigit() or sign == "+")


def _for_templates() -> dict[str, Any]:
    """Names that every template may use."""
    return {
        "actor": _template_actor(), "language": language(), "languages": house().network.languages,
        "network_name": text(house().network.name), "help_desk_phone": setting("help_desk_phone"),
        "csp_nonce": security.nonce, "time_zone": house().network.timezone,
    }


def _template_actor() -> Actor:
    """The actor for the page's frame; an error page about a bad token is shown to nobody in particular."""
    return cast(Actor, g.get("actor")) or (ANONYMOUS if bearer() is not None else current_actor())


def init_context(app: Flask) -> None:
    """Filters and names for templates."""
    app.context_processor(_for_templates)
    app.jinja_env.filters.update(
        text=text, localtime=local_time, localdate=local_date, localdatetime=local_datetime, daterange=date_range,
        duration=duration, tel=telephone_link, file_size=file_size)
