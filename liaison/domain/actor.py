"""Who asks. Every service takes an ``Actor`` and checks it; no service trusts its caller to have checked."""

from __future__ import annotations

from dataclasses import dataclass, field

from .errors import Forbidden, Unauthenticated
from .words import AccountRole


@dataclass(frozen=True)
class Actor:
    """An account (or nobody, or the system) at work. ``points`` are the ids of the points it acts for."""

    user_id: str | None = None
    name: str = ""
    role: AccountRole | None = None
    points: frozenset[str] = field(default_factory=frozenset)
    language: str = ""
    address: str = ""
    system: bool = False
    on_behalf_of: str | None = None  # the id of the chief in whose name a deputy acts
    principal: str = ""  # that chief's name

    @property
    def shown(self) -> str:
        """For the audit log: both names where one acts for another."""
        return f"{self.name} / {self.principal}" if self.principal else self.name

    @property
    def signed_in(self) -> bool:
        return self.user_id is not None or self.system

    @property
    def plans(self) -> bool:
        """May book, change and cancel sessions."""
        return self.system or self.role in (AccountRole.ORGANISER, AccountRole.ADMINISTRATOR)

    @property
    def administers(self) -> bool:
        return self.system or self.role is AccountRole.ADMINISTRATOR

    @property
    def assists(self) -> bool:
        """May look after people and points: help desk."""
        return self.administers or self.role is AccountRole.OPERATOR

    @property
    def sees_all(self) -> bool:
        """May see every session and attendance sheet."""
        return self.plans or self.assists


ANONYMOUS = Actor()
SYSTEM = Actor(name="liaison", system=True)


def require(allowed: bool, actor: Actor) -> None:
    """Raise Unauthenticated or Forbidden unless ``allowed``."""
    if not allowed:
        raise Forbidden() if actor.signed_in else Unauthenticated()
