"""Who may enter a room as what, and what the tokens are worth."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest

from liaison.domain.actor import ANONYMOUS, Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Forbidden, IllegalState, Invalid, LiaisonError, NotFound, Unauthenticated
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.secret import derived_key
from liaison.services import join, lifecycle, sessions
from tests.support.live_room import LiveRoom
from tests.support.people import TEN, add_actor, organiser, plan


class Case:
    """A session chaired by a minister from the Big Hall, with a deputy, Osh invited, Talas not."""

    def __init__(self, house: House, public: bool = False) -> None:
        self.house = house
        planner = organiser(house)
        self.people: dict[str, Actor] = {
            "anonymous": ANONYMOUS, "organiser": planner,
            "administrator": add_actor(house, "root", AccountRole.ADMINISTRATOR),
            "operator": add_actor(house, "desk", AccountRole.OPERATOR),
            "minister": add_actor(house, "minister", AccountRole.OFFICER),
            "deputy": add_actor(house, "deputy", AccountRole.OFFICER, "big-hall"),
            "osh": add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast"),
            "talas": add_actor(house, "talas", AccountRole.OFFICER, "talas-oblast"),
            "interpreter": add_actor(house, "voice", AccountRole.INTERPRETER),
        }
        self.session = sessions.book_session(house, planner, plan(
            chair_point="big-hall", chair_user="minister", deputy="deputy", public=public)).id

    def may(self, who: str, role: str, point: str | None) -> bool:
        try:
            join.issue_token(self.house, self.people[who], self.session, role=role, point=point)
        except (Forbidden, Unauthenticated):
            return False
        return True


ALLOWED = {
    ("chair", "big-hall"): {"organiser", "administrator", "minister"},
    ("deputy", "big-hall"): {"deputy"},
    ("point", "osh-oblast"): {"organiser", "administrator", "osh"},
    ("point", "big-hall"): {"organiser", "administrator", "deputy"},
    ("interpreter", None): {"organiser", "administrator", "interpreter"},
    ("watcher", None): {"organiser", "administrator", "operator", "minister", "deputy", "osh"},
    ("chair", "osh-oblast"): {"organiser", "administrator"},  # nobody appears under the name of another's point
    ("deputy", "osh-oblast"): set(),
    ("interpreter", "osh-oblast"): {"organiser", "administrator"},
    ("watcher", "osh-oblast"): {"organiser", "administrator", "osh"},
}


@pytest.mark.parametrize(("role", "point"), ALLOWED)
def test_who_may_enter_as_what(house: House, role: str, point: str | None) -> None:
    case = Case(house)
    assert {who for who in case.people if case.may(who, role, point)} == ALLOWED[role, point]


def test_any_account_may_watch_a_public_session(house: House) -> None:
    case = Case(house, public=True)
    assert {who for who in case.people if case.may(who, "watcher", None)} == set(case.people) - {"anonymous"}


def test_the_natural_way_in_comes_first(house: House) -> None:
    case = Case(house)
    ways = {who: join.ways_in(house, actor, case.session)[:1] for who, actor in case.people.items()}
    assert [(way.role, way.point) for way in ways["minister"]] == [("chair", "big-hall")]
    assert [(way.role, way.point) for way in ways["deputy"]] == [("deputy", "big-hall")]
    assert [(way.role, way.point) for way in ways["osh"]] == [("point", "osh-oblast")]
    assert [(way.role, way.point) for way in ways["organiser"]] == [("watcher", None)]
    assert ways["talas"] == ways["anonymous"] == []


@pytest.mark.parametrize("fields", [
    {"role": "king"}, {"role": "point"}, {"role": "point", "point": "talas-oblast"}, {"role": "point", "point": "nowhere"},
    {"role": "point", "point": "osh-oblast", "name": "x" * 201}, {"role": "point", "point": "osh-oblast", "name": "a\x00b"}])
def test_wrong_fields_are_named(house: House, fields: dict[str, Any]) -> None:
    case = Case(house)
    with pytest.raises(Invalid) as caught:
        join.issue_token(house, case.people["organiser"], case.session, **fields)
    assert caught.value.details["errors"][0]["field"] in ("role", "point", "name")


def test_lifetimes(house: House, clock: FixedClock) -> None:
    case = Case(house)
    end = TEN + timedelta(hours=1)
    api = join.issue_token(house, case.people["osh"], case.session, point="osh-oblast")
    page = join.issue_token(house, case.people["osh"], case.session, point="osh-oblast", page=True)
    assert api["expires_at"] == end + timedelta(minutes=60)
    assert page["expires_at"] == clock.now() + timedelta(minutes=2)
    assert (api["room"], api["whip"], api["whep"]) == tuple(f"/{kind}/{case.session}" for kind in ("room", "whip", "whep"))
    assert join.check_token(house, page["token"]).point == "osh-oblast"
    clock.advance(120)
    with pytest.raises(join.TokenRefused):
        join.check_token(house, page["token"])
    assert join.check_token(house, page["token"], expired=True).jti
    assert join.check_token(house, api["token"])


def test_tokens_that_are_not_ours(house: House) -> None:
    case = Case(house)
    good = join.issue_token(house, case.people["osh"], case.session, point="osh-oblast")["token"]
    claims = join.check_token(house, good)
    resume = join.issue_resume(house, claims, "peer", "browser", "A. Aliev")
    assert join.check_resume(house, resume).peer == "peer"
    payload = jwt.decode(good, options={"verify_signature": False})
    forged = [
        jwt.encode(payload, b"x" * 32, algorithm="HS256"),
        jwt.encode(payload, "", algorithm="none"),
        jwt.encode(payload | {"aud": "answer"}, derived_key(house.settings, "join"), algorithm="HS256"),
        jwt.encode(payload | {"exp": "soon"}, derived_key(house.settings, "join"), algorithm="HS256"),
        jwt.encode({"aud": "room"}, derived_key(house.settings, "join"), algorithm="HS256"),
        good[:-4], good + "x", "", "a.b.c", resume]
    for token in forged:
        with pytest.raises(join.TokenRefused):
            join.check_token(house, token)
    with pytest.raises(join.TokenRefused):
        join.check_resume(house, good)


def test_no_way_into_what_is_over(house: House, clock: FixedClock) -> None:
    case = Case(house)
    lifecycle.open_session(house, case.people["organiser"], case.session)
    lifecycle.close_session(house, case.people["organiser"], case.session)
    with pytest.raises(IllegalState):
        join.issue_token(house, case.people["osh"], case.session, point="osh-oblast")
    with pytest.raises(NotFound):
        join.issue_token(house, case.people["osh"], "no-such-session", point="osh-oblast")


def test_anonymous_watching_is_for_public_live_sessions(house: House) -> None:
    private, refusals = Case(house), []
    public = sessions.book_session(house, private.people["organiser"], plan(
        "alay-district", "talas-oblast", public=True)).id
    for session in (private.session, public):
        with pytest.raises(LiaisonError) as caught:
            join.watch_token(house, session)
        refusals.append(type(caught.value))
    assert refusals == [NotFound, IllegalState]
    lifecycle.open_session(house, private.people["organiser"], public)
    claims = join.check_token(house, join.watch_token(house, public)["token"])
    assert (claims.role, claims.point, claims.user, claims.name) == ("watcher", None, None, "")


def test_turn_credentials_are_short_lived(house: House) -> None:
    import base64
    import hashlib
    import hmac

    assert join.ice_servers(house, "p") == []
    settings = house.settings.model_copy(update={"turn_url": "turn:turn.example:443?transport=tcp", "turn_secret": "s3"})
    [server] = join.ice_servers(replace(house, settings=settings), "p")
    expires, _, peer = server["username"].partition(":")
    assert peer == "p" and 0 < int(expires) - house.clock.now().timestamp() <= 12 * 3600
    digest = hmac.new(b"s3", server["username"].encode(), hashlib.sha1).digest()
    assert server["credential"] == base64.b64encode(digest).decode()


def test_credentials_for_the_relay_are_renewed_in_the_room(house: House, clock: FixedClock) -> None:
    """A page that has been there for long asks anew before it restarts ICE; they are its own and later ones."""
    settings = house.settings.model_copy(update={"turn_url": "turn:turn.example:443?transport=tcp", "turn_secret": "s3"})
    live = LiveRoom(replace(house, settings=settings))
    try:
        client = live.enter()
        [first] = client.answer["ice_servers"]
        clock.advance(10)
        [later] = client.call("ice")["ice_servers"]
        assert later["urls"] == first["urls"] and later["credential"] != first["credential"]
        assert later["username"].partition(":")[2] == client.peer
        assert int(later["username"].partition(":")[0]) - int(first["username"].partition(":")[0]) == 10
    finally:
        live.stop()
