"""One's own account: language, password, calendar addresses, API tokens."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from liaison.domain.actor import Actor, require
from liaison.domain.errors import Invalid, LiaisonError, RateLimited
from liaison.i18n import N_
from liaison.services import people, sign_in, tokens

from .. import context
from ..errors import status_of
from ..forms import begin_sign_in, field_errors, require_filled

bp = Blueprint("account", __name__, url_prefix="/account")

TOKEN_DAYS = (30, 90, 365)


def _me() -> Actor:
    """The account that asks; Unauthenticated otherwise. Not an API token: it must not outlive itself by making another."""
    actor = context.current_actor()
    require(actor.user_id is not None and context.bearer() is None, actor)
    return actor


@bp.get("")
def show() -> ResponseReturnValue:
    return _page(_me())


def _page(actor: Actor, status: int = 200, **more: Any) -> ResponseReturnValue:
    house = context.house()
    values: dict[str, Any] = {
        "me": people.get_user(house, actor, str(actor.user_id)), "calendar": people.own_calendar(house, actor),
        "tokens": tokens.list_tokens(house, actor, user=actor.user_id), "base_url": house.settings.base_url,
        "errors": {}, "secret": "", "token_days": TOKEN_DAYS}
    return make_response(render_template("auth/account.html", **(values | more)), status)


@bp.post("/password")
def password() -> ResponseReturnValue:
    """Change it; every other browser is signed out, this one stays in."""
    actor = _me()
    try:
        require_filled(old=N_("Type your present password."), password=N_("Choose a new password."))
        if request.form.get("password", "") != request.form.get("password_again", ""):
            raise Invalid(errors=[{"field": "password_again", "message": "The two passwords are not the same."}])
        sign_in.change_password(context.house(), actor, request.form.get("old", ""), request.form.get("password", ""))
    except (Invalid, RateLimited) as error:
        return _page(actor, status_of(error), errors=field_errors(error))
    begin_sign_in(actor)
    flash(_("Your password has been changed. Other browsers have been signed out."), "success")
    return redirect(url_for(".show"), 303)


@bp.post("/language")
def language() -> ResponseReturnValue:
    actor = _me()
    people.change_own(context.house(), actor, language=request.form.get("language", ""))
    response = redirect(url_for(".show"), 303)
    response.delete_cookie(context.LANGUAGE_COOKIE)
    return response


@bp.post("/calendar")
def calendar() -> ResponseReturnValue:
    """A new calendar address, for one that was seen by others."""
    people.new_calendar_secret(context.house(), _me())
    flash(_("You have a new calendar address. Subscribe to it again; the old one no longer works."), "success")
    return redirect(url_for(".show"), 303)


@bp.post("/tokens")
def create_token() -> ResponseReturnValue:
    """Make a token and show its secret, this once."""
    actor = _me()
    try:
        days = int(request.form.get("days", "")) if request.form.get("days", "").isdigit() else 0
        secret = tokens.create_token(context.house(), actor, user=str(actor.user_id), label=request.form.get("label", ""), days=days)
    except LiaisonError as error:
        return _page(actor, status_of(error), errors=field_errors(error))
    return _page(actor, secret=secret)


@bp.post("/tokens/<token_id>/revoke")
def revoke_token(token_id: str) -> ResponseReturnValue:
    tokens.revoke_token(context.house(), _me(), token_id)
    flash(_("The token no longer works."), "success")
    return redirect(url_for(".show"), 303)


@bp.post("/sign-out-everywhere")
def sign_out_everywhere() -> ResponseReturnValue:
    """End the sign-in of every browser, this one too."""
    sign_in.end_sign_ins(context.house(), _me())
    return redirect(url_for("auth.sign_in"), 303)
