"""Tables as text: formulas kept harmless and brought back, encodings and delimiters found out, headings checked, cells read."""

from __future__ import annotations

import pytest

from liaison.domain.errors import Invalid
from liaison.services.csv_tables import Row, Verdict, cells, guarded, read, read_degrees, read_yes_no, texts_of, unguarded, written

COLUMNS = ("slug", "name", "phone")


@pytest.mark.parametrize("cell", ["=1+1", "+996 312", "-5", "@SUM(A1)", "\tx", "=HYPERLINK(\"http://x\")", "-"])
def test_a_formula_is_made_harmless_and_comes_back(cell: str) -> None:
    assert guarded(cell) == "'" + cell
    assert unguarded(guarded(cell)) == cell


@pytest.mark.parametrize("cell", ["", "Osh", "1-2", "'quoted'", "O'Neil", "a=b", "№ 5"])
def test_other_cells_stay(cell: str) -> None:
    assert guarded(cell) == unguarded(cell) == cell


def test_what_is_written_is_what_is_read() -> None:
    rows = [["van-1", 'He said "no"; and left', "+996 1"], ["van-2", "Ош\nкаласы", "=x"]]
    text = written(COLUMNS, rows)
    assert text.startswith("\ufeffslug;name;phone\r\n")
    assert "'+996 1" in text and "'=x" in text
    assert [list(row.values.values()) for row in read(text.encode(), COLUMNS, ("slug",))] == rows


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_spreadsheets_of_every_kind(delimiter: str, encoding: str) -> None:
    data = delimiter.join(("SLUG ", " Name")) + "\n" + delimiter.join((" van-1 ", "Ош ")) + "\n\n" + delimiter * 1 + "\n"
    (row,) = read(data.encode(encoding), COLUMNS, ("slug",))
    assert (row.line, row.values) == (2, {"slug": "van-1", "name": "Ош"})


@pytest.mark.parametrize(("data", "words"), [
    ("", "empty"), ("slug\n", "empty"), ("slug\n \n", "empty"), ("name\nOsh", "missing"), ("slug,colour\na,b", "no column"),
    ("slug,\na,b", "no column"), ("slug,slug\na,b", "twice"), ('slug,name\na,"b', "can be read"), ("slug\n" + "a\n" * 2001, "more than"),
])
def test_what_is_no_such_table_is_refused_as_a_whole(data: str, words: str) -> None:
    with pytest.raises(Invalid) as error:
        read(data, COLUMNS, ("slug",))
    assert words in str(error.value)


def test_a_short_line_leaves_the_rest_as_it_is_and_a_long_one_is_refused() -> None:
    short, long = read("slug,name,phone\nvan-1,Van\nvan-2,,,x", COLUMNS, ("slug",))
    assert short.values == {"slug": "van-1", "name": "Van"}
    assert [error["field"] for error in long.errors] == [""]


def test_characters_that_cannot_be_kept_are_named() -> None:
    (row,) = read("slug,name\nvan-1,a\x07b", COLUMNS, ("slug",))
    assert [error["field"] for error in row.errors] == ["name"]


@pytest.mark.parametrize(("cell", "wanted"), [
    ("yes", True), ("NO", False), ("Ооба", True), ("жок", False), ("да", True), ("0", False), ("", True),
])
def test_yes_and_no_in_every_language(cell: str, wanted: bool) -> None:
    row = Row(2, {"active": cell})
    assert (read_yes_no(row, "active", True), row.errors) == (wanted, [])


def test_neither_yes_nor_no() -> None:
    row = Row(2, {"active": "perhaps"})
    read_yes_no(row, "active", True)
    assert [error["field"] for error in row.errors] == ["active"]
    assert read_yes_no(Row(2, {}), "active", False) is False


@pytest.mark.parametrize(("values", "wanted", "wrong"), [
    ({"lat": "42.5"}, 42.5, False), ({"lat": "42,5"}, 42.5, False), ({"lat": ""}, None, False),
    ({}, 1.0, False), ({"lat": "north"}, 1.0, True),
])
def test_degrees(values: dict[str, str], wanted: float | None, wrong: bool) -> None:
    row = Row(2, values)
    assert (read_degrees(row, "lat", 1.0), bool(row.errors)) == (wanted, wrong)


def test_texts_whose_column_is_missing_stay() -> None:
    row = Row(2, {"name_ky": "Ош", "name_en": ""})
    assert texts_of(row, "name", ("ky", "ru", "en"), {"ru": "Ош ру", "en": "Osh"}) == {"ky": "Ош", "ru": "Ош ру"}


@pytest.mark.parametrize(("new", "before", "after", "wrong", "verdict"), [
    (True, {}, {"a": "1"}, False, Verdict.ADDED), (False, {"a": "1"}, {"a": "1"}, False, Verdict.SAME),
    (False, {"a": "1"}, {"a": "2"}, False, Verdict.CHANGED), (False, {"a": "1"}, {"a": "1"}, True, Verdict.REFUSED),
])
def test_the_verdict(new: bool, before: dict[str, str], after: dict[str, str], wrong: bool, verdict: Verdict) -> None:
    row = Row(2, {})
    if wrong:
        row.refuse("a", "no")
    row.settle(new, before, after)
    assert row.verdict is verdict


def test_the_heading_decides_the_delimiter() -> None:
    assert cells("a;b\n1,5;2") == [["a", "b"], ["1,5", "2"]]
