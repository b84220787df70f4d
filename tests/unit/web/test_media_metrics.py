"""What Prometheus reads of the media engine: names, labels, and how several devices of one point are put together."""

from __future__ import annotations

from typing import Any

from prometheus_client.core import Metric

from web.media_metrics import link_metrics, worker_metrics

WORKER = {"worker": 1, "boot_id": "b", "rooms": 2, "connections": 5, "memory_bytes": 9, "cpu_seconds": 1.5, "received": 7, "sent": 8,
          "retransmitted": 3, "malformed": 4}


def values(families: Any) -> dict[tuple[str, ...], float]:
    found: list[Metric] = list(families)
    return {(sample.name, *sample.labels.values()): sample.value for family in found for sample in family.samples}


def way(**figures: Any) -> dict[str, Any]:
    plain = {"bitrate": 1000, "kinds": {"video": 900, "audio": 100}, "loss": 0.0, "jitter_ms": 2.0, "keys_asked": 1, "asked_again": 2}
    return plain | {"round_trip_ms": 40.0, "height": 720} | figures


def peer(point: str | None = "osh-oblast", **figures: Any) -> dict[str, Any]:
    return {"point": point, "up": None, "down": None, "told": None} | figures


def test_a_worker_is_told_by_its_number() -> None:
    found = values(worker_metrics([WORKER]))
    assert found["liaison_media_worker_up", "1"] == 1
    assert found["liaison_media_worker_cpu_seconds_total", "1"] == 1.5
    assert found["liaison_media_packets_total", "1", "in"] == 7 and found["liaison_media_packets_total", "1", "out"] == 8
    assert found["liaison_media_packets_dropped_total", "1", "malformed"] == 4
    assert found["liaison_media_worker_rooms", "1"] == 2


def test_a_worker_that_does_not_answer_has_no_other_figures() -> None:
    assert values(worker_metrics([{"worker": 0, "boot_id": "", "rooms": 0}])) == {("liaison_media_worker_up", "0"): 0}


def test_no_peer_and_no_person_is_named() -> None:
    found = values(link_metrics({0: {"room-1": {"peer-1": peer(None, up=way()), "peer-2": peer(up=way())}}}))
    assert {label for name, *labels in found for label in labels} == {"0", "up", "audio", "video", "osh-oblast"}
    assert found["liaison_media_bits_per_second", "0", "up", "video"] == 1800


def test_several_devices_of_a_point_are_one() -> None:
    told = {"quality": "poor", "rtt_ms": 200, "freezes": 2, "down": {"concealed": 0.04}}
    peers = {"a": peer(up=way(loss=0.1)), "b": peer(up=way(loss=0.2), down=way(), told=told),
             "c": peer(told=told | {"quality": "good", "freezes": 1, "down": None})}
    found = values(link_metrics({0: {"r": peers}}))
    assert found["liaison_point_connections", "osh-oblast", "up"] == 2
    assert found["liaison_point_bits_per_second", "osh-oblast", "up"] == 2000
    assert found["liaison_point_loss_ratio", "osh-oblast", "up"] == 0.2
    assert found["liaison_point_round_trip_seconds", "osh-oblast"] == 0.2
    assert (found["liaison_point_quality", "osh-oblast"], found["liaison_point_freezes", "osh-oblast"]) == (0, 3)
    assert found["liaison_point_concealed_ratio", "osh-oblast"] == 0.04
    assert found["liaison_point_picture_height", "osh-oblast"] == 720


def test_an_encoder_that_tells_nothing_has_the_workers_figures() -> None:
    found = values(link_metrics({0: {"r": {"a": peer(down=way())}}}))
    assert found["liaison_point_round_trip_seconds", "osh-oblast"] == 0.04
    assert ("liaison_point_quality", "osh-oblast") not in found and ("liaison_point_freezes", "osh-oblast") not in found
