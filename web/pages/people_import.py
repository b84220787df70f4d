"""Accounts from a table: upload, look at every row, import all or nothing, print the letters."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request
from flask.typing import ResponseReturnValue

from liaison.domain.errors import Invalid
from liaison.services import people, people_import

from .. import context
from ..errors import sentence, status_of
from ..forms import field_errors
from .people import helper

bp = Blueprint("people_import", __name__, url_prefix="/admin/people/import")

@bp.get("")
def form() -> ResponseReturnValue:
    helper()
    return _page()


@bp.get("/template.csv")
def template() -> Response:
    """The table to fill in."""
    helper()
    response = Response(people_import.template(context.house()), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="officers.csv"'
    return response


@bp.post("")
def look_or_import() -> ResponseReturnValue:
    """First the uploaded table is looked through; the page then sends its text back to be imported."""
    actor, file = helper(), request.files.get("file")
    data: bytes | str = file.read() if file else request.form.get("table", "")
    try:
        if not data:
            raise Invalid("Choose a file first.")
        plan = people_import.look_through(context.house(), actor, data)
        if request.form.get("act") == "import" and plan.fine:
            return _done(people_import.carry_out(context.house(), actor, data))
    except Invalid as error:
        return _page(status_of(error), error=field_errors(error)[""])
    return _page(200 if plan.fine else 422, plan=plan, table=data if isinstance(data, str) else people_import.decode(data))


def _done(ids: list[str]) -> ResponseReturnValue:
    actor = helper()
    made = [people.get_user(context.house(), actor, user_id) for user_id in ids]
    return _page(201, made=made)


def _page(status: int = 200, **more: Any) -> ResponseReturnValue:
    values: dict[str, Any] = {"plan": None, "table": "", "made": [], "error": "", "sentence": sentence}
    return make_response(render_template("admin/people_import.html", **(values | more)), status)
