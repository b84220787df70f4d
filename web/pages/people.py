"""People: list, create, change, disable, help with a lost password. For administrators and, for officers, the help desk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.actor import Actor, require
from liaison.domain.errors import Invalid, LiaisonError
from liaison.domain.words import AccountRole, LinkPurpose
from liaison.services import deputies, links, people, points

from .. import context, dates, words
from ..errors import status_of
from ..forms import field_errors, texts

bp = Blueprint("people", __name__, url_prefix="/admin/people")

TEXTS = ("full_name", "email", "phone", "role", "language")


def helper() -> Actor:
    """An administrator or operator; Forbidden for others."""
    actor = context.current_actor()
    require(actor.assists, actor)
    return actor


def roles_to_give(actor: Actor) -> list[tuple[str, str]]:
    """The roles this actor may give, with their words."""
    given = list(AccountRole) if actor.administers else [AccountRole.OFFICER, AccountRole.INTERPRETER]
    return [(role.value, words.role_word(role.value)) for role in given]


def _state(wanted: str) -> bool | None:
    return {"active": True, "disabled": False}.get(wanted)


@bp.get("")
def index() -> ResponseReturnValue:
    """Everybody, found by words, role, point and state."""
    actor = helper()
    wanted = {name: request.args.get(name, "").strip() for name in ("q", "role", "point", "state")}
    rows = people.list_users(context.house(), actor, query=wanted["q"], role=wanted["role"], point=wanted["point"],
                             active=_state(wanted["state"]))
    return render_template("admin/people.html", people=rows, wanted=wanted, roles=words.ROLES,
                           points=points.list_points(context.house(), actor), most=people.LIST_LIMIT)


@bp.get("/new")
def new() -> ResponseReturnValue:
    actor = helper()
    form: dict[str, Any] = {"role": "officer", "points": request.args.getlist("point")}
    return _form(actor, form)


@bp.post("/new")
def create() -> ResponseReturnValue:
    """Make the account; then its page offers the letter."""
    actor, form = helper(), _sent()
    try:
        if form["role"] not in set(AccountRole):
            raise Invalid(errors=[{"field": "role", "message": "Choose one of the roles."}])
        made = people.create_user(context.house(), actor, **(form | {"role": AccountRole(form["role"])}))
    except (Invalid, people.NameTaken) as error:
        return _form(actor, form, error)
    flash(_("The account has been created. Print a sign-in letter or mail a link, so that the person can choose a password."), "success")
    return redirect(url_for(".edit", user_id=made["id"]), 303)


@bp.get("/<user_id>")
def edit(user_id: str) -> ResponseReturnValue:
    actor = helper()
    return _form(actor, people.get_user(context.house(), actor, user_id))


@bp.post("/<user_id>")
def change(user_id: str) -> ResponseReturnValue:
    actor, form = helper(), _sent()
    kept = people.get_user(context.house(), actor, user_id)
    fields = {key: value for key, value in form.items() if key in TEXTS}
    try:
        people.change_user(context.house(), actor, user_id, points=form["points"], **fields)
    except (Invalid, people.LastAdministrator) as error:
        return _form(actor, kept | form | {"name": kept["name"]}, error)
    flash(_("Saved."), "success")
    return redirect(url_for(".edit", user_id=user_id), 303)


def _sent() -> dict[str, Any]:
    return {**texts("name", *TEXTS), "points": request.form.getlist("points")}


def _form(actor: Actor, form: dict[str, Any], error: LiaisonError | None = None) -> Response:
    """The page of one account, new or kept, with what was typed and what is wrong with it."""
    page = render_template(
        "admin/person.html", form=form, errors=field_errors(error) if error else {}, roles=roles_to_give(actor),
        points=points.list_points(context.house(), actor), may_change=_may_change(actor, form), may_name=actor.administers,
        deputyships=deputies.list_deputyships(context.house(), actor, form["id"]) if form.get("id") else [])
    return make_response(page, status_of(error) if error else 200)


def _may_change(actor: Actor, form: dict[str, Any]) -> bool:
    return actor.administers or form.get("role") in (AccountRole.OFFICER, AccountRole.INTERPRETER)


@bp.post("/<user_id>/deputies")
def name_deputy(user_id: str) -> ResponseReturnValue:
    """Somebody may book in this person's name, from the first day until the end of the last one."""
    form = texts("deputy", "starts_on", "ends_on")
    try:
        starts_at, ends_at = _day(form, "starts_on", 0), _day(form, "ends_on", 1)
        deputies.add_deputy(context.house(), helper(), user_id, form["deputy"], starts_at, ends_at)
        flash(_("Saved."), "success")
    except Invalid as error:
        flash(next(iter(field_errors(error).values())), "danger")
    return redirect(url_for(".edit", user_id=user_id), 303)


@bp.post("/<user_id>/deputies/<deputyship_id>/end")
def end_deputy(user_id: str, deputyship_id: str) -> ResponseReturnValue:
    deputies.end_deputyship(context.house(), helper(), deputyship_id)
    flash(_("Saved."), "success")
    return redirect(url_for(".edit", user_id=user_id), 303)


def _day(form: dict[str, str], name: str, more: int) -> datetime | None:
    """The beginning of a typed day, or of the day after it; None where nothing was typed."""
    return dates.at(dates.picked(form[name]) + timedelta(days=more)) if form[name] else None


@bp.post("/<user_id>/letter")
def letter(user_id: str) -> ResponseReturnValue:
    """A printable letter with a new one-time link."""
    return pdf(links.sign_in_letters(context.house(), helper(), [user_id]))


@bp.post("/letters")
def several_letters() -> ResponseReturnValue:
    """Letters for all who were ticked, one page each."""
    actor, chosen = helper(), request.form.getlist("user")
    if not chosen:
        raise Invalid("Choose at least one person.")
    return pdf(links.sign_in_letters(context.house(), actor, chosen[:people.LIST_LIMIT]))


def pdf(letters: list[links.Letter]) -> Response:
    """The letters as one file to print; the secrets stand nowhere else."""
    from liaison.reports.letters import letters_pdf  # fpdf2 takes a while to import; most processes never print

    response = Response(letters_pdf(context.house(), letters), mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'attachment; filename="sign-in-letters.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/<user_id>/mail-link")
def mail_link(user_id: str) -> ResponseReturnValue:
    try:
        if links.mail_link(context.house(), helper(), user_id) is LinkPurpose.WELCOME:
            flash(_("A welcome letter with a link is on its way by mail. The link works for seven days."), "success")
        else:
            flash(_("A link to choose a new password is on its way by mail. It works for one hour."), "success")
    except links.NoMail as error:
        flash(field_errors(error)[""], "danger")
    return redirect(url_for(".edit", user_id=user_id), 303)


@bp.post("/<user_id>/active")
def active(user_id: str) -> ResponseReturnValue:
    """Disable or enable, as ``active`` says."""
    on = request.form.get("active") == "1"
    try:
        people.set_active(context.house(), helper(), user_id, on)
        flash(_("The account works again.") if on else _("The account is disabled and signed out everywhere."), "success")
    except people.LastAdministrator as error:
        flash(field_errors(error)[""], "danger")
    return redirect(url_for(".edit", user_id=user_id), 303)
