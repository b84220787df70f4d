"""What the page of the self-test may send: everything bounded, nothing else taken."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from liaison.domain import self_test as domain
from liaison.domain.errors import Invalid

Share = Annotated[float, Field(ge=0, le=1)]
Milliseconds = Annotated[float, Field(ge=0, le=60_000)]
Label = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class CameraIn(Strict):
    state: domain.Device
    label: Label = ""
    width: Annotated[int, Field(ge=0, le=10_000)] = 0
    height: Annotated[int, Field(ge=0, le=10_000)] = 0
    fps: Annotated[float, Field(ge=0, le=240)] = 0
    black: bool = False


class MicrophoneIn(Strict):
    state: domain.Device
    label: Label = ""
    level: Share = 0


class LoudspeakerIn(Strict):
    heard: domain.Heard = domain.Heard.UNSURE
    picked_up: bool = False
    echo: domain.Echo = domain.Echo.UNKNOWN
    echo_db: Annotated[float, Field(ge=-120, le=120)] = 0


class WayIn(Strict):
    way: domain.Way
    works: bool
    took_ms: Milliseconds = 0


class DirectionIn(Strict):
    bitrate: Annotated[int, Field(ge=0, le=1_000_000_000)]
    loss: Share = 0
    jitter_ms: Milliseconds = 0


class LoopIn(Strict):
    up: DirectionIn
    down: DirectionIn
    rtt_ms: Milliseconds = 0
    seconds: Annotated[float, Field(ge=0, le=120)] = 0


class MeasuredIn(Strict):
    supported: bool
    secure: bool
    browser: Label = ""
    camera: CameraIn
    microphone: MicrophoneIn
    loudspeaker: LoudspeakerIn = LoudspeakerIn()
    ways: Annotated[list[WayIn], Field(max_length=8)] = []
    loop: LoopIn | None = None


class ReportIn(Strict):
    """``trial`` is the one that the loop ran in, or "" where there was none."""

    trial: Annotated[str, Field(max_length=100)] = ""
    point: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] = ""
    measured: MeasuredIn


def read_report(data: object) -> ReportIn:
    """Raises Invalid naming the fields."""
    try:
        return ReportIn.model_validate(data)
    except ValidationError as error:
        raise Invalid(errors=[{"field": ".".join(map(str, one["loc"])), "message": "This is not a valid value."} for one in error.errors()]
                      ) from None


def with_uplink(found: MeasuredIn, seen: dict[str, Any] | None) -> MeasuredIn:
    """What the media worker has seen arrive counts more than what the page believes to have sent."""
    if found.loop is None or not seen or not seen.get("expected"):
        return found
    up = DirectionIn(bitrate=int(seen["bitrate"]), loss=min(1.0, max(0.0, seen["loss"])), jitter_ms=min(60_000.0, seen["jitter_ms"]))
    return found.model_copy(update={"loop": found.loop.model_copy(update={"up": up})})


def as_measured(found: MeasuredIn) -> domain.Measured:
    """For the judge."""
    camera, microphone, speaker, loop = found.camera, found.microphone, found.loudspeaker, found.loop
    return domain.Measured(
        found.supported, found.secure, domain.Camera(camera.state, camera.width, camera.height, camera.fps, camera.black),
        domain.Microphone(microphone.state, microphone.level), domain.Loudspeaker(speaker.heard, speaker.picked_up, speaker.echo),
        tuple(domain.TriedWay(way.way, way.works, round(way.took_ms)) for way in found.ways),
        domain.Loop(_direction(loop.up), _direction(loop.down), loop.rtt_ms) if loop is not None else None)


def _direction(way: DirectionIn) -> domain.Direction:
    return domain.Direction(way.bitrate, way.loss, way.jitter_ms)
