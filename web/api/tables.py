"""``/api/v1/tables``: what the office keeps as CSV, and an import with a dry run."""

from __future__ import annotations

from typing import Any

from flask import Response

from liaison.services import csv_tables
from liaison.services.csv_tables import Row
from liaison.services.tables_kept import find_table
from web import errors
from web.context import current_actor, house

from . import edge
from . import table_schemas as schemas

bp = edge.blueprint("api_tables")


@bp.get("/tables/<key>.csv")
@bp.output({}, content_type="text/csv")
@bp.doc(summary="Get a table as CSV", responses=edge.problems(404), security=edge.TOKEN)
def get_table(key: str) -> Response:
    """``points``, ``people`` or ``texts``, as it is kept: UTF-8 with a byte-order mark, semicolons."""
    text = csv_tables.export_table(house(), current_actor(), find_table(key))
    response = Response(text, mimetype="text/csv")
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/tables/<key>")
@edge.body(bp, schemas.TableIn)
@bp.output(schemas.TableOut)
@bp.doc(summary="Import a table", responses=edge.problems(404, 413, 415, 422), security=edge.TOKEN)
def import_table(key: str, data: schemas.TableIn) -> Response:
    """All of it or nothing. With ``dry_run`` every row's verdict is told and nothing is changed."""
    table = find_table(key)
    act = csv_tables.look_through if data.dry_run else csv_tables.carry_out
    outcome = act(house(), current_actor(), table, data.table)
    counts = {str(verdict): count for verdict, count in outcome.counts().items()}
    return edge.tagged({"dry_run": data.dry_run, "fine": outcome.fine, "counts": counts,
                        "rows": [_row(row, table.needed) for row in outcome.rows]})


def _row(row: Row, needed: tuple[str, ...]) -> dict[str, Any]:
    wrong = [{"field": error["field"], "message": errors.sentence(error["message"], error)} for error in row.errors]
    changes = [{"field": change.field, "before": change.before, "after": change.after} for change in row.changes]
    return {"line": row.line, "name": row.named(needed), "verdict": str(row.verdict), "changes": changes, "errors": wrong}
