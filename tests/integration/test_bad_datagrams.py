"""Bad input to a real media worker: datagrams from strangers, descriptions from clients, packets from those who are in."""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
from aioice import stun

from signaling.engine import EngineRefused
from signaling.sfu.core.receiving import MOST_SSRCS
from tests.support.media import ROOM, SENDER, MediaWorker
from tests.support.ports import LOOPBACK
from tests.support.rtc_client import Client, Loop, player_lines, publisher_lines

COOKIE = b"\x21\x12\xa4\x42"


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MediaWorker]:
    """One worker for all; at the end it is still the same process, and nothing went wrong inside."""
    with MediaWorker(tmp_path_factory.mktemp("bad")) as made:
        yield made
        assert made.process is not None and made.process.poll() is None
        assert "Traceback" not in made.log()


@pytest.fixture
def loop(worker: MediaWorker) -> Iterator[Loop]:
    made = Loop()
    worker.room({"anna": SENDER, "bad": SENDER, "eye": SENDER})
    yield made
    made.stop()
    worker.engine.drop_room(ROOM)


def credentials(worker: MediaWorker, loop: Loop) -> tuple[str, str]:
    """Of a connection that waits for its first check."""
    answer = worker.engine.publish(ROOM, "bad", Client(loop, publisher_lines()).offer(), "whip:1")
    found = [next(line.split(":", 1)[1] for line in answer.splitlines() if line.startswith(f"a=ice-{name}")) for name in ("ufrag", "pwd")]
    return found[0], found[1]


def request(user: str, password: str | None, *, nominate: bool = True) -> bytes:
    """A binding request, signed with ``password``."""
    made = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    made.attributes |= {"USERNAME": user, "PRIORITY": 1, "ICE-CONTROLLING": 1} | ({"USE-CANDIDATE": None} if nominate else {})
    if password is not None:
        made.add_message_integrity(password.encode())
    return bytes(made)


def strange(ufrag: str, password: str) -> dict[str, bytes]:
    """Datagrams that get no answer."""
    good = request(f"{ufrag}:them", password)
    head = b"\x00\x01\x00\x08" + COOKIE + bytes(12)
    return {
        "nothing": b"", "one octet": b"\x00", "zeros": bytes(60), "the largest": b"\x00\x01" + bytes(65_000),
        "unsigned": request(f"{ufrag}:them", None), "signed with another's": request(f"{ufrag}:them", "x" * 24),
        "for nobody": request("nobody00:them", password), "no name": request("", password), "no colon": request("x" * 500, password),
        "cut": good[:-7], "longer than it says": good + bytes(8), "changed": good[:30] + b"\xff" + good[31:],
        "another cookie": good[:4] + b"\0\0\0\0" + good[8:], "an answer": b"\x01\x01" + good[2:], "an indication": b"\x00\x11" + good[2:],
        "a name beyond the end": head + b"\x00\x06\xff\xff" + bytes(4), "names without end": head + b"\x00\x06\x00\x00" * 300,
        "a name that is no text": head + struct.pack("!HH", 6, 4) + b"\xff\xfe\xfd\xfc",
        "TURN": b"\x00\x03" + good[2:], "DTLS hello": b"\x16\xfe\xfd" + bytes(60), "DTLS of no length": b"\x16\xfe\xfd" + bytes(10),
        "RTP": b"\x80\x60" + bytes(200), "RTCP": b"\x80\xc8\xff\xff" + bytes(200), "a TURN channel": b"\x40\x00\x00\x04abcdefgh",
    }


def test_strangers_get_no_answer_and_friends_a_short_one(worker: MediaWorker, loop: Loop) -> None:
    ufrag, password = credentials(worker, loop)
    where = (LOOPBACK, worker.settings.media_port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.settimeout(0.5)
        for data in strange(ufrag, password).values():
            stranger.sendto(data, where)
        with pytest.raises(TimeoutError):
            stranger.recv(2048)
        stranger.settimeout(10)
        good = request(f"{ufrag}:them", password)
        stranger.sendto(good, where)
        assert len(stranger.recv(2048)) <= len(good)  # nobody's traffic is amplified
        for name, data in strange(ufrag, password).items():
            if not name.startswith(("cut", "longer")):
                stranger.sendto(data, where)  # the same from an address that is known
        stranger.sendto(good, where)
        assert stun.parse_message(stranger.recv(2048)).message_class is stun.Class.RESPONSE


def refusal(ask: Callable[[str], Any], text: str) -> str:
    """The code with which the worker refuses; "" when it answers."""
    try:
        ask(text)
    except EngineRefused as exc:
        return exc.code
    return ""


def test_no_description_harms_the_worker(worker: MediaWorker, loop: Loop) -> None:
    """Cut, shuffled, doubled and overgrown offers, answers and fragments are answered or refused by name."""
    offer, dice = Client(loop, publisher_lines()).offer(), random.Random(3)
    lines = offer.splitlines()
    texts = [offer[:at] for at in range(0, len(offer), len(offer) // 25)]
    texts += ["\r\n".join(dice.sample(lines, dice.randrange(1, len(lines)))) for _ in range(25)]
    texts += ["\r\n".join([lines[0], *dice.sample(lines[1:], len(lines) - 1)]) for _ in range(15)]
    texts += [offer + offer, offer * 50, "", "v=0", "v=0\r\n" + "m=\r\n" * 10, offer.replace("sendonly", "x" * 1000), "\x00" * 100,
              offer.replace("VP8/90000", "VP8/" + "9" * 400), offer.replace("a=mid:", "a=mid:" + "é" * 300), offer.replace("1", "²"),
              offer.replace("a=ssrc:", "a=ssrc:-"), offer.replace("a=setup:", "a=rid:a send pt=" + ",".join("96" * 500) + "\r\na=setup:")]
    engine = worker.engine
    engine.subscribe(ROOM, "eye", "subscribe")
    ways: tuple[Callable[[str], Any], ...] = (
        lambda text: engine.publish(ROOM, "bad", text, "whip:2"), lambda text: engine.whep(ROOM, "bad", text, "whep:2"),
        lambda text: engine.answer(ROOM, "eye", "subscribe", text), lambda text: engine.trickle(ROOM, "eye", "subscribe", text))
    codes = [code for text in texts for code in (refusal(way, text) for way in ways) if code]
    assert set(codes) <= {"bad_sdp", "bad_request", "unknown_connection"}
    assert len(codes) > len(texts)
    assert worker.engine.stats()["workers"][0]["rooms"] == 1


def test_a_client_that_invents_ssrcs_fills_no_memory(worker: MediaWorker, loop: Loop) -> None:
    """Authentic packets: libsrtp would keep a context for each SSRC of every one of them."""
    player, bad = Client(loop, player_lines(3, 3)), Client(loop, publisher_lines(video=False))
    good = Client(loop, publisher_lines())
    good.connect(worker.engine.publish(ROOM, "anna", good.offer(), "whip:1"))
    good.start_sending()
    player.connect(worker.engine.whep(ROOM, "eye", player.offer(), "whep:1"))
    bad.connect(worker.engine.publish(ROOM, "bad", bad.offer(), "whip:1"))
    assert worker.process is not None
    process = psutil.Process(worker.process.pid)
    before, refused = process.memory_info().rss, worker.engine.stats()["workers"][0]["refused_stream"]
    for ssrc in range(1, MOST_SSRCS + 1000):
        bad.send(struct.pack("!BBHII", 0x80, 111, 1, 1, ssrc) + b"noise")
    worker.until(lambda: worker.engine.stats()["workers"][0]["refused_stream"] - refused > 900, "the refusal of those too many")
    assert process.memory_info().rss - before < 30 << 20
    worker.until(lambda: sum(packets > 3 for packets in player.received(1.0).values()) == 2, "sound and picture of the other")
