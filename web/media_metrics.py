"""The media engine's figures for Prometheus. Labels are bounded: worker, direction, kind, and the slugs of points now in a room."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

DROPPED = ("unknown_address", "malformed", "not_authentic", "refused_stream", "send_failed")
QUALITY = {"poor": 0, "fair": 1, "good": 2}
DIRECTIONS = ("up", "down")

Stats = Mapping[str, Any]
Peers = list[Mapping[str, Any]]


def worker_metrics(workers: Iterable[Stats]) -> Iterator[Metric]:
    """Each worker's process and packets. One that does not answer is there with ``liaison_media_worker_up`` 0 alone."""
    known = list(workers)
    up = GaugeMetricFamily("liaison_media_worker_up", "Whether the media worker answers.", labels=("worker",))
    for worker in known:
        up.add_metric([str(worker["worker"])], int(bool(worker.get("boot_id"))))
    yield up
    living = [worker for worker in known if worker.get("boot_id")]
    yield from _gauges(living)
    yield from _counters(living)


def _gauges(workers: list[Stats]) -> Iterator[Metric]:
    for name, words in (("rooms", "Rooms in the worker."), ("connections", "Media connections of the worker."),
                        ("memory_bytes", "Resident memory of the worker.")):
        family = GaugeMetricFamily(f"liaison_media_worker_{name}", words, labels=("worker",))
        for worker in workers:
            family.add_metric([str(worker["worker"])], worker.get(name, 0))
        yield family


def _counters(workers: list[Stats]) -> Iterator[Metric]:
    cpu = CounterMetricFamily("liaison_media_worker_cpu_seconds", "CPU time of the worker.", labels=("worker",))
    waited = CounterMetricFamily("liaison_media_worker_waited_seconds", "Time in which the worker was ready and no core free.",
                                 labels=("worker",))
    packets = CounterMetricFamily("liaison_media_packets", "Packets received and sent.", labels=("worker", "direction"))
    again = CounterMetricFamily("liaison_media_packets_retransmitted", "Packets sent once more.", labels=("worker",))
    dropped = CounterMetricFamily("liaison_media_packets_dropped", "Packets not taken or not sent, by reason.", labels=("worker", "reason"))
    for worker in workers:
        number = str(worker["worker"])
        cpu.add_metric([number], worker.get("cpu_seconds", 0))
        waited.add_metric([number], worker.get("waited_seconds", 0))
        for direction, name in (("in", "received"), ("out", "sent")):
            packets.add_metric([number, direction], worker.get(name, 0))
        again.add_metric([number], worker.get("retransmitted", 0))
        for reason in DROPPED:
            dropped.add_metric([number, reason], worker.get(reason, 0))
    yield from (cpu, waited, packets, again, dropped)


@dataclass
class _Point:
    """A point's devices in rooms now."""

    peers: Peers = field(default_factory=list)

    def ways(self, direction: str) -> Peers:
        return [peer[direction] for peer in self.peers if peer.get(direction)]

    def told(self) -> Peers:
        return [peer["told"] for peer in self.peers if peer.get("told")]


def link_metrics(health: Mapping[int, Mapping[str, Mapping[str, Stats]]]) -> Iterator[Metric]:
    """Bitrates by worker and kind, and the state of each point's connections."""
    yield _bitrates(health)
    points: dict[str, _Point] = {}
    for rooms in health.values():
        for peers in rooms.values():
            for peer in peers.values():
                if peer.get("point"):
                    points.setdefault(peer["point"], _Point()).peers.append(peer)
    yield from _by_direction(points)
    yield from _by_point(points)


def _bitrates(health: Mapping[int, Mapping[str, Mapping[str, Stats]]]) -> Metric:
    family = GaugeMetricFamily("liaison_media_bits_per_second", "What comes from and goes to all connections, by kind.",
                               labels=("worker", "direction", "kind"))
    for worker, rooms in sorted(health.items()):
        sums: dict[tuple[str, str], int] = {}
        ways = [(direction, peer[direction]) for peers in rooms.values() for peer in peers.values() for direction in DIRECTIONS
                if peer.get(direction)]
        for direction, way in ways:
            for kind, bitrate in way["kinds"].items():
                sums[direction, kind] = sums.get((direction, kind), 0) + bitrate
        for (direction, kind), bitrate in sorted(sums.items()):
            family.add_metric([str(worker), direction, kind], bitrate)
    return family


def _by_direction(points: Mapping[str, _Point]) -> Iterator[Metric]:
    """Of several devices of a point: bitrates and key frames added, the worst loss and jitter."""
    table = (
        ("connections", "Devices of the point with media in this direction.", len),
        ("bits_per_second", "What the point sends (up) and gets (down).", lambda ways: sum(way["bitrate"] for way in ways)),
        ("loss_ratio", "Share of packets lost on the way, 0 to 1.", lambda ways: max(way["loss"] for way in ways)),
        ("jitter_seconds", "Jitter.", lambda ways: max(way["jitter_ms"] for way in ways) / 1000),
        ("key_frames_asked", "Key frames asked for since the point's devices came.", lambda ways: sum(way["keys_asked"] for way in ways)),
        ("packets_asked_again", "Packets asked for once more since the point's devices came.",
         lambda ways: sum(way["asked_again"] for way in ways)),
    )
    for name, words, value in table:
        family = GaugeMetricFamily(f"liaison_point_{name}", words, labels=("point", "direction"))
        for slug, point in sorted(points.items()):
            for direction in DIRECTIONS:
                if ways := point.ways(direction):
                    family.add_metric([slug, direction], value(ways))
        yield family


def _by_point(points: Mapping[str, _Point]) -> Iterator[Metric]:
    table = (
        ("round_trip_seconds", "Round trip to the point.", _round_trip),
        ("quality", "What the point's devices say: 2 good, 1 fair, 0 poor; the worst.", _quality),
        ("picture_height", "Height in pixels of the tallest picture that is sent to the point.",
         lambda point: max((way["height"] for way in point.ways("down")), default=None)),
        ("freezes", "Freezes of pictures told by the point's devices since they came.",
         lambda point: sum(told["freezes"] for told in point.told()) if point.told() else None),
        ("concealed_ratio", "Share of the sound that the point's browsers had to make up, 0 to 1.", _concealed),
    )
    for name, words, value in table:
        family = GaugeMetricFamily(f"liaison_point_{name}", words, labels=("point",))
        for slug, point in sorted(points.items()):
            found = value(point)
            if found is not None:
                family.add_metric([slug], found)
        yield family


def _round_trip(point: _Point) -> float | None:
    trips = [told["rtt_ms"] for told in point.told() if told.get("rtt_ms") is not None]
    trips = trips or [way["round_trip_ms"] for way in point.ways("down") if way["round_trip_ms"] is not None]
    return max(trips) / 1000 if trips else None


def _quality(point: _Point) -> int | None:
    return min((QUALITY[told["quality"]] for told in point.told()), default=None)


def _concealed(point: _Point) -> float | None:
    shares = [(told.get("down") or {}).get("concealed") for told in point.told()]
    return max((share for share in shares if share is not None), default=None)
