"""What ``doctor`` tries at the TURN servers: an allocation with real credentials on every way, and which peers are let through."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from ..turn import TurnAddress
from . import doctor_network
from .join import turn_credentials

LIFETIME = timedelta(minutes=5)
UNAUTHORIZED, FORBIDDEN, QUOTA_REACHED, NO_CAPACITY = 401, 403, 486, 508  # RFC 8489, section 14.8; RFC 8656, section 19
FIRST_CHANNEL, LAST_CHANNEL = 0x4000, 0x4FFF
STRANGER = ("198.51.100.1", 9)  # a documentation address (RFC 5737): nobody's media server
SECRET = "Give the TURN server the same static-auth-secret (LIAISON_TURN_SECRET) and keep both machines' clocks right."
TRUST = "Give the TURN server a certificate for this name that the offices' PCs trust, with its whole chain (cert, pkey)."
REACH = "Check LIAISON_TURN_URL, that the TURN server runs, and the firewall between."


@dataclass(frozen=True)
class Tried:
    """What came of one way: ``problem`` and ``remedy`` are empty when it works."""

    problem: str = ""
    remedy: str = ""
    relayed: str = ""
    reached: tuple[str, ...] = ()  # media addresses that the server relays to
    refused: tuple[str, ...] = ()  # and those that it does not
    relays_to_anybody: bool = False


def try_turn(address: TurnAddress, secret: str, media: list[tuple[str, int]], now: datetime) -> Tried:
    """Ask for an allocation as a page's browser would, and for the way on to the media workers; nothing is sent to anybody."""
    try:
        return asyncio.run(asyncio.wait_for(_try(address, turn_credentials(secret, "doctor", now + LIFETIME), media),
                                            doctor_network.TIMEOUT_S))
    except TimeoutError:
        return Tried(f"does not answer in {doctor_network.TIMEOUT_S:.0f} s", REACH)
    except ssl.SSLError as error:
        return Tried(f"its certificate is not accepted: {error.reason or error}", TRUST)
    except (OSError, ValueError) as error:
        return Tried(f"cannot be reached: {error}", REACH)


async def _try(address: TurnAddress, credentials: tuple[str, str], media: list[tuple[str, int]]) -> Tried:
    from aioice import stun

    client = await _connect(address, credentials)
    try:
        relayed = (await client.connect())[0]
        peers = [peer for peer in media if ip_address(peer[0]).version == ip_address(relayed).version]
        answers = {peer[0]: await _relays_to(client, channel, peer) for channel, peer in enumerate(peers, FIRST_CHANNEL)}
        anybody = await _relays_to(client, LAST_CHANNEL, STRANGER)
        await client.delete()
    except stun.TransactionFailed as error:
        return _refusal(error.response.error_code, str(error))
    except stun.TransactionError as error:
        return Tried(str(error), REACH)
    finally:
        client.transport.close()
    reached, refused = (tuple(host for host, may in answers.items() if may is wanted) for wanted in (True, False))
    return Tried(relayed=relayed, reached=reached, refused=refused, relays_to_anybody=anybody)


async def _connect(address: TurnAddress, credentials: tuple[str, str]) -> Any:
    from aioice import turn

    loop, server = asyncio.get_running_loop(), (address.host, address.port)
    username, password = credentials
    chosen: dict[str, Any] = {"server": server, "username": username, "password": password, "lifetime": 60, "channel_refresh_time": 60}
    if address.transport == "udp":
        return (await loop.create_datagram_endpoint(lambda: turn.TurnClientUdpProtocol(**chosen), remote_addr=server))[1]
    tls = ssl.create_default_context() if address.tls else None
    return (await loop.create_connection(lambda: turn.TurnClientTcpProtocol(**chosen), *server, ssl=tls))[1]


async def _relays_to(client: Any, channel: int, peer: tuple[str, int]) -> bool:
    """Whether the server would relay to the peer; a channel (RFC 8656, section 12) carries nothing until something is sent."""
    from aioice import stun

    try:
        await client.channel_bind(channel, peer)
    except stun.TransactionFailed as error:
        if error.response.error_code == FORBIDDEN:
            return False
        raise
    return True


def _refusal(code: int | None, words: str) -> Tried:
    if code == UNAUTHORIZED:
        return Tried("refuses the credentials made from LIAISON_TURN_SECRET", SECRET)
    if code in (QUOTA_REACHED, NO_CAPACITY):
        return Tried("is full", "Raise total-quota and the range of relay ports (min-port, max-port) in turnserver.conf.")
    return Tried(words, "Look at the TURN server's log.")
