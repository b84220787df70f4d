"""What the frame of every page needs: network name, help desk, languages, navigation by role."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from babel import Locale
from flask import current_app, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from liaison.domain.actor import Actor
from liaison.domain.words import AccountRole
from liaison.services.disk import disk_warning

from .context import house


@dataclass(frozen=True)
class NavItem:
    """One link of the header: shown to ``roles`` ("" is the visitor) when the application serves ``path``.

    It is marked on its own pages and on those below ``also``.
    """

    path: str
    icon: str
    label: Any
    roles: frozenset[str]
    also: tuple[str, ...] = ()

    def holds(self, here: str) -> bool:
        return any(here == path or here.startswith(path + "/") for path in (self.path, *self.also))


def _roles(text: str) -> frozenset[str]:
    return frozenset("" if role == "visitor" else role for role in text.split())


OFFICE = "administrator organiser operator officer interpreter"
NAVIGATION = (
    NavItem("/today", "house-door", _l("Today"), _roles("officer interpreter")),
    NavItem("/desk", "house-door", _l("Today"), _roles("administrator organiser operator")),
    NavItem("/calendar", "calendar-week", _l("Calendar"), _roles(OFFICE)),
    NavItem("/find-time", "search", _l("Find a time"), _roles("administrator organiser")),
    NavItem("/sessions", "list-ul", _l("Sessions"), _roles(OFFICE)),
    NavItem("/requests", "inbox", _l("Requests"), _roles("administrator organiser")),
    NavItem("/network", "map", _l("Network"), _roles(OFFICE), ("/connections",)),
    NavItem("/public", "broadcast", _l("Public sessions"), _roles("visitor officer interpreter organiser")),
)
ADMINISTRATION = (
    NavItem("/admin/people", "people", _l("People"), _roles("administrator operator")),
    NavItem("/admin/groups", "collection", _l("Groups of points"), _roles("administrator organiser")),
    NavItem("/admin/points", "geo-alt", _l("Points"), _roles("administrator operator")),
    NavItem("/admin/closures", "calendar-x", _l("Closed periods"), _roles("administrator")),
    NavItem("/admin/maintenance", "tools", _l("Maintenance"), _roles("administrator operator")),
    NavItem("/admin/tables", "filetype-csv", _l("Tables"), _roles("administrator operator")),
    NavItem("/admin/texts", "chat-left-text", _l("Message texts"), _roles("administrator")),
    NavItem("/admin/outbox", "envelope", _l("Mail"), _roles("administrator operator")),
    NavItem("/admin/replies", "mailbox", _l("Answers by mail"), _roles("administrator operator")),
    NavItem("/admin/settings", "gear", _l("Settings"), _roles("administrator")),
    NavItem("/admin/privacy", "person-lines-fill", _l("Personal data"), _roles("administrator")),
    NavItem("/admin/audit", "journal-text", _l("Audit log"), _roles("administrator")),
)
"""What stands behind one entry of the header, at its end: see ``administration``."""


def endonym(code: str) -> str:
    """A language's name in itself, e.g. ``Кыргызча``."""
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]


@lru_cache(maxsize=8)
def language_choices(codes: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """``(code, full name, three letters)`` for each language of the network."""
    return tuple((code, endonym(code), endonym(code)[:3]) for code in codes)


def served(path: str) -> bool:
    """Asked for each entry of each page's menu: the application's addresses, once it serves, stay what they are."""
    known = current_app.extensions
    if "liaison_addresses" not in known:
        known["liaison_addresses"] = frozenset(rule.rule.rstrip("/") for rule in current_app.url_map.iter_rules())
    return path in known["liaison_addresses"]


def navigation(actor: Actor) -> list[dict[str, Any]]:
    """The links of this reader's header, the present one marked."""
    return _links(NAVIGATION, actor)


def administration(actor: Actor) -> list[dict[str, Any]]:
    """The links behind the entry "Administration"; none for most readers."""
    return _links(ADMINISTRATION, actor)


def _links(items: tuple[NavItem, ...], actor: Actor) -> list[dict[str, Any]]:
    role = actor.role.value if actor.role else ""
    here = request.path.rstrip("/")
    return [{"url": item.path, "icon": item.icon, "label": item.label, "current": item.holds(here)}
            for item in items if role in item.roles and served(item.path)]


SHORTCUTS = (("d", "/desk"), ("d", "/today"), ("c", "/calendar"), ("s", "/sessions"), ("b", "/board"), ("f", "/find-time"),
             ("n", "/network"), ("r", "/requests"), ("k", "/connections"))
"""Pages of the main menu reached by ``g`` and a letter."""


def shortcuts(actor: Actor) -> list[dict[str, Any]]:
    """What keys do on every page: those of the pages that this reader's menu shows, and a new session for who may book."""
    shown = {link["url"]: str(link["label"]) for link in navigation(actor)}
    found = [{"keys": ["g", key], "url": path, "label": shown[path]} for key, path in SHORTCUTS if path in shown]
    if actor.plans:
        found.append({"keys": ["n"], "url": "/sessions/new", "label": gettext("New session")})
    return found


def layout() -> dict[str, Any]:
    """Names for ``base.html``: the header's links, the languages to choose from, where to come back to."""
    return {"disk_warning": lambda: disk_warning(house()), "navigation": navigation, "shortcuts": shortcuts,
            "administration": administration,
            "language_choices": language_choices(house().network.languages),
            "here": request.full_path.rstrip("?") if request.method == "GET" else "/"}


def start_page(actor: Actor) -> str:
    """Where this reader's work begins."""
    if not actor.signed_in:
        return "/public"
    if actor.role in (AccountRole.OFFICER, AccountRole.INTERPRETER):
        return "/today"
    return "/desk"
