"""Getting in: sign-in, one-time links, forgotten password, the language switch."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import logout_user

from liaison.domain.errors import Invalid, LiaisonError, NotFound
from liaison.domain.words import LinkPurpose
from liaison.i18n import N_
from liaison.services import links, people, sign_in

from .. import context
from ..errors import RETRY_AFTER_S, status_of
from ..forms import begin_sign_in, field_errors, known_names, remember_browser, require_filled, safe_next, texts
from ..limits import limited

bp = Blueprint("auth", __name__)

LANGUAGE_COOKIE_AGE_S = 365 * 24 * 3600


@bp.get("/sign-in", endpoint="sign_in")
def sign_in_form() -> ResponseReturnValue:
    """The door for accounts."""
    if context.current_actor().signed_in:
        return redirect(safe_next())
    return render_template("auth/sign_in.html", name=(known_names() or [""])[0], errors={}, next=safe_next(""))


@bp.post("/sign-in")
@limited("600 per minute")
def sign_in_now() -> ResponseReturnValue:
    """Check name and password; the persistent delays are in liaison.services.sign_in."""
    name, password = request.form.get("name", "").strip().lower(), request.form.get("password", "")
    try:
        require_filled(name=N_("Type your sign-in name."), password=N_("Type your password."))
        actor = sign_in.sign_in(context.house(), name, password, context.address(), known_browser=name in known_names())
    except LiaisonError as error:
        return _sign_in_again(name, error)
    target = safe_next()
    begin_sign_in(actor)
    response = make_response(redirect(target, 303))
    remember_browser(response, name)
    return response


def _sign_in_again(name: str, error: LiaisonError) -> Response:
    status = 401 if isinstance(error, sign_in.WrongPassword) else status_of(error)
    page = render_template("auth/sign_in.html", name=name, errors=field_errors(error), next=safe_next(""))
    response = make_response(page, status)
    wait = error.details.get("retry_after_seconds", RETRY_AFTER_S.get(status))
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this browser's sign-in."""
    logout_user()
    session.clear()
    return redirect("/", 303)


@bp.get("/forgot-password")
def forgot_form() -> str:
    return render_template("auth/forgot.html", sent=False, errors={})


@bp.post("/forgot-password")
@limited("60 per minute")
def forgot_now() -> ResponseReturnValue:
    """The same answer whether or not there is such an account."""
    try:
        require_filled(name=N_("Type your sign-in name or your e-mail address."))
    except Invalid as error:
        return render_template("auth/forgot.html", sent=False, errors=field_errors(error)), 422
    links.ask_for_reset(context.house(), request.form.get("name", "")[:254], context.address())
    return render_template("auth/forgot.html", sent=True, errors={})


@bp.get("/link")
def code_form() -> ResponseReturnValue:
    """Where the code of a printed letter is typed in."""
    code = request.args.get("code", "").strip()
    if code:
        return redirect(url_for(".link_form", secret=links.canonical(code)))
    if "code" in request.args:
        return render_template("auth/code.html", errors={"code": _("Type the code from your letter.")}), 422
    return render_template("auth/code.html", errors={})


@bp.get("/link/<secret>")
def link_form(secret: str) -> str:
    """What a one-time link is for; only its button uses it up (mail scanners open links)."""
    link = links.look_at_link(context.house(), secret)
    if link.language and context.LANGUAGE_COOKIE not in request.cookies:
        g.language = link.language
    return render_template("auth/link.html", link=link, form={"name": link.name}, errors={}, purposes=LinkPurpose)


@bp.post("/link/<secret>")
@limited("600 per minute")
def link_use(secret: str) -> ResponseReturnValue:
    """Choose the password (for the first administrator also the name) and come in."""
    link, form = links.look_at_link(context.house(), secret), texts("name", "full_name")
    try:
        if link.purpose is LinkPurpose.DEMO:
            actor = links.enter_demonstration(context.house(), secret, context.address())
        else:
            actor = links.use_link(context.house(), secret, password=_new_password(), **form, language=context.language(),
                                   address=context.address())
    except (Invalid, people.NameTaken) as error:
        page = render_template("auth/link.html", link=link, form=form, errors=field_errors(error), purposes=LinkPurpose)
        return make_response(page, 422)
    target = safe_next()
    begin_sign_in(actor)
    response = make_response(redirect(target, 303))
    remember_browser(response, link.name or form["name"].lower())
    return response


def _new_password() -> str:
    """The password typed twice. Invalid when the two differ."""
    password = request.form.get("password", "")
    if password != request.form.get("password_again", ""):
        raise Invalid(errors=[{"field": "password_again", "message": "The two passwords are not the same."}])
    return password


@bp.post("/language/<code>")
def language(code: str) -> ResponseReturnValue:
    """Read on in another language; an account remembers it everywhere, a visitor in this browser."""
    if code not in context.house().network.languages:
        raise NotFound(_("There is no such language here."))
    actor = context.current_actor()
    if actor.user_id:
        people.change_own(context.house(), actor, language=code)
    response = make_response(redirect(safe_next(), 303))
    response.set_cookie(context.LANGUAGE_COOKIE, code, max_age=LANGUAGE_COOKIE_AGE_S, samesite="Lax", httponly=True,
                        secure=request.is_secure)
    return response
