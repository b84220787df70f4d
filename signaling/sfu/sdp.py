"""Session descriptions (RFC 8866, RFC 8829): read what clients offer and answer, write what the worker says.

Only what a forwarding unit needs; whatever is malformed is an :class:`SdpError` with a sentence for the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from signaling.sfu.core import rtp

LARGEST = 256 * 1024  # octets
MOST_SECTIONS = 128
DISCARD = 9  # the port that says nothing
PROFILE = "UDP/TLS/RTP/SAVPF"
VIDEO_FEEDBACK = ("goog-remb", "ccm fir", "nack", "nack pli")
AUDIO_FEEDBACK = ("nack",)
VOICE_BITRATE = 24_000  # bit/s: full-band speech (RFC 7587 section 3.1.1); three voices must leave a thin link room for a picture
ICE_LINES = ("a=ice-lite", "a=ice-options:trickle ice2")  # RFC 8839 sections 5.3 and 5.6, RFC 8840 section 4.1
PUBLISHED_EXTENSIONS = (rtp.MID, rtp.RID, rtp.REPAIRED_RID, rtp.AUDIO_LEVEL)


class SdpError(ValueError):
    """The text is no session description that can be used."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One payload type of a section; ``name`` in lower case."""

    payload_type: int
    name: str
    clock_rate: int
    channels: int = 1
    parameters: str = ""
    feedback: tuple[str, ...] = ()

    @property
    def repairs(self) -> int | None:
        """The payload type that this RTX format repairs (RFC 4588)."""
        if self.name != "rtx":
            return None
        apt = [part[4:] for part in self.parameters.replace(" ", "").split(";") if part.startswith("apt=")]
        return int(apt[0]) if apt and apt[0].isdigit() else None

    @property
    def resends(self) -> bool:
        """Whether its sender sends lost packets again when asked."""
        return "nack" in self.feedback


@dataclass(slots=True)
class Section:
    """One media section."""

    kind: str
    port: int = 9
    mid: str = ""
    direction: str = "sendrecv"
    codecs: list[Codec] = field(default_factory=list)
    extensions: dict[str, int] = field(default_factory=dict)
    rids: list[str] = field(default_factory=list)
    ssrcs: list[int] = field(default_factory=list)
    repair_ssrcs: dict[int, int] = field(default_factory=dict)  # primary SSRC → RTX SSRC (FID groups)
    ufrag: str = ""
    password: str = ""
    fingerprints: list[tuple[str, str]] = field(default_factory=list)
    setup: str = ""
    reduced_rtcp: bool = False
    extmap_mixed: bool = False

    @property
    def sends(self) -> bool:
        return self.port != 0 and self.direction in ("sendonly", "sendrecv")

    @property
    def receives(self) -> bool:
        return self.port != 0 and self.direction in ("recvonly", "sendrecv")


@dataclass(slots=True)
class Description:
    """A whole session description; ``session`` is the o= line's session id."""

    session: str
    sections: list[Section]

    @property
    def transport(self) -> Section:
        """The section whose ICE and DTLS parameters count (everything is bundled)."""
        return next((s for s in self.sections if s.port and s.ufrag), self.sections[0])


# ---------------------------------------------------------------------- reading
def parse(text: str) -> Description:
    """Read a session description; raises SdpError."""
    if len(text) > LARGEST:
        raise SdpError("The description is too long.")
    lines = [line.rstrip("\r") for line in text.split("\n") if line.strip()]
    if not lines or lines[0] != "v=0":
        raise SdpError("A description begins with v=0.")
    session, current = "", Section("session")
    common, sections = current, []
    for line in lines:
        if line.startswith("o="):
            session = " ".join(line[2:].split(" ")[:2])
        elif line.startswith("m="):
            current = _media(line[2:], common)
            sections.append(current)
        elif line.startswith("a="):
            _attribute(current, line[2:])
    if not sections or len(sections) > MOST_SECTIONS:
        raise SdpError(f"A description has 1 to {MOST_SECTIONS} media sections.")
    _unique_mids(sections)
    return Description(session, sections)


def _unique_mids(sections: Sequence[Section]) -> None:
    for index, section in enumerate(sections):
        section.mid = section.mid or str(index)
    if len({section.mid for section in sections}) != len(sections):
        raise SdpError("Two sections have the same mid.")


def _media(text: str, common: Section) -> Section:
    parts = text.split(" ")
    port = _number(parts[1].split("/")[0], 65535) if len(parts) >= 4 else None
    if port is None:
        raise SdpError(f"This media line is broken: m={text[:80]}")
    section = replace(common, kind=parts[0], port=port)
    section.codecs = [Codec(found, "", 0) for found in (_number(f, 127) for f in parts[3:]) if found is not None]
    section.extensions, section.rids, section.ssrcs = dict(common.extensions), [], []
    section.repair_ssrcs, section.fingerprints = {}, list(common.fingerprints)
    return section


def _number(text: str, highest: int) -> int | None:
    """A number in plain digits (``str.isdigit`` takes others too, and ``int`` no long ones)."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        return None
    return int(text) if int(text) <= highest else None


def _attribute(section: Section, text: str) -> None:
    name, _, value = text.partition(":")
    try:
        if name in ("sendrecv", "sendonly", "recvonly", "inactive"):
            section.direction = name
        elif name == "mid":
            section.mid = _token(value, 16)
        elif name == "ice-ufrag":
            section.ufrag = value
        elif name == "ice-pwd":
            section.password = value
        elif name == "setup":
            section.setup = value
        elif name == "fingerprint":
            algorithm, _, digest = value.partition(" ")
            section.fingerprints.append((algorithm.lower(), digest.strip()))
        elif name == "bundle-only":
            section.port = section.port or DISCARD  # not refused: it has no port of its own (RFC 8843, section 6)
        elif name == "rtcp-rsize":
            section.reduced_rtcp = True
        elif name == "extmap-allow-mixed":
            section.extmap_mixed = True
        elif name == "extmap":
            number, _, uri = value.partition(" ")
            section.extensions[uri.split(" ")[0]] = int(number.split("/")[0])
        elif name == "rid":
            _rid(section, value)
        elif name in ("rtpmap", "fmtp", "rtcp-fb"):
            _codec(section, name, value)
        elif name in ("ssrc", "ssrc-group"):
            _ssrc(section, name, value)
    except (ValueError, IndexError):
        raise SdpError(f"This attribute is broken: a={text[:80]}") from None


def _token(value: str, longest: int) -> str:
    if not value or len(value) > longest or not all(c.isalnum() or c in "-_.~+" for c in value):
        raise ValueError(value)
    return value


def _rid(section: Section, value: str) -> None:
    name, direction = value.split(" ")[:2]
    if direction == "send" and len(section.rids) < 4:
        section.rids.append(_token(name, 16))


def _codec(section: Section, name: str, value: str) -> None:
    target, _, rest = value.partition(" ")
    for index, codec in enumerate(section.codecs):
        if target not in ("*", str(codec.payload_type)):
            continue
        if name == "rtpmap":
            parts = rest.split("/")
            channels = int(parts[2]) if len(parts) > 2 else 1
            codec = replace(codec, name=parts[0].lower(), clock_rate=int(parts[1]), channels=channels)
        elif name == "fmtp":
            codec = replace(codec, parameters=rest)
        else:
            codec = replace(codec, feedback=(*codec.feedback, rest))
        section.codecs[index] = codec


def _ssrc(section: Section, name: str, value: str) -> None:
    if name == "ssrc":
        ssrc = int(value.split(" ")[0])
        if ssrc not in section.ssrcs and len(section.ssrcs) < 16:
            section.ssrcs.append(ssrc)
    elif value.startswith("FID "):
        primary, repair = value.split(" ")[1:3]
        section.repair_ssrcs[int(primary)] = int(repair)


def choose(section: Section) -> tuple[Codec, Codec | None] | None:
    """The codec that is used for a section (Opus, VP8) and its RTX format; None: nothing in common."""
    wanted = {"audio": ("opus", 48000), "video": ("vp8", 90000)}.get(section.kind)
    main = next((c for c in section.codecs if (c.name, c.clock_rate) == wanted), None)
    if main is None:
        return None
    return main, next((c for c in section.codecs if c.repairs == main.payload_type), None)


# ---------------------------------------------------------------------- writing
@dataclass(frozen=True, slots=True)
class Local:
    """The worker's side of a connection's transport; candidates are the values of a=candidate lines."""

    ufrag: str
    password: str
    fingerprint: str
    candidates: tuple[str, ...]
    setup: str


@dataclass(frozen=True, slots=True)
class Sending:
    """What a sendonly section says about its outgoing stream."""

    mid: str
    kind: str  # audio, video
    codec: Codec
    rtx: Codec | None
    extensions: dict[str, int]
    ssrc: int
    rtx_ssrc: int


OFFERED_AUDIO = Codec(111, "opus", 48000, 2, "minptime=10;useinbandfec=1", AUDIO_FEEDBACK)
OFFERED_VIDEO = Codec(96, "vp8", 90000, 1, "", VIDEO_FEEDBACK)
OFFERED_RTX = Codec(97, "rtx", 90000, 1, "apt=96")


def candidate(index: int, host: str, port: int) -> str:
    """A host candidate; earlier ones have the higher priority (RFC 8445 section 5.1.2.1)."""
    priority = (126 << 24) + ((65535 - index) << 8) + 255
    return f"{index + 1} 1 udp {priority} {host} {port} typ host"


def head(session: str, version: int, mids: Iterable[str], mixed: bool = True) -> list[str]:
    """The lines before the first section."""
    lines = ["v=0", f"o=- {session} {version} IN IP4 127.0.0.1", "s=-", "t=0 0"]
    lines += [f"a=group:BUNDLE {' '.join(mids)}", *ICE_LINES, "a=msid-semantic: WMS *"]
    return lines + (["a=extmap-allow-mixed"] if mixed else [])


def _opening(kind: str, formats: Sequence[int], mid: str, local: Local, first: bool) -> list[str]:
    lines = [f"m={kind} 9 {PROFILE} {' '.join(map(str, formats))}", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0"]
    lines += [f"a=ice-ufrag:{local.ufrag}", f"a=ice-pwd:{local.password}"]
    lines += [f"a=fingerprint:sha-256 {local.fingerprint}", f"a=setup:{local.setup}", f"a=mid:{mid}"]
    if first:
        lines += [f"a=candidate:{value}" for value in local.candidates] + ["a=end-of-candidates"]
    return [*lines, "a=rtcp-mux", "a=rtcp-mux-only", "a=rtcp-rsize"]


def _format(codec: Codec, name: str, feedback: Sequence[str]) -> list[str]:
    channels = f"/{codec.channels}" if codec.channels > 1 else ""
    lines = [f"a=rtpmap:{codec.payload_type} {name}/{codec.clock_rate}{channels}"]
    lines += [f"a=rtcp-fb:{codec.payload_type} {item}" for item in feedback]
    return lines + ([f"a=fmtp:{codec.payload_type} {codec.parameters}"] if codec.parameters else [])


def _formats(codec: Codec, rtx: Codec | None) -> list[str]:
    names = {"opus": "opus", "vp8": "VP8"}
    known = AUDIO_FEEDBACK if codec.name == "opus" else VIDEO_FEEDBACK
    feedback = [item for item in known if item in codec.feedback]
    lines = _format(codec, names[codec.name], feedback)
    return lines + (_format(rtx, "rtx", ()) if rtx else [])


def rejected(section: Section) -> list[str]:
    """A section that is not used."""
    formats = " ".join(str(c.payload_type) for c in section.codecs) or "0"
    protocol = PROFILE if section.kind in ("audio", "video") else "UDP/DTLS/SCTP"
    if section.kind == "application":
        formats = "webrtc-datachannel"
    return [f"m={section.kind} 0 {protocol} {formats}", "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}", "a=inactive"]


def receiving(section: Section, local: Local, first: bool) -> list[str]:
    """The answer to a section in which the client publishes (or has stopped to)."""
    chosen = choose(section)
    assert chosen is not None
    codec, rtx = chosen
    if codec.name == "opus":
        ours = {"useinbandfec": 1, "usedtx": 1, "maxaveragebitrate": VOICE_BITRATE}
        wished = [p for p in codec.parameters.split(";") if p and p.split("=")[0] not in ours]
        codec = replace(codec, parameters=";".join([*wished, *(f"{name}={value}" for name, value in ours.items())]))
    formats = [codec.payload_type] + ([rtx.payload_type] if rtx else [])
    lines = _opening(section.kind, formats, section.mid, local, first)
    lines.append("a=recvonly" if section.sends else "a=inactive")
    lines += [f"a=extmap:{section.extensions[u]} {u}" for u in PUBLISHED_EXTENSIONS if u in section.extensions]
    lines += _formats(codec, rtx)
    if section.rids and section.sends:
        lines += [f"a=rid:{rid} recv" for rid in section.rids]
        lines.append("a=simulcast:recv " + ";".join(section.rids))
    return lines


def sending(out: Sending, local: Local, first: bool, active: bool = True) -> list[str]:
    """A section in which the worker sends one slot."""
    formats = [out.codec.payload_type] + ([out.rtx.payload_type] if out.rtx else [])
    lines = _opening(out.kind, formats, out.mid, local, first)
    lines += ["a=sendonly" if active else "a=inactive", f"a=msid:slot-{out.mid} {out.mid}"]
    lines += [f"a=extmap:{number} {uri}" for uri, number in out.extensions.items()]
    lines += _formats(out.codec, out.rtx)
    if out.rtx_ssrc:
        lines.append(f"a=ssrc-group:FID {out.ssrc} {out.rtx_ssrc}")
    lines += [f"a=ssrc:{ssrc} cname:slot-{out.mid}" for ssrc in (out.ssrc, out.rtx_ssrc) if ssrc]
    return lines


def join(lines: Iterable[str]) -> str:
    """The text, lines ended as RFC 8866 wants."""
    return "\r\n".join(lines) + "\r\n"
