"""How many questions citizens asked of a session and what became of them: numbers alone, for those who conduct it and as open data."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from ..domain.questions import SHOWN, QuestionState
from ..domain.words import SessionStatus
from ..house import House
from ..store import tables as t
from .broadcasts import public_session

OPEN = frozenset({QuestionState.WAITING, QuestionState.APPROVED})
COLUMNS = ("asked", "approved", "declined", "merged", "answered_live", "answered_written", "open")
Row = tuple[str, str, str, str]


def question_figures(house: House, session_id: str) -> dict[str, Any]:
    """``{"all": {column: number}, "by_category", "by_origin", "by_place"}``. Whoever asks has been looked at.

    Places are those of questions that everybody reads, as they were told: what was not published is counted without one.
    """
    with house.db.read() as db:
        q = t.Question
        rows = list(db.execute(select(q.state, q.category, q.origin, q.place).where(q.session_id == session_id)).tuples())
    return {"all": _counted(rows), "by_category": _by(rows, 1), "by_origin": _by(rows, 2),
            "by_place": _by([row for row in rows if row[3] and row[0] in SHOWN], 3)}


def open_question_figures(house: House, session_id: str) -> dict[str, Any]:
    """For everybody, once a public session has ended; empty before, and where nothing was asked. Raises NotFound."""
    view = public_session(house, session_id)
    found = question_figures(house, session_id) if view.status == SessionStatus.ENDED else {}
    return found if found and found["all"]["asked"] else {}


def question_table(figures: dict[str, Any]) -> str:
    """CSV: a row for all, each category, each way of asking and each place."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["by", "name", *COLUMNS])
    groups = {"all": {"": figures["all"]}, "category": figures["by_category"], "origin": figures["by_origin"], "place": figures["by_place"]}
    for kind, found in groups.items():
        for name, counts in found.items():
            writer.writerow([kind, _harmless(name), *(counts[column] for column in COLUMNS)])
    return out.getvalue()


def _counted(rows: Iterable[Row]) -> dict[str, int]:
    states = Counter(row[0] for row in rows)
    told = {"asked": sum(states.values()), "approved": sum(states[state] for state in SHOWN), "open": sum(states[state] for state in OPEN)}
    return {column: told.get(column, states[column]) for column in COLUMNS}


def _by(rows: list[Row], column: int) -> dict[str, dict[str, int]]:
    """The most asked first; places that differ in capitals alone are one."""
    groups: dict[str, list[Row]] = {}
    names: dict[str, str] = {}
    for row in rows:
        names.setdefault(row[column].casefold(), row[column])
        groups.setdefault(row[column].casefold(), []).append(row)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return {names[key]: _counted(found) for key, found in ordered}


def _harmless(cell: str) -> str:
    """A place that a spreadsheet would read as a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
