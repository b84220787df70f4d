"""SDP fragments of trickle ICE (RFC 8840 section 9, RFC 9725 section 4.3): what a client adds to its description, and our answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signaling.sfu import sdp

LEAST_CANDIDATE_FIELDS = 8  # foundation, component, transport, priority, address, port, "typ", type


@dataclass(frozen=True, slots=True)
class Fragment:
    """What a client sent; empty where it left something out."""

    ufrag: str = ""
    password: str = ""
    media: str = ""  # its first m= line


def read(text: str) -> Fragment:
    """Candidates are looked at and forgotten: this side never sends checks. Raises SdpError."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if len(text) > sdp.LARGEST or not any(line.startswith("a=") for line in lines):
        raise sdp.SdpError("This is not an SDP fragment.")
    for line in lines:
        if line.startswith("a=candidate:") and len(line.split()) < LEAST_CANDIDATE_FIELDS:
            raise sdp.SdpError("A candidate is broken.")
    return Fragment(_value(lines, "a=ice-ufrag:"), _value(lines, "a=ice-pwd:"), _value(lines, "m="))


def _value(lines: Sequence[str], name: str) -> str:
    """The first of the name: everything is bundled into one transport."""
    return next((line[len(name) :] for line in lines if line.startswith(name)), "")


def write(local: sdp.Local, mids: Sequence[str], media: str) -> str:
    """Our side of a restarted ICE session, in the form of RFC 9725's example."""
    lines = [*sdp.ICE_LINES, f"a=group:BUNDLE {' '.join(mids)}", f"m={media}", f"a=mid:{mids[0]}"]
    lines += [f"a=ice-ufrag:{local.ufrag}", f"a=ice-pwd:{local.password}"]
    return sdp.join([*lines, *(f"a=candidate:{value}" for value in local.candidates), "a=end-of-candidates"])
