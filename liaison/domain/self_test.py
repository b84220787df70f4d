"""What a computer found when it tried itself out: what that means, in points of a hundred and in findings to act on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

WHOLE = 100
GOOD, USABLE = 80, 50
"""From so many points on."""
QUIET_LEVEL, SILENT_LEVEL = 0.25, 0.02
"""Of a microphone, on the scale of the page's meter: 0 at -60 dB below full scale, 1 at -10 dB."""


class Verdict(StrEnum):
    GOOD = "good"
    USABLE = "usable"
    TROUBLE = "trouble"


class Device(StrEnum):
    """How the browser answered when it was asked for a camera or a microphone."""

    OK = "ok"
    DENIED = "denied"
    NONE = "none"
    BUSY = "busy"
    INSECURE = "insecure"
    UNKNOWN = "unknown"


class Heard(StrEnum):
    """Whether the person in front of it has heard the loudspeaker."""

    YES = "yes"
    NO = "no"
    UNSURE = "unsure"


class Echo(StrEnum):
    """How much of the loudspeaker is left in the microphone once the browser has taken it out."""

    NONE = "none"
    WEAK = "weak"
    STRONG = "strong"
    UNKNOWN = "unknown"


class Way(StrEnum):
    """How packets reach the media engine."""

    UDP = "udp"
    TURN_UDP = "turn-udp"
    TURN_TCP = "turn-tcp"
    TURN_TLS = "turn-tls"


@dataclass(frozen=True)
class Camera:
    state: Device
    width: int = 0
    height: int = 0
    fps: float = 0.0
    black: bool = False


@dataclass(frozen=True)
class Microphone:
    """``level`` is the loudest that was heard, 0…1."""

    state: Device
    level: float = 0.0


@dataclass(frozen=True)
class Loudspeaker:
    """``picked_up``: a microphone that nothing was taken out of has heard the tones."""

    heard: Heard = Heard.UNSURE
    picked_up: bool = False
    echo: Echo = Echo.UNKNOWN


@dataclass(frozen=True)
class TriedWay:
    way: Way
    works: bool
    took_ms: int = 0


@dataclass(frozen=True)
class Direction:
    """``bitrate`` in bit/s, ``loss`` 0…1."""

    bitrate: int
    loss: float = 0.0
    jitter_ms: float = 0.0


@dataclass(frozen=True)
class Loop:
    """The way to the media engine and back."""

    up: Direction
    down: Direction
    rtt_ms: float = 0.0


@dataclass(frozen=True)
class Measured:
    """Everything that was found. ``loop`` is None when nothing came back."""

    supported: bool
    secure: bool
    camera: Camera
    microphone: Microphone
    loudspeaker: Loudspeaker
    ways: tuple[TriedWay, ...] = ()
    loop: Loop | None = None


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be. ``cost`` in points; ``fatal``: nobody can take part like this."""

    code: str
    cost: int
    fatal: bool = False


@dataclass(frozen=True)
class Result:
    score: int
    verdict: Verdict
    findings: tuple[Finding, ...] = field(default_factory=tuple)


def judge(found: Measured) -> Result:
    """The whole, the gravest finding first."""
    findings = sorted((*_browser(found), *_camera(found.camera), *_microphone(found.microphone), *_loudspeaker(found.loudspeaker),
                       *_network(found)), key=lambda one: (not one.fatal, -one.cost))
    score = max(0, WHOLE - sum(one.cost for one in findings))
    return Result(score, _verdict(score, findings), tuple(findings))


def _verdict(score: int, findings: Iterable[Finding]) -> Verdict:
    if score < USABLE or any(one.fatal for one in findings):
        return Verdict.TROUBLE
    return Verdict.GOOD if score >= GOOD else Verdict.USABLE


def _browser(found: Measured) -> Iterator[Finding]:
    if not found.supported:
        yield Finding("browser_old", 100, fatal=True)
    elif not found.secure:
        yield Finding("browser_insecure", 100, fatal=True)


def _camera(camera: Camera) -> Iterator[Finding]:
    """Without a picture one still hears and is heard."""
    if camera.state is not Device.OK:
        yield Finding(f"camera_{camera.state}", 30)
    elif camera.black:
        yield Finding("camera_black", 25)
    elif camera.height < 360:
        yield Finding("camera_small", 8)
    elif camera.fps < 12:
        yield Finding("camera_slow", 8)


def _microphone(microphone: Microphone) -> Iterator[Finding]:
    if microphone.state is not Device.OK:
        yield Finding(f"microphone_{microphone.state}", 55, fatal=True)
    elif microphone.level < SILENT_LEVEL:
        yield Finding("microphone_silent", 55, fatal=True)
    elif microphone.level < QUIET_LEVEL:
        yield Finding("microphone_quiet", 20)


def _loudspeaker(speaker: Loudspeaker) -> Iterator[Finding]:
    if speaker.heard is Heard.NO:
        yield Finding("speaker_silent", 40)
    elif speaker.heard is Heard.UNSURE and not speaker.picked_up:
        yield Finding("speaker_unsure", 5)
    if speaker.echo is Echo.STRONG:
        yield Finding("echo_strong", 25)
    elif speaker.echo is Echo.WEAK:
        yield Finding("echo_weak", 5)


def _network(found: Measured) -> Iterator[Finding]:
    working = {tried.way for tried in found.ways if tried.works}
    if not working and found.loop is None:
        yield Finding("unreachable", 100, fatal=True)
        return
    if Way.UDP not in working:
        yield Finding("udp_blocked", 15) if Way.TURN_UDP in working else Finding("tcp_only", 25)
    if found.loop is None:
        yield Finding("no_loop", 60, fatal=True)
    else:
        yield from _loop(found.loop)


STEPS: dict[str, tuple[tuple[float, int, str], ...]] = {
    "bitrate": ((150_000, 45, "tiny"), (500_000, 25, "narrow"), (1_000_000, 8, "tight")),
    "loss": ((0.10, 45, "loss_heavy"), (0.03, 25, "loss"), (0.01, 8, "loss_some")),
    "jitter_ms": ((100, 20, "jitter"), (40, 8, "jitter_some")),
    "rtt_ms": ((800, 20, "far"), (400, 8, "far_some")),
}
"""Of each figure, from the gravest: its bound, the points that it costs, the finding's name."""


def _loop(loop: Loop) -> Iterator[Finding]:
    for name, way in (("up", loop.up), ("down", loop.down)):
        yield from _below(f"{name}_", "bitrate", way.bitrate)
        yield from _above(f"{name}_", "loss", way.loss)
        yield from _above(f"{name}_", "jitter_ms", way.jitter_ms)
    yield from _above("", "rtt_ms", loop.rtt_ms)


def _below(prefix: str, figure: str, value: float) -> Iterator[Finding]:
    found = next((step for step in STEPS[figure] if value < step[0]), None)
    if found is not None:
        yield Finding(prefix + found[2], found[1])


def _above(prefix: str, figure: str, value: float) -> Iterator[Finding]:
    found = next((step for step in STEPS[figure] if value >= step[0]), None)
    if found is not None:
        yield Finding(prefix + found[2], found[1])


def _codes() -> frozenset[str]:
    devices = {f"{kind}_{state}" for kind in ("camera", "microphone") for state in Device if state is not Device.OK}
    steps = {(way if figure != "rtt_ms" else "") + step[2] for figure, rows in STEPS.items() for step in rows for way in ("up_", "down_")}
    return frozenset(devices | steps | {
        "browser_old", "browser_insecure", "camera_black", "camera_small", "camera_slow", "microphone_silent", "microphone_quiet",
        "speaker_silent", "speaker_unsure", "echo_strong", "echo_weak", "unreachable", "udp_blocked", "tcp_only", "no_loop"})


CODES = _codes()
"""Every finding that there is: each has its advice in words (web/self_test_words.py)."""
