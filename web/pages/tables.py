"""What the office keeps as tables: download one, change it in a spreadsheet, see what each row would do, carry it out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from liaison.domain.actor import require
from liaison.domain.errors import Invalid
from liaison.services import csv_tables
from liaison.services.csv_tables import Table, Verdict
from liaison.services.tables_kept import TABLES, find_table

from .. import context
from ..errors import sentence, status_of
from ..forms import field_errors

bp = Blueprint("tables", __name__, url_prefix="/admin/tables")

TITLES = {"points": _l("Points"), "people": _l("People"), "deputies": _l("Deputies"), "texts": _l("Message texts")}
ABOUT = {
    "points": _l("Telephone, e-mail, link and state of every point. Names and places can be changed of mobile points only; a new short "
                 "name adds a mobile point."),
    "people": _l("Every account with its role and points. A new sign-in name adds an account; nobody is removed: write no under active to "
                 "disable an account."),
    "deputies": _l("Who may book in whose name, from which day to which. Another last day changes a row; a new chief, deputy or first "
                   "day adds one; nothing is removed."),
    "texts": _l("The office's own words in messages. An empty text goes back to the usual words."),
}
VERDICTS = {Verdict.ADDED: _l("Added"), Verdict.CHANGED: _l("Changed"), Verdict.SAME: _l("Stays"), Verdict.REFUSED: _l("Refused")}
LOOKS = {Verdict.ADDED: "good", Verdict.CHANGED: "info", Verdict.SAME: "plain", Verdict.REFUSED: "bad"}


@bp.get("")
def index() -> ResponseReturnValue:
    """The way in leads to the first."""
    return redirect(url_for(".show", key=_table(next(iter(TABLES))).key))


@bp.get("/<key>")
def show(key: str) -> ResponseReturnValue:
    return _page(_table(key))


@bp.get("/<key>.csv")
def export(key: str) -> Response:
    """The table as it is kept."""
    table = _table(key)
    response = Response(csv_tables.export_table(context.house(), context.current_actor(), table), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{table.key}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/<key>")
def look_or_import(key: str) -> ResponseReturnValue:
    """First the uploaded table is looked through; the page then sends its text back to be carried out."""
    table, actor, file = _table(key), context.current_actor(), request.files.get("file")
    data: bytes | str = file.read() if file else request.form.get("table", "")
    try:
        if not data:
            raise Invalid("Choose a file first.")
        if request.form.get("act") == "import":
            return _page(table, outcome=csv_tables.carry_out(context.house(), actor, table, data), done=True)
        outcome = csv_tables.look_through(context.house(), actor, table, data)
    except Invalid as error:
        return _page(table, status_of(error), error=field_errors(error)[""])
    return _page(table, 200 if outcome.fine else 422, outcome=outcome, text=csv_tables.decoded(data))


def _table(key: str) -> Table:
    """Raises NotFound, Unauthenticated, Forbidden."""
    actor = context.current_actor()
    require(actor.assists, actor)
    table = find_table(key)
    require(table.allowed(actor), actor)
    return table


def _page(table: Table, status: int = 200, **more: Any) -> ResponseReturnValue:
    actor = context.current_actor()
    values: dict[str, Any] = {
        "table": table, "title": TITLES[table.key], "about": ABOUT[table.key], "columns": table.columns(context.house()), "outcome": None,
        "done": False, "text": "", "error": "", "sentence": sentence, "verdicts": VERDICTS, "looks": LOOKS,
        "others": [(one.key, TITLES[one.key]) for one in TABLES.values() if one.allowed(actor)]}
    return make_response(render_template("admin/table.html", **(values | more)), status)
