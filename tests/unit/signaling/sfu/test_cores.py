"""Which packet core a worker gets."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from signaling.sfu.ccore import core as compiled
from signaling.sfu.cores import UnusableCore, make_core
from tests.unit.signaling.sfu.rig import CORES, VIEWER, Rig, rtp


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        yield made


def test_python_is_had_everywhere(sock: socket.socket) -> None:
    assert make_core("python", sock).name == "python"


def test_auto_takes_the_best_there_is(sock: socket.socket) -> None:
    assert make_core("auto", sock).name == CORES[-1]


def test_without_a_compiled_core_python_serves_and_the_log_says_so(
    sock: socket.socket, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(compiled, "_native", None)
    with caplog.at_level(logging.INFO, "liaison.media"):
        assert make_core("auto", sock).name == "python"
    assert "not built here" in caplog.text
    with pytest.raises(UnusableCore, match="not built here"):
        make_core("c", sock)


def test_a_core_of_other_sources_is_not_taken(sock: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "digest", lambda: "of other sources")
    native = SimpleNamespace(ffi=SimpleNamespace(string=lambda _: b"of these"), lib=SimpleNamespace(core_sources=lambda: None))
    monkeypatch.setattr(compiled, "_native", native)
    with pytest.raises(UnusableCore, match="other sources"):
        make_core("c", sock)


# ---------------------------------------------------------------------- what only the compiled core can do wrong
@pytest.fixture(params=CORES)
def rig(request: pytest.FixtureRequest) -> Rig:
    return Rig(core=request.param)


def test_unknown_names_are_refused(rig: Rig) -> None:
    acts: list[Any] = [
        lambda: rig.core.close(77), lambda: rig.core.last_seen(77), lambda: rig.core.point(77, None),
        lambda: rig.core.point(rig.VIDEO_SLOT, 77), lambda: rig.core.drop_stream(77), lambda: rig.core.stream_stats(77),
        lambda: rig.core.slot_stats(77), lambda: rig.core.send(77, b"x"), lambda: rig.core.take_level(77),
        lambda: rig.core.retransmit(77, [1], 1.0, 1.0), lambda: rig.core.waited_for(77), lambda: rig.core.clear(77),
    ]  # fmt: skip
    for act in acts:
        with pytest.raises(KeyError):
            act()


def test_a_handlers_mistake_is_not_lost(rig: Rig) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a mistake in a handler")

    rig.notes.on_unknown_stream = fails  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="a mistake in a handler"):
        rig.receive(rtp(9, 1, 0, b"x"), connection=VIEWER)
    assert rig.receive(b"\x00\x01" + bytes(30)) == []
    assert rig.notes.stun
