"""Declared fields: what each type takes and refuses."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.domain.errors import Invalid
from signaling.fields import Field, check, flag, list_of, map_of, number, one_of, shape, text
from signaling.messages import CLIENT
from signaling.room.commands import COMMANDS

CASES: list[tuple[Any, list[Any], list[Any]]] = [
    (text(3), ["a", "abc", "Өөө"], ["", "abcd", 1, None, b"a", "a\x00", "\ud800", ["a"]]),
    (text(3, 0), [""], ["abcd"]),
    (flag, [True, False], [0, 1, "true", None]),
    (number(0, 10), [0, 10, 2.5], [-1, 10.1, float("nan"), float("inf"), True, "1", None, 2**5000]),
    (number(0, 10, whole=True), [0, 10], [2.5, 1.0, True]),
    (number(0, 10, nullable=True), [None, 1], ["1"]),
    (one_of("a", "b"), ["a"], ["c", "", None, ["a"], {}]),
    (list_of(flag, 2), [[], [True, False]], [[1], [True] * 3, "ab", {}, None]),
    (map_of(flag, 2, 3), [{}, {"a": True}], [{"a": 1}, {"long": True}, {"": True}, {"a": True, "b": True, "c": True}, [], None]),
    (shape({"a": Field(flag)}), [{"a": True}], [{}, {"a": 1}, {"a": True, "b": 1}, None, []]),
    (shape({"a": Field(flag)}, nullable=True), [None], [{}]),
]


@pytest.mark.parametrize(("kind", "good", "bad"), CASES)
def test_types(kind: Any, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert check({"x": value}, {"x": Field(kind)}) == {"x": value}
    for value in bad:
        with pytest.raises(Invalid) as caught:
            check({"x": value}, {"x": Field(kind)})
        assert caught.value.details["errors"][0]["field"].startswith("x")


def test_every_mistake_is_named() -> None:
    with pytest.raises(Invalid) as caught:
        check({"a": 1, "z": 2}, {"a": Field(flag), "b": Field(flag), "c": Field(flag, required=False)})
    assert {error["field"] for error in caught.value.details["errors"]} == {"a", "b", "z"}


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=12)


@given(st.sampled_from([row.fields for row in (*CLIENT.values(), *COMMANDS.values())]), st.data())
def test_no_json_breaks_the_check_of_any_message(fields: Any, data: st.DataObject) -> None:
    names = st.sampled_from([*fields, "other"])
    message = data.draw(JSON | st.dictionaries(names, JSON, max_size=4))
    with contextlib.suppress(Invalid):
        assert set(check(message, fields)) <= set(fields)
