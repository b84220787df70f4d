"""Groups of points and templates of sessions, through the services."""

from __future__ import annotations

import pytest

from liaison.domain.actor import Actor
from liaison.domain.errors import Conflict, Forbidden, IllegalState, Invalid, NotFound
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import point_groups, sessions, templates
from liaison.services.series import Recurrence, book_series
from tests.support.people import TEN, add_actor, organiser, plan

NAME = {"en": "The south", "ru": "Юг"}
SOUTH = ("osh-oblast", "batken-oblast")


@pytest.fixture
def booker(house: House) -> Actor:
    return organiser(house)


def own(house: House, booker: Actor) -> list[tuple[str, tuple[str, ...]]]:
    return [(group.slug, group.points) for group in point_groups.list_groups(house, booker) if not group.built_in]


def test_groups_of_the_network_and_own_ones_are_listed_and_expanded(house: House, booker: Actor) -> None:
    point_groups.save_group(house, booker, "south", NAME, SOUTH)
    found = {group.slug: len(group.points) for group in point_groups.list_groups(house, booker)}
    assert found["south"] == 2 and found["provinces"] == 9 and found["all"] == 63
    both = point_groups.expand_groups(house, booker, ["south", "provinces"])
    assert both[:2] == SOUTH and len(both) == 9
    with pytest.raises(Invalid) as refused:
        point_groups.expand_groups(house, booker, ["provinces", "atlantis"])
    assert refused.value.details["errors"][0]["field"] == "groups.1"


def test_a_group_is_changed_and_thrown_away_and_the_networks_own_are_not(house: House, booker: Actor) -> None:
    point_groups.save_group(house, booker, "south", NAME, SOUTH, new=True)
    with pytest.raises(Conflict):
        point_groups.save_group(house, booker, "south", NAME, SOUTH, new=True)
    point_groups.save_group(house, booker, "south", NAME, ("osh-city", "osh-oblast"), new=False)
    assert own(house, booker) == [("south", ("osh-city", "osh-oblast"))]
    for act in (lambda: point_groups.save_group(house, booker, "all", NAME, SOUTH),
                lambda: point_groups.delete_group(house, booker, "all")):
        with pytest.raises(IllegalState):
            act()
    point_groups.delete_group(house, booker, "south")
    with pytest.raises(NotFound):
        point_groups.delete_group(house, booker, "south")


def test_a_table_goes_out_and_comes_back_all_or_nothing(house: House, booker: Actor) -> None:
    point_groups.save_group(house, booker, "south", NAME | {"ky": "=Түштүк"}, SOUTH)
    table = point_groups.export_groups(house, booker)
    assert "'=Түштүк" in table  # no spreadsheet runs it
    point_groups.delete_group(house, booker, "south")
    rows = point_groups.look_through(house, booker, table.encode("utf-8-sig"))
    assert [(row.slug, row.points, row.new, row.errors) for row in rows] == [("south", SOUTH, True, ())]
    assert own(house, booker) == []  # looking changes nothing
    assert point_groups.import_groups(house, booker, table) == 1
    assert own(house, booker) == [("south", SOUTH)]
    with pytest.raises(Invalid) as refused:
        point_groups.import_groups(house, booker, "slug;name_en;points\nnorth;North;naryn-oblast\nbad;;atlantis\nnorth;N;naryn-oblast\n")
    assert {error["field"] for error in refused.value.details["errors"]} == {"3.name", "3.points.0", "4.slug"}
    assert own(house, booker) == [("south", SOUTH)]


@pytest.mark.parametrize("data", [b"\xff\xfe", "a,b\n1,2\n", "slug,points\n" + "x,y\n" * 201])
def test_what_is_no_table_of_groups_is_refused(house: House, booker: Actor, data: bytes | str) -> None:
    with pytest.raises(Invalid):
        point_groups.look_through(house, booker, data)


def test_a_template_of_the_network_has_the_points_of_its_groups(house: House, booker: Actor) -> None:
    found = templates.get_template(house, booker, "government-weekly")
    made = templates.plan_of_template(house, booker, found, TEN)
    assert (made.kind, made.duration_minutes, made.points[0], len(made.points)) == ("government", 90, "big-hall", 10)
    assert sessions.book_session(house, booker, made).number


def test_a_session_becomes_a_template_and_a_session_again(house: House, booker: Actor) -> None:
    point_groups.save_group(house, booker, "south", NAME, SOUTH)
    first = book_series(house, booker, plan("big-hall", *SOUTH), Recurrence("FREQ=WEEKLY;COUNT=3"))
    made = templates.make_template(house, booker, first.id, {"en": "Mine"}, ["south"])
    assert (made.time, made.rule, list(made.plan["points"])) == ("10:00", "FREQ=WEEKLY;BYDAY=MO;COUNT=3", ["big-hall"])
    point_groups.save_group(house, booker, "south", NAME, ("talas-oblast",))
    again = templates.plan_of_template(house, booker, templates.get_template(house, booker, made.id), TEN)
    assert again.points == ("big-hall", "talas-oblast")  # the group as it is now
    templates.delete_template(house, booker, made.id)
    with pytest.raises(NotFound):
        templates.get_template(house, booker, made.id)
    with pytest.raises(IllegalState):
        templates.delete_template(house, booker, "government-weekly")


def test_only_those_who_plan_may_change_groups_and_see_templates(house: House, booker: Actor) -> None:
    officer = add_actor(house, "osh", AccountRole.OFFICER, "osh-oblast")
    assert point_groups.list_groups(house, officer)
    for act in (lambda: point_groups.save_group(house, officer, "x", NAME, SOUTH), lambda: templates.list_templates(house, officer),
                lambda: point_groups.delete_group(house, officer, "x"), lambda: point_groups.import_groups(house, officer, ""),
                lambda: templates.make_template(house, officer, "x", NAME)):
        with pytest.raises(Forbidden):
            act()
