"""Interpretation over real UDP: a listener and a recorder of a language get whoever is on the air there, and nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from signaling.engine import TapSelection, Want
from tests.support.listener import Listener
from tests.support.media import ROOM, SENDER, MediaWorker
from tests.support.rtc_client import Client, Loop, publisher_lines
from tests.support.tap_reader import TapReader

VOICE = replace(SENDER, role="interpreter")
PEOPLE = {"speaker": SENDER, "one": VOICE, "two": VOICE, "listener": SENDER}


@pytest.fixture
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaWorker]:
    with MediaWorker(tmp_path_factory.mktemp("media")) as made:
        yield made


@pytest.fixture
def clients(worker: MediaWorker) -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.stop()
    worker.engine.drop_room(ROOM)


def speak(worker: MediaWorker, clients: Loop, peer: str) -> int:
    """Publish a microphone; the number that its packets bear."""
    made = Client(clients, publisher_lines(video=False))
    made.connect(worker.engine.publish(ROOM, peer, made.offer()))
    made.start_sending()
    assert made.publisher is not None
    return made.publisher.index


def test_a_listener_hears_who_is_on_the_air_and_the_colleague_from_the_hand_over_on(worker: MediaWorker, clients: Loop) -> None:
    worker.room(PEOPLE, tap_open=True, ky="one")
    _, one, two = (speak(worker, clients, peer) for peer in ("speaker", "one", "two"))
    tap = TapReader(worker.engine.tap(ROOM, TapSelection(kinds=(), channels=("ky",))).path)
    listener = Listener(clients, worker.engine, ROOM, "listener")
    worker.engine.view(ROOM, "listener", "subscribe", {"i0": Want("channel:ky", 16)})
    worker.until(lambda: len(listener.heard) > 30, "the interpreter on the air")
    assert listener.speakers() == [one]
    worker.room(PEOPLE, tap_open=True, ky="two")
    worker.until(lambda: listener.heard.count(two) > 30, "the colleague")
    assert listener.speakers() == [one, two] and listener.missing() == 0
    worker.room(PEOPLE | {"two": replace(VOICE, microphone=False)}, tap_open=True, ky="two")
    worker.until(lambda: "i0" not in worker.shown("listener"), "word that the channel is silent")
    assert worker.shown("listener")["a0"]["source"] == "speaker:microphone"
    streams = tap.read().streams()
    read = [(streams[number]["source"], streams[number]["channel"]) for number, _ in tap.taken.packets]
    assert list(dict.fromkeys(read)) == [("one:microphone", "ky"), ("two:microphone", "ky")]
    worker.room(PEOPLE, tap_open=True)
    heard = len(listener.heard)
    worker.until(lambda: flows(listener), "the speaker's sound, and nothing in the channel")
    assert len(listener.heard) == heard


def flows(listener: Listener) -> bool:
    """Whether sound arrives at all now."""
    return any(packets > 3 for packets in listener.received(0.5).values())
