"""Who writes the letters."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import urlsplit

from ..config import Settings
from ..network import Network


@dataclass(frozen=True)
class Sender:
    """Who writes: the network, under one address that never changes (it is the ORGANIZER of every session)."""

    network: Network
    base_url: str
    mail_from: str

    @property
    def host(self) -> str:
        """The domain of Message-IDs and calendar UIDs."""
        return urlsplit(self.base_url).hostname or "localhost"

    def mailbox(self, language: str) -> tuple[str, str]:
        """Name and address."""
        name, address = parseaddr(self.mail_from)
        return name or self.network.text(self.network.name, language), address or f"liaison@{self.host}"


def sender_of(settings: Settings, network: Network) -> Sender:
    return Sender(network, settings.base_url, settings.mail_from)
