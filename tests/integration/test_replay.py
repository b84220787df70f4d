"""A session seen again: who may, in which pages, and what was never theirs to see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import lifecycle
from signaling.room import playback
from tests.support.live_room import LiveRoom
from tests.support.people import add_actor
from tests.support.web import Browser


@pytest.fixture
def live(house: House) -> Iterator[LiveRoom]:
    room = LiveRoom(house)
    room.open()
    yield room
    room.stop()


def hold_a_meeting(live: LiveRoom) -> None:
    """With a closed item, in which Osh says something and Alay is not there, and a secret vote."""
    chair, osh, alay = live.enter("chair", "big-hall"), live.enter(), live.enter("point", "alay-district")
    assert chair.command("close_doors", points=["osh-oblast"])["ok"]
    assert osh.command("raise_hand", subject="behind closed doors")["ok"]
    assert osh.command("lower_hand")["ok"] and chair.command("open_doors")["ok"]
    assert chair.command("start_vote", title="Бюджет", kind="secret", unit="point", majority="simple")["ok"]
    for client, choice in ((chair, "yes"), (osh, "no"), (alay, "yes")):
        assert client.command("cast_vote", choice=choice)["ok"]
    assert chair.command("close_vote")["ok"]
    lifecycle.close_session(live.house, live.planner, live.session)


def pages(browser: Browser, session: str) -> list[dict[str, Any]]:
    found, after = [], 0
    while after is not None:
        answer = browser.get(f"/sessions/{session}/replay.json?after={after}")
        assert answer.status_code == 200
        found.append(json.loads(answer.text))
        after = found[-1]["next"]
    return found


def test_what_was_shown_is_shown_again(live: LiveRoom, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    hold_a_meeting(live)
    monkeypatch.setattr(playback.page, "__defaults__", (5,))
    browser = Browser(live.app, house).become(live.planner.user_id)
    first, *others = pages(browser, live.session)
    assert len(others) >= 2 and [event["seq"] for one in (first, *others) for event in one["events"]] == list(range(1, first["last"] + 1))
    assert first["session"]["chair_point"] == "big-hall" and first["begins_at"] <= first["ends_at"]
    everything = json.dumps((first, *others), ensure_ascii=False)
    assert "behind closed doors" in everything and '"choice"' not in everything and '"cast": {"' not in everything
    assert [mark["title"] for mark in first["marks"] if mark["type"] == "vote_closed"] == ["Бюджет"]
    page = browser.get(f"/sessions/{live.session}/replay").text
    assert "replay/main.js" in page and "replay.json" in page
    assert f"/sessions/{live.session}/replay" in browser.get(f"/sessions/{live.session}").text


def test_each_reader_sees_what_was_theirs(live: LiveRoom, house: House) -> None:
    readers = {name: add_actor(house, name, AccountRole.OFFICER, point) for name, point in (
        ("osh", "osh-oblast"), ("alay", "alay-district"), ("stranger", "naryn-oblast"))}
    browsers = {name: Browser(live.app, house).become(actor.user_id) for name, actor in readers.items()}
    address = f"/sessions/{live.session}/replay"
    assert browsers["osh"].get(address).status_code == 409  # it goes on
    hold_a_meeting(live)
    told = {name: json.dumps(pages(browsers[name], live.session)) for name in ("osh", "alay")}
    assert "behind closed doors" in told["osh"] and "behind closed doors" not in told["alay"]
    assert browsers["stranger"].get(address).status_code == 403
    assert Browser(live.app, house).get(address).status_code == 303
    assert browsers["osh"].get(f"{address}.json?after=x").status_code == 422


def test_an_officer_whose_point_never_came_may_not(live: LiveRoom, house: House) -> None:
    alay = add_actor(house, "alay", AccountRole.OFFICER, "alay-district")
    live.enter("chair", "big-hall")
    lifecycle.close_session(house, live.planner, live.session)
    assert Browser(live.app, house).become(alay.user_id).get(f"/sessions/{live.session}/replay").status_code == 403
