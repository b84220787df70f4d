"""What viewers see, from the room's state alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from signaling.broadcast.scene import BREAK, DOORS_CLOSED, ENDED, SOON, Scene, scene_of
from signaling.broadcast.studio import Words
from signaling.room.channels import Channel
from signaling.room.floor import Speech
from signaling.room.questions import Question
from signaling.room.stage import PINNED, TWO, Closed, Stage
from signaling.room.state import CLOSED, LIVE, Peer, RoomState

NOW = datetime(2027, 3, 2, 5, 0, tzinfo=UTC)


def peer(name: str, role: str = "point", **more: object) -> Peer:
    return replace(Peer(name, name, role, name, "browser", NOW, camera=True, microphone=True), **more)


def live(*peers: Peer, **more: object) -> RoomState:
    return RoomState("room", phase=LIVE, peers={one.id: one for one in peers}, **more)  # type: ignore[arg-type]


CHAIR, OSH, NARYN = peer("chair", "chair"), peer("osh"), peer("naryn")


@pytest.mark.parametrize(("state", "slate"), [
    (RoomState("room"), SOON),
    (RoomState("room", phase=CLOSED, peers={"osh": OSH}), ENDED),
    (live(CHAIR, OSH, closed_item=Closed(("osh",))), DOORS_CLOSED),
    (live(), BREAK),
    (live(peer("citizen", "watcher")), BREAK),
])
def test_a_slate_is_shown_and_nothing_of_the_room(state: RoomState, slate: str) -> None:
    assert scene_of(state, ["osh"]) == Scene(slate)
    assert scene_of(state).sources == ()


def test_the_floor_comes_before_the_loudest_and_the_chair_is_there_when_nobody_speaks() -> None:
    state = live(OSH, NARYN, CHAIR)
    assert scene_of(state).large == "chair:camera"
    assert scene_of(state, ["naryn"]).speaker == "naryn"
    assert scene_of(replace(state, speech=Speech("osh", "osh", NOW)), ["naryn"]).large == "osh:camera"


def test_who_is_away_or_waits_outside_is_not_shown() -> None:
    state = live(replace(OSH, away_at=NOW), replace(NARYN, held=True), CHAIR)
    assert scene_of(state, ["osh", "naryn"]).speaker == "chair"


def test_whoever_has_no_camera_is_named_all_the_same() -> None:
    scene = scene_of(live(replace(OSH, camera=False), CHAIR), ["osh"])
    assert (scene.speaker, scene.large) == ("osh", None)


def test_a_screen_is_large_with_its_speaker_beside_it_unless_the_chair_shows_others() -> None:
    state = live(OSH, CHAIR, screen="osh")
    scene = scene_of(state, ["chair"])
    assert (scene.large, scene.second, scene.even) == ("osh:screen", "chair:camera", False)
    assert scene_of(replace(state, stage=Stage(PINNED, ("chair",)))).large == "chair:camera"
    assert scene_of(replace(state, screen="gone")).large == "chair:camera"


def test_two_side_by_side_and_one_of_them_alone_where_the_other_has_no_picture() -> None:
    state = live(OSH, NARYN, CHAIR, stage=Stage(TWO, ("osh", "naryn")))
    assert scene_of(state).sources == ("osh:camera", "naryn:camera") and scene_of(state).even
    dark = live(replace(OSH, camera=False), NARYN, CHAIR, stage=Stage(TWO, ("osh", "naryn")))
    assert (scene_of(dark).large, scene_of(dark).second, scene_of(dark).even) == ("naryn:camera", None, False)


def test_sign_language_channels_and_the_agenda_s_item() -> None:
    sign = peer("sign", "interpreter")
    scene = scene_of(live(CHAIR, sign, sign="sign", agenda_index=1, agenda_since=NOW,
                          channels={"ru": Channel(("a",), air="a"), "en": Channel(("b",))}))
    assert (scene.sign, scene.item, scene.channels) == ("sign:camera", 1, ("ru",))
    assert scene_of(live(CHAIR)).item is None


def test_the_question_that_is_answered_stands_in_the_strip_and_a_citizen_under_the_own_name() -> None:
    words = Words("The session", {}, {"osh": "Osh Province", "chair": "Big Hall"}, ("1. Roads",), "A citizen")
    taken = live(CHAIR, OSH, question=Question(3, "When  will\nit rain?", "Aida", "Gülchö"), agenda_since=NOW)
    scene = scene_of(taken)
    assert (words.speaker(scene), words.about(scene)) == ("Big Hall", "№ 3 · Aida, Gülchö: When will it rain?")
    spoken = Speech("osh", NOW, NOW, question=Question(4, "Is there work?", "Bakyt", "Uzgen"))
    scene = scene_of(live(CHAIR, OSH, speech=spoken, agenda_since=NOW))
    assert (words.speaker(scene), words.about(scene)) == ("Bakyt · Uzgen · Osh Province", "№ 4: Is there work?")
    nameless = scene_of(live(CHAIR, OSH, speech=replace(spoken, question=Question(4, "Is there work?"))))
    assert words.speaker(nameless) == "A citizen · Osh Province"
    away = scene_of(live(CHAIR, replace(OSH, away_at=NOW), speech=spoken))
    assert words.speaker(away) == "Big Hall", "somebody else is in the picture"
    assert words.about(scene_of(live(CHAIR, agenda_since=NOW))) == "1. Roads"
