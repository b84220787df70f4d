"""The MediaEngine port: what signaling asks of whatever carries picture and sound.

Words: a *room* is the live runtime of a session (its id is the session's id), a *peer* one connected device, a
*connection* one of a peer's transports: ``publish``, ``subscribe``, ``wall``, ``whip:<id>`` or ``whep:<id>``. A *source*
is a peer's camera, microphone or screen (id ``<peer>:<kind>``); a *slot* is a receiver's fixed place, named by its mid:
``v0``… ``v24``, ``a0``… ``a2``, ``s0``, ``i0`` (a wall display continues with ``v25``…). A *channel* is one language of
interpretation (``channel:<language>`` where a slot wants it): it carries the microphone of whoever is on the air there.

Every method may be called from any thread, blocks for its answer and raises :class:`EngineError`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

SourceKind = Literal["camera", "microphone", "screen"]
SlotKind = Literal["video", "audio", "screen", "interpretation"]

DURABLE_EVENTS = frozenset({"connected", "disconnected", "alive", "media_lost", "media_back"})
VOLATILE_EVENTS = frozenset({"worker_up", "worker_down", "replayed", "sources", "slots", "layers", "speakers"})
CHANNEL = "channel:"


class EngineError(Exception):
    """Anything the media engine could not do."""


class EngineUnavailable(EngineError):
    """The worker cannot be reached, or did not answer in time. Trying again later may help."""


class EngineRefused(EngineError):
    """The worker understood and refused; trying the same again will not help.

    ``code`` is one of ``unknown_room``, ``unknown_peer``, ``unknown_connection``, ``unknown_slot``, ``unknown_source``,
    ``bad_sdp``, ``bad_request``, ``not_permitted``, ``stale_ice``, ``full``; ``detail`` is an English sentence for the log.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class PeerDesired:
    """What one peer is and what the room permits it to send; forbidden kinds are dropped in the worker."""

    point: str | None = None
    role: str = "point"
    admitted: bool = False
    camera: bool = False
    microphone: bool = False
    screen: bool = False
    receive: bool = True
    reserved: bool = False  # has an audio slot of its own while unmuted: floor holder, chair
    link: str = "normal"  # what is known of the point's line: normal, thin, or audio (sound first); caps what it sends
    group: str | None = None  # peers of one group never see each other's sources (one encoder's two ends)


@dataclass(frozen=True, slots=True)
class RoomDesired:
    """The full desired state of one room; a version not newer than the known one of the same epoch changes nothing.

    A peer that is missing has its connections closed. Until ``open`` and ``admitted`` nothing is forwarded from or to
    a peer, but its connections may be established (the lobby).
    """

    room: str
    version: int
    epoch: int = 0
    open: bool = False
    peers: Mapping[str, PeerDesired] = field(default_factory=dict)
    worker: int = 0
    tap_open: bool = False  # whether taps may read; once set_room has answered to False, nothing goes to them
    channels: Mapping[str, str] = field(default_factory=dict)  # language → the interpreter who is on the air


@dataclass(frozen=True, slots=True)
class Slot:
    """One receive slot of a subscriber connection."""

    mid: str
    kind: SlotKind


@dataclass(frozen=True, slots=True)
class SubscribeOffer:
    """The worker's offer for a subscriber connection and the slots in it."""

    sdp: str
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Want:
    """What a slot shall show: a source, and the height in pixels at which the viewer shows it. An interpretation slot wants a
    channel, and goes over to the colleague by itself when one interpreter relieves another."""

    source: str
    height: int = 180


@dataclass(frozen=True, slots=True)
class TapSelection:
    """What a tap reads: these sources (none named: all) of these kinds; pictures in the layer that is shown at a height.

    Interpreters are read by their ``channels`` (languages) alone, whatever the rest says: who is on the air, and nobody else.
    """

    sources: tuple[str, ...] = ()
    kinds: tuple[SourceKind, ...] = ("camera", "microphone", "screen")
    height: int = 720
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TapPlace:
    """A tap and the UNIX socket where it is read; signaling.sfu.tapping says what comes there."""

    id: str
    path: str


@dataclass(frozen=True, slots=True)
class Source:
    """A published source as ``sources`` events tell it; ``layers`` are RIDs from small to large (``""``: the only one)."""

    id: str
    peer: str
    kind: SourceKind
    layers: tuple[str, ...] = ()
    active: bool = False


@dataclass(frozen=True, slots=True)
class EngineEvent:
    """Something that happened in a worker.

    ``kind`` and the fields in ``data`` (times are aware UTC datetimes):

    * ``worker_up {}`` also on the first contact; a new ``boot_id`` means that all its connections are gone
    * ``worker_down {}``
    * ``replayed {}`` after what a ``replay`` asked for: later events follow those that were kept
    * ``connected {room, peer, connection, at}``
    * ``disconnected {room, peer, connection, reason: closed | consent | replaced, last_seen_at}``
    * ``alive {room, peers: {peer: last_seen_at}}`` every 5 s (RFC 7675 consent)
    * ``media_lost``, ``media_back {room, peer, connection, at}`` no authenticated packet for 6 s; again
    * ``sources {room, sources: [Source fields…]}`` on a change
    * ``slots {room, peer, connection, slots: {mid: {source, layer, rtp_timestamp} | None}}`` when the switch happened;
      without ``layer`` the receiver's link is too poor for this picture
    * ``layers {room, peer, wanted: {kind: [rid…]}}`` which layers of its pictures a page shall send; the others may rest
    * ``speakers {room, levels: {peer: 0…127 dBov below full scale}, loudest: [peer…]}`` at most four a second

    Events with a ``seq`` are durable: kept in the worker and told again until :meth:`MediaEngine.ack`.
    """

    kind: str
    worker: int
    boot_id: str
    data: Mapping[str, Any]
    seq: int | None = None


class MediaEngine(Protocol):
    """The port; ``signaling.embedded`` implements it, ``tests.fakes.fake_engine`` stands in for it."""

    def start(self) -> None:
        """Begin to connect and to deliver events; returns at once, and may be called again."""

    def stop(self) -> None:
        """End the client (never the worker)."""

    def available(self, worker: int = 0) -> bool:
        """Whether the worker is reachable now."""

    def set_room(self, desired: RoomDesired) -> None:
        """Remember the desired state, apply it, and send it again whenever the worker comes back.

        When the worker cannot be reached this raises EngineUnavailable, but the state stays remembered.
        """

    def drop_room(self, room: str) -> None:
        """Close every connection of the room and forget it; unknown rooms are fine."""

    def publish(
        self,
        room: str,
        peer: str,
        offer_sdp: str,
        connection: str = "publish",
        kinds: Mapping[str, SourceKind] | None = None,
    ) -> str:
        """Answer a publisher's offer; a further offer on the same connection changes it or restarts ICE.

        ``kinds`` says by mid what each section carries; by default audio is the microphone, the first video the camera,
        the second video the screen.
        """

    def subscribe(
        self,
        room: str,
        peer: str,
        connection: str = "subscribe",
        *,
        video: int = 25,
        audio: int = 3,
        screen: int = 1,
        interpretation: int = 1,
        first_video: int = 0,
    ) -> SubscribeOffer:
        """Make a new subscriber connection (an old one of the name is replaced) and return the offer for it."""

    def answer(self, room: str, peer: str, connection: str, sdp: str) -> None:
        """Take the client's answer to :meth:`subscribe` or :meth:`restart_ice`."""

    def whep(self, room: str, peer: str, offer_sdp: str, connection: str) -> str:
        """Answer a WHEP player's offer; its recvonly sections are filled by the engine itself."""

    def trickle(
        self, room: str, peer: str, connection: str, fragment: str, sessions: Sequence[str] | None = None
    ) -> str | None:
        """Take an SDP fragment (RFC 8840) for a connection.

        Candidates are checked and not needed (ICE-lite). A fragment with new credentials restarts ICE, and the answer
        is the worker's fragment; otherwise None. With ``sessions`` (the worker's user fragments that the client knows)
        it is refused as ``stale_ice`` when the present ICE session is none of them.
        """

    def restart_ice(self, room: str, peer: str, connection: str) -> SubscribeOffer:
        """New ICE credentials for a subscriber connection; media goes on meanwhile. The client answers the offer."""

    def view(self, room: str, peer: str, connection: str, wants: Mapping[str, Want | None]) -> None:
        """Point video slots at sources, or empty them (None); slots not named stay as they are."""

    def close(self, room: str, peer: str, connection: str | None = None) -> None:
        """Close one connection, or all of the peer; unknown ones are fine."""

    def locate(self, room: str, worker: int) -> None:
        """Where a room lives that another process sets: its taps can be asked for then."""

    def tap(self, room: str, selection: TapSelection) -> TapPlace:
        """Let another process of the worker's machine read clear RTP of the room, while its ``tap_open`` says so.

        It is gone when the room is dropped or the worker ends: then the reader's socket ends, and a new one is asked for.
        """

    def untap(self, room: str, tap: str) -> None:
        """End a tap; unknown ones are fine."""

    def stats(self, room: str | None = None) -> dict[str, Any]:
        """Counters of the workers, in their order, and, per room, peer, connection and slot, of one room or all.

        A worker that does not answer is there with an empty ``boot_id``; EngineUnavailable when none answers.
        """

    def health(self) -> dict[int, dict[str, Any]]:
        """By worker that answers: ``{room: {peer: {point, up, down, told}}}``, short enough to be asked every few seconds.

        ``up`` and ``down`` (None: there is none) hold ``bitrate`` (bit/s), ``kinds`` (the same by audio, video, screen),
        ``loss`` (0…1) of ``expected`` packets, ``jitter_ms``, and what was ``asked_again`` and how many key frames were asked
        for since the beginning (``keys_asked``); ``down`` also ``round_trip_ms``, ``estimate``, ``budget``, and the tallest
        picture's ``layer`` and ``height``. ``told`` is the client's newest :meth:`report` with its freezes added up.
        """

    def report(self, room: str, peer: str, told: Mapping[str, Any]) -> None:
        """What a client says of its own connections, for :meth:`health`; never blocks, lost while the worker is away."""

    def on_event(self, callback: Callable[[EngineEvent], None]) -> None:
        """Deliver every event to ``callback``, in order, from one thread."""

    def ack(self, boot_id: str, seq: int) -> None:
        """Durable events up to ``seq`` are stored and may be forgotten; never blocks."""

    def replay(self, worker: int = 0) -> None:
        """Ask for all unacknowledged durable events again (a new holder of the worker's lease)."""
