"""What a media worker knows: rooms, connections, sources with their layers, slots; and the hub that holds them all."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from signaling.engine import PeerDesired, RoomDesired, SlotKind, SourceKind
from signaling.sfu import sdp
from signaling.sfu.core.bandwidth import Budget, Repairs, Waiting
from signaling.sfu.core.interface import Core, SlotSpec
from signaling.sfu.core.loss import LossTracker
from signaling.sfu.core.meter import Meter
from signaling.sfu.core.selection import steady
from signaling.sfu.core.speakers import SpeakerDetector
from signaling.sfu.core.uplink import Uplink
from signaling.sfu.dtls import Certificate, DtlsSession
from signaling.sfu.ice import Credentials

if TYPE_CHECKING:
    from signaling.sfu.tapping import Tap

LAYER_SILENT_SECONDS = 1.5  # a simulcast layer that sends nothing for so long is passed over
SOURCE_SILENT_SECONDS = 3.0
SHARE_STEPS = 6  # half seconds over which the temporal layers' shares are smoothed
LEAST_SHARE = 0.03  # a temporal layer with less of the whole is none


@dataclass(eq=False, slots=True)
class Layer:
    """One incoming SSRC of a source, and what RTCP needs to know of it."""

    handle: int
    rid: str
    ssrc: int
    source: Source
    learned_at: float
    losses: LossTracker = field(default_factory=LossTracker)
    slots: set[OutSlot] = field(default_factory=set)  # those that carry it now
    taps: list[Tap] = field(default_factory=list)  # those that read it
    last_at: float = 0.0
    height: int = 0
    bitrate: int = 0
    rates: tuple[int, ...] = ()  # bit/s up to each temporal layer, steady figures for budgets
    temporal: tuple[int, ...] = (0,) * 4  # octets of each temporal layer at the last measurement
    shares: list[float] = field(default_factory=lambda: [0.0] * 4)  # how they share what is sent, smoothed
    resumed_at: float = -1e9  # when its sender was last asked to go on with it
    asked_key_at: float = -1e9
    key_wanted: bool = False
    report: tuple[int, int] | None = None  # (NTP time, RTP timestamp) of the last sender report
    report_at: float = 0.0
    reported: tuple[int, int] = (0, 0)  # (expected, received) at our last receiver report
    repaired: int = 0  # packets that came only when asked for again
    octets: int = 0
    meter: Meter = field(default_factory=Meter)
    jitter: int = 0  # RTP timestamp units
    asked_again: int = 0  # packets that we asked the publisher for once more
    keys_asked: int = 0

    def active(self, now: float, silence: float = LAYER_SILENT_SECONDS) -> bool:
        """Whether packets arrive, or are about to."""
        return now - max(self.last_at, self.learned_at, self.resumed_at) < silence

    def measure(self, octets: tuple[int, ...], now: float) -> None:
        """Half a second has passed; ``octets`` of each temporal layer so far."""
        for number, (before, sent) in enumerate(zip(self.temporal, octets, strict=True)):
            self.shares[number] += (max(0, sent - before) - self.shares[number]) / SHARE_STEPS
        self.temporal = octets
        if not self.active(now) or not self.bitrate:
            return
        whole = sum(self.shares)
        highest = max((n for n, share in enumerate(self.shares) if share > whole * LEAST_SHARE), default=0)
        sums = [sum(self.shares[: number + 1]) / whole for number in range(highest)]
        self.rates = steady(self.rates, (*(round(self.bitrate * part) for part in sums), self.bitrate))

    @property
    def flows(self) -> bool:
        """Whether something has arrived since its sender was asked to go on."""
        return self.last_at > self.resumed_at or self.learned_at > self.resumed_at


@dataclass(eq=False, slots=True)
class Source:
    """A section in which a peer publishes; its layers are learnt from what arrives."""

    id: str
    peer: str
    kind: SourceKind
    connection: Connection
    mid: str
    codec: sdp.Codec
    rtx: sdp.Codec | None
    extensions: dict[str, int]
    rids: tuple[str, ...]
    ssrcs: tuple[int, ...]
    repairs: dict[int, int]
    number: int
    layers: dict[str, Layer] = field(default_factory=dict)
    wanted_at: dict[str, float] = field(default_factory=dict)  # RID → when a slot wanted it last
    told: tuple[str, ...] | None = None  # the layers that its sender was told to send; None: nothing yet, it sends all

    @property
    def pausable(self) -> bool:
        """Whether its sender can be told what to send: a page, but no encoder."""
        return self.connection.name == "publish"

    def paused(self, rid: str) -> bool:
        """Whether the layer rests because we said so."""
        return self.told is not None and rid not in self.told

    @property
    def video(self) -> bool:
        return self.kind != "microphone"

    def ordered(self) -> list[Layer]:
        """The layers from small to large."""
        names = {rid: index for index, rid in enumerate(self.rids)}
        found = sorted(self.layers.values(), key=lambda layer: names.get(layer.rid, 0))
        if all(layer.height for layer in found):
            found.sort(key=lambda layer: layer.height)
        return found

    def active(self, now: float) -> bool:
        """Whether it sends, or rests only because nobody looks."""
        return self.told == () or any(layer.active(now, SOURCE_SILENT_SECONDS) for layer in self.layers.values())


@dataclass(eq=False, slots=True)
class OutSlot:
    """A slot of a receiving connection: what it shall carry, and what it does carry."""

    mid: str
    kind: SlotKind
    connection: Connection
    spec: SlotSpec
    handle: int = 0  # 0: not negotiated yet
    wanted: str | None = None
    height: int = 180
    told: bool = False  # the viewer has said what it wants here
    source: Source | None = None
    layer: Layer | None = None
    pending: Layer | None = None
    temporal: int | None = None  # the highest temporal layer that shall pass; None: all
    announced: dict[str, Any] | None = None  # what the viewer was told last
    meter: Meter = field(default_factory=Meter)
    heard: tuple[int, int, int] = (0, 0, 0)  # the viewer's last report: highest sequence number, lost, jitter
    asked_again: int = 0  # packets that the viewer asked for once more
    keys_asked: int = 0
    heard_at: float | None = None

    @property
    def rate(self) -> int:
        """Bit/s of pictures that go out in it."""
        rates = self.layer.rates if self.layer is not None and self.layer.source.video else ()
        return rates[-1 if self.temporal is None else min(self.temporal, len(rates) - 1)] if rates else 0


@dataclass(eq=False, slots=True)
class Connection:
    """One transport of a peer."""

    handle: int
    room: Room
    peer: str
    name: str
    made_at: float
    rtcp_ssrc: int
    credentials: dict[str, Credentials] = field(default_factory=dict)
    local: Credentials = field(default_factory=Credentials.new)
    remote_ufrag: str = ""
    session: str = ""
    version: int = 1
    setup: str = "passive"
    fingerprints: list[tuple[str, str]] = field(default_factory=list)
    dtls: DtlsSession | None = None
    handshake: asyncio.Task[None] | None = None
    early: list[bytes] = field(default_factory=list)  # DTLS records that came before the description that they need
    address: bytes = b""
    up: bool = False
    closed: bool = False
    lost: bool = False
    checked_at: float = 0.0  # last authentic STUN check
    seen_at: float = 0.0
    sources: dict[str, Source] = field(default_factory=dict)
    slots: dict[str, OutSlot] = field(default_factory=dict)
    by_ssrc: dict[int, OutSlot] = field(default_factory=dict)
    reduced_rtcp: bool = True
    clock_offset: int | None = None  # our NTP time minus the sender's, with the least delay seen
    budget: Budget = field(default_factory=Budget)
    wanted: int = 0  # bit/s that all pictures would cost as wished
    least: int = 0  # bit/s that the most important one costs at its smallest
    estimate: int | None = None  # the receiver's last REMB, bit/s
    estimate_at: float = -1e9
    loss: float = 0.0
    loss_is_old: bool = False  # it is from before less was sent
    expected: int = 0  # packets, and those of them that were missed, in reports since the last update of the budget
    missed: int = 0
    round_trip_ms: float | None = None
    measured_at: float = 0.0
    waiting: Waiting = field(default_factory=Waiting)  # from round trips of a viewer, from a publisher's sender reports
    uplink: Uplink = field(default_factory=Uplink)
    repairs: Repairs = field(default_factory=Repairs)
    repaired: int = 0  # packets sent again since the last update of the budget
    repairing: float = 0.0  # bit/s of them before that update
    looked_at: float = -1e9  # when the budget was looked at last
    news: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    layers_news: bool = False  # what its sources shall send has changed and is still to be told

    @property
    def wish(self) -> PeerDesired | None:
        return self.room.desired.peers.get(self.peer)

    @property
    def fills_itself(self) -> bool:
        return self.name.startswith("whep")


@dataclass(eq=False, slots=True)
class ClientReport:
    """What a client said of itself last, and its freezes since it came."""

    told: dict[str, Any] = field(default_factory=dict)
    count: int = 0
    freezes: int = 0
    frozen_ms: int = 0

    def shown(self) -> dict[str, Any]:
        return {**self.told, "count": self.count, "freezes": self.freezes, "frozen_ms": self.frozen_ms}


@dataclass(eq=False, slots=True)
class Room:
    """One room in this worker."""

    name: str
    desired: RoomDesired
    connections: dict[tuple[str, str], Connection] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    taps: dict[str, Tap] = field(default_factory=dict)
    speakers: SpeakerDetector = field(default_factory=SpeakerDetector)
    chosen: list[str] = field(default_factory=list)
    sources_told: list[dict[str, Any]] = field(default_factory=list)
    sources_told_at: float = -1e9
    sources_waiting: bool = False  # news of them will be told in a moment
    speakers_told: tuple[dict[str, int], list[str]] = field(default_factory=lambda: ({}, []))
    speakers_told_at: float = 0.0
    looked: Any = None  # what the choices for all receivers were last made from, and when
    looked_at: float = -1e9
    reports: dict[str, ClientReport] = field(default_factory=dict)

    def passes(self, source: Source) -> bool:
        """Whether the room lets this source be heard or seen."""
        wish = self.desired.peers.get(source.peer)
        allowed = wish is not None and wish.admitted and bool(getattr(wish, source.kind))
        return self.desired.open and allowed and self.sources.get(source.id) is source

    def channel(self, name: str) -> Source | None:
        """What a channel of interpretation (its language) carries now: the microphone of whoever is on the air."""
        peer = self.desired.channels.get(name)
        return self.sources.get(f"{peer}:microphone") if peer is not None else None

    def interprets(self, source: Source) -> bool:
        """Whether it is an interpreter's microphone: heard in its channel and nowhere else."""
        wish = self.desired.peers.get(source.peer)
        return source.kind == "microphone" and wish is not None and wish.role == "interpreter"

    def receives(self, connection: Connection) -> bool:
        """Whether the room lets this connection hear and see."""
        wish = connection.wish
        return connection.up and self.desired.open and wish is not None and wish.admitted and wish.receive


@dataclass(slots=True)
class Hub:
    """Everything in the worker, found by any of its names. One thread, one event loop."""

    core: Core
    certificate: Certificate
    candidates: tuple[str, ...]
    monotonic: Callable[[], float]
    wall: Callable[[], float]
    emit: Callable[[str, dict[str, Any]], None]
    describe_address: Callable[[bytes], tuple[str, int]]
    rooms: dict[str, Room] = field(default_factory=dict)
    connections: dict[int, Connection] = field(default_factory=dict)
    ufrags: dict[str, Connection] = field(default_factory=dict)
    layers: dict[int, Layer] = field(default_factory=dict)
    slots: dict[int, OutSlot] = field(default_factory=dict)
    chased: dict[int, Layer] = field(default_factory=dict)  # those that something is to be asked for again, by handle
    _handles: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _dirty: set[str] = field(default_factory=set)
    _later: set[asyncio.Task[Any]] = field(default_factory=set)
    tap_socket: Callable[[str], Path] = lambda name: Path(f"tap-{name}.sock")  # where a tap is read
    refresh: Callable[[Room], None] = lambda room: None
    breathe: Callable[[], None] = lambda: None  # long work lets packets through between its steps

    def handle(self) -> int:
        """A number that was never used before."""
        return next(self._handles)

    @staticmethod
    def ssrc() -> int:
        return random.SystemRandom().randrange(1, 1 << 32)

    def touch(self, room: Room) -> None:
        """Something changed in the room: who gets what is thought over once, after what is being done now."""
        if not self._dirty:
            asyncio.get_running_loop().call_soon(self._think)
        self._dirty.add(room.name)

    def _think(self) -> None:
        dirty, self._dirty = self._dirty, set()
        for name in dirty:
            if name in self.rooms:
                self.refresh(self.rooms[name])
        self.core.flush()

    def run(self, task: asyncio.Task[Any]) -> None:
        """Keep a task from being forgotten while it runs."""
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    def wall_at(self, moment: float) -> float:
        """The POSIX time of a monotonic one."""
        return self.wall() - (self.monotonic() - moment)
