"""WHIP and WHEP over HTTP (RFC 9725), with a fake media engine, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import select

from liaison.domain.clock import FixedClock
from liaison.house import House
from liaison.services import presence
from liaison.services.attendance import attendance_sheet
from liaison.store import tables as t
from tests.support.live_room import OFFER, LiveRoom, until
from web.pages.whip import ice_links

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}
ANY = {"If-Match": "*"}
CANDIDATE = "m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host\r\n"
RESTART = "a=ice-ufrag:fresh\r\na=ice-pwd:" + "y" * 24 + "\r\n" + CANDIDATE


@pytest.fixture
def live(house: House) -> Iterator[LiveRoom]:
    room = LiveRoom(house)
    yield room
    room.stop()


@pytest.fixture
def http(live: LiveRoom) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.base, timeout=10) as client:
        yield client


def publish(live: LiveRoom, http: httpx.Client, kind: str = "whip", **token: str) -> httpx.Response:
    bearer = {"Authorization": f"Bearer {live.token(**token)}"}
    return http.post(f"/{kind}/{live.session}", content=OFFER, headers=SDP | bearer)


def stays(house: House) -> list[t.Presence]:
    with house.db.read() as db:
        return list(db.scalars(select(t.Presence).order_by(t.Presence.id)))


def test_publish_is_held_until_the_opening_and_then_counts(live: LiveRoom, http: httpx.Client, clock: FixedClock) -> None:
    chair = live.enter("chair", None)
    answer = publish(live, http, name="Bench 1")
    assert answer.status_code == 201 and answer.headers["Content-Type"] == "application/sdp"
    assert answer.text.startswith("v=0") and answer.headers["ETag"] and answer.headers["Accept-Patch"] == FRAGMENT["Content-Type"]
    peer = until(lambda: [p for p in chair.snapshot["peers"].values() if p["via"] == "whip"], "the encoder in the lobby")[0]
    assert (peer["name"], peer["point"]) == ("Bench 1", "osh-oblast")
    assert not live.engine.desired[live.session].open
    clock.advance(60)
    live.open()
    until(lambda: live.engine.desired[live.session].peers[peer["peer"]].admitted, "admitted")
    clock.advance(30)
    live.renew()
    live.engine.alive(live.session)
    until(lambda: any(s.evidence_at == clock.now() for s in stays(live.house)), "consent noted")
    assert http.delete(answer.headers["Location"]).status_code == 200
    assert http.delete(answer.headers["Location"]).status_code == 200  # repeating it is fine
    chair.wait_event("peer_left")
    assert not live.engine.rooms[live.session].connections
    sheet = {point["slug"]: point for point in attendance_sheet(live.house, live.planner, live.session)["points"]}
    osh = sheet["osh-oblast"]
    assert (osh["present_seconds"], osh["late_seconds"], osh["presences"][0]["via"], osh["presences"][0]["reason"]) == (
        30, 0, "whip", "left")


def test_an_encoder_that_falls_silent_is_lost_at_its_last_consent(live: LiveRoom, http: httpx.Client, clock: FixedClock) -> None:
    live.open()
    chair = live.enter("chair", None)
    assert publish(live, http).status_code == 201
    until(lambda: any(s.via == "whip" for s in stays(live.house)), "its presence")
    last = clock.now()
    clock.advance(25)
    live.renew()
    live.alive(chair)
    assert len(presence.close_stale(live.house)) == 1
    assert chair.wait_event("peer_left")["data"]["reason"] == "lost"
    assert [(s.left_at, s.reason) for s in stays(live.house) if s.via == "whip"] == [(last, "lost")]
    until(lambda: not live.engine.rooms[live.session].connections, "its connection closed")


def test_several_connections_of_one_token_are_peers_of_their_own(live: LiveRoom, http: httpx.Client) -> None:
    live.open()
    token = {"Authorization": f"Bearer {live.token()}"}
    locations = {http.post(f"/{kind}/{live.session}", content=OFFER, headers=SDP | token).headers["Location"]
                 for kind in ("whip", "whip", "whep")}
    assert len(locations) == 3
    until(lambda: len(live.engine.desired[live.session].peers) == 3, "three peers")
    microphones = [p.microphone for p in live.engine.desired[live.session].peers.values() if not p.receive]
    assert microphones == [True, True]


def test_delete_and_patch_work_after_the_tokens_expiry(live: LiveRoom, http: httpx.Client, clock: FixedClock) -> None:
    location = publish(live, http).headers["Location"]
    clock.advance(3 * 3600)
    assert http.patch(location, content=CANDIDATE, headers=FRAGMENT | ANY).status_code == 204
    restarted = http.patch(location, content=RESTART, headers=FRAGMENT | ANY)
    assert restarted.status_code == 200 and restarted.headers["Content-Type"] == FRAGMENT["Content-Type"]
    assert http.delete(location).status_code == 200


@pytest.mark.parametrize("kind", ["whip", "whep"])
def test_a_patch_is_for_the_ice_session_that_it_names(live: LiveRoom, http: httpx.Client, kind: str) -> None:
    """RFC 9725, section 4.3: missing tags 428, others' 412, candidates 204 without a tag, a restart 200 with a new one."""
    made = publish(live, http, kind)
    location, first = made.headers["Location"], made.headers["ETag"]

    def patch(body: str, **headers: str) -> httpx.Response:
        return http.patch(location, content=body, headers=FRAGMENT | headers)

    missing = patch(CANDIDATE)
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition_required")
    for wrong in ('"another"', f"W/{first}"):
        assert (patch(CANDIDATE, **{"If-Match": wrong}).status_code, patch(RESTART, **{"If-Match": wrong}).status_code) == (412, 412)
    added = patch(CANDIDATE, **{"If-Match": f'"another", {first}'})
    assert (added.status_code, added.content, "ETag" in added.headers) == (204, b"", False)
    restarted = patch(RESTART, **ANY)
    second = restarted.headers["ETag"]
    assert (restarted.status_code, second.startswith('"'), second != first) == (200, True, True)
    assert patch(CANDIDATE, **{"If-Match": first}).status_code == 412  # a late candidate of the session that is over
    assert patch(CANDIDATE, **{"If-Match": second}).status_code == 204
    quoted = patch(RESTART, **{"If-Match": '"*"'})
    assert quoted.status_code == 200 and quoted.headers["ETag"] not in (first, second)
    assert http.delete(location, headers={"If-Match": '"another"'}).status_code == 200  # leaving needs no tag, and looks at none
    assert patch(CANDIDATE, **ANY).status_code == 404


def test_servers_for_closed_networks_are_links(house: House) -> None:
    """One header for each address; credentials only where there are some (RFC 9725, section 4.6)."""
    turn = {"urls": ["turn:turn.example.org?transport=udp", "turns:turn.example.org"], "username": "5:peer", "credential": "s3cret="}
    assert list(ice_links([{"urls": "stun:stun.example.org"}, turn])) == [
        '<stun:stun.example.org>; rel="ice-server"',
        '<turn:turn.example.org?transport=udp>; rel="ice-server"; username="5:peer"; credential="s3cret="; credential-type="password"',
        '<turns:turn.example.org>; rel="ice-server"; username="5:peer"; credential="s3cret="; credential-type="password"']


def test_the_answer_to_who_may_be_behind_a_firewall_names_the_servers(house: House) -> None:
    settings = house.settings.model_copy(update={"turn_url": "turn:turn.example.org,turns:turn.example.org", "turn_secret": "x" * 32})
    room = LiveRoom(replace(house, settings=settings))
    try:
        with httpx.Client(base_url=room.base, timeout=10) as client:
            told = [publish(room, client, kind).headers.get_list("Link") for kind in ("whip", "whep")]
    finally:
        room.stop()
    for links in told:
        assert [link.partition(">")[0] for link in links] == ["<turn:turn.example.org", "<turns:turn.example.org"]
        assert all('rel="ice-server"' in link and 'credential-type="password"' in link for link in links)


def test_refusals(live: LiveRoom, http: httpx.Client) -> None:
    """Each is problem+json with a code, a title and a remedy."""
    bearer = {"Authorization": f"Bearer {live.token()}"}
    path = f"/whip/{live.session}"
    location = publish(live, http).headers["Location"]
    watcher = {"Authorization": f"Bearer {live.token('watcher', None)}"}
    cases: list[tuple[httpx.Response, int, str]] = [
        (http.post(path, content=OFFER, headers=SDP), 401, "unauthenticated"),
        (http.post(path, content=OFFER, headers=SDP | {"Authorization": "Bearer nonsense"}), 401, "unauthenticated"),
        (http.post(path, content=OFFER, headers=SDP | {"Authorization": "Basic eDp5"}), 401, "unauthenticated"),
        (http.post("/whip/another-session", content=OFFER, headers=SDP | bearer), 403, "forbidden"),
        (http.post(path, content=OFFER, headers=SDP | watcher), 403, "forbidden"),
        (http.post(path, content=OFFER, headers=bearer | {"Content-Type": "text/plain"}), 415, "unsupported_media_type"),
        (http.post(path, content="", headers=SDP | bearer), 400, "bad_request"),
        (http.post(path, content=b"\xff\xfe", headers=SDP | bearer), 400, "bad_request"),
        (http.post(path, content="v=0\r\nm=" + "x" * 250_000, headers=SDP | bearer), 413, "too_large"),
        (http.delete(f"{path}/nobody"), 404, "not_found"),
        (http.delete(location[:-1] + ("0" if location[-1] != "0" else "1")), 404, "not_found"),
        (http.patch(location, content="a=x", headers=SDP), 415, "unsupported_media_type"),
        (http.post(path, content=OFFER, headers=SDP | bearer | {"Accept": "text/html"}), 406, "not_acceptable"),
        (http.get(f"{path}/nobody"), 404, "not_found"),
        (http.put(path), 405, "method_not_allowed"),
        (http.post(location, content=OFFER, headers=SDP | bearer), 405, "method_not_allowed"),
    ]
    for response, status, code in cases:
        assert response.status_code == status, (response.request.method, response.request.url, response.text)
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.json()["code"] == code and response.json()["title"]
        assert ("WWW-Authenticate" in response.headers) == (status == 401)
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    with live.house.db.read() as db:
        assert len(presence.present_peers(db, live.session)) <= 1  # none of these left anybody in the room
    assert len(live.engine.desired[live.session].peers) == 1


def test_a_refusal_of_the_engine_leaves_nobody_in_the_room(live: LiveRoom, http: httpx.Client) -> None:
    live.open()
    live.engine.kill_worker()
    answer = publish(live, http)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"]
    assert not live.service.follower.follow(live.session).state.peers


def test_an_ended_session_is_refused(live: LiveRoom, http: httpx.Client) -> None:
    token = {"Authorization": f"Bearer {live.token()}"}
    live.open()
    from liaison.services.lifecycle import close_session

    close_session(live.house, live.planner, live.session)
    answer = http.post(f"/whip/{live.session}", content=OFFER, headers=SDP | token)
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_state")


@pytest.mark.parametrize("kind", ["whip", "whep"])
def test_options_say_what_may_be_posted(live: LiveRoom, http: httpx.Client, kind: str) -> None:
    """Also to a browser's preflight for another site's player, and without any secret."""
    preflight = {"Origin": "https://player.example.org", "Access-Control-Request-Method": "POST",
                 "Access-Control-Request-Headers": "authorization,content-type"}
    answer = http.options(f"/{kind}/{live.session}", headers=preflight)
    assert answer.status_code == 200 and answer.headers["Accept-Post"] == "application/sdp" and "Link" not in answer.headers
    assert answer.headers["Access-Control-Allow-Origin"] == "*" and "Access-Control-Allow-Credentials" not in answer.headers
    assert {"POST", "PATCH", "DELETE"} <= set(answer.headers["Access-Control-Allow-Methods"].split(", "))
    assert {"Authorization", "Content-Type", "If-Match"} <= set(answer.headers["Access-Control-Allow-Headers"].split(", "))
    made = publish(live, http, kind)
    exposed = set(made.headers["Access-Control-Expose-Headers"].split(", "))
    assert {"Location", "ETag", "Link"} <= exposed
    assert http.options(made.headers["Location"]).headers["Accept-Patch"] == FRAGMENT["Content-Type"]


@pytest.mark.parametrize("kind", ["whip", "whep"])
def test_looking_finds_nothing_but_the_kind_of_door(live: LiveRoom, http: httpx.Client, kind: str) -> None:
    """RFC 9725, section 4.1: GET succeeds without content; WHEP players ask by HEAD whether an address is theirs."""
    for look in (http.get, http.head):
        door = look(f"/{kind}/{live.session}")
        assert (door.status_code, door.headers["Content-Type"], door.content) == (200, "application/sdp", b"")
        assert look(publish(live, http, kind).headers["Location"]).status_code == 204


def test_an_encoder_that_never_connects_does_not_stay(live: LiveRoom, http: httpx.Client, clock: FixedClock,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    live.open()
    monkeypatch.setattr(live.engine, "_established", lambda *args: None)
    assert publish(live, http).status_code == 201
    clock.advance(46)
    live.service.keeper.remove_ghosts()
    assert not live.engine.desired[live.session].peers


def test_mute_and_removal_reach_encoders(live: LiveRoom, http: httpx.Client) -> None:
    live.open()
    chair = live.enter("chair", None)
    headers = SDP | {"Authorization": f"Bearer {live.token()}"}
    assert http.post(f"/whip/{live.session}", content=OFFER, headers=headers).status_code == 201
    peer = until(lambda: [p for p in chair.snapshot["peers"].values() if p["via"] == "whip"], "the encoder")[0]["peer"]
    assert chair.command("mute_peer", peer=peer)["ok"]
    assert not live.engine.desired[live.session].peers[peer].microphone
    assert chair.command("ask_unmute", peer=peer)["ok"]
    assert live.engine.desired[live.session].peers[peer].microphone
    assert chair.command("remove_peer", peer=peer)["ok"]
    assert peer not in live.engine.desired[live.session].peers
    again = http.post(f"/whip/{live.session}", content=OFFER, headers=headers)
    assert (again.status_code, again.json()["code"]) == (403, "removed")
