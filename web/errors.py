"""The one place that turns errors into HTTP answers: problem+json (RFC 9457) for programs, a friendly page for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from liaison.domain import errors as e
from liaison.process import get_logger
from liaison.services.disk import DiskFull
from liaison.services.links import LinkSpent

from . import context

PROBLEM = "application/problem+json"
PROGRAMS = ("/api/", "/whip/", "/whep/", "/calendar/")
STATUS: dict[type[e.LiaisonError], int] = {
    e.Invalid: 422, e.NotFound: 404, e.Forbidden: 403, e.Unauthenticated: 401, e.PreconditionFailed: 412,
    e.BookingConflict: 409, e.IllegalState: 409, e.Conflict: 409, e.Busy: 503, e.RateLimited: 429, e.Unavailable: 503,
    e.RoomFull: 503, LinkSpent: 410, DiskFull: 507,
}
LISTS = ("errors", "refused")
"""Details that are lists of sentences: wrong fields, refused dates of a series."""
RETRY_AFTER_S = {503: 5, 429: 1}

log = get_logger("liaison.web")


class BadRequest(e.LiaisonError):
    code = "bad_request"
    message = "The request could not be understood."
    remedy = "Check what was sent."


class PageExpired(e.LiaisonError):
    code = "page_expired"
    message = "This page was open for too long."
    remedy = "Load the page again and repeat the last step."


class MethodNotAllowed(e.LiaisonError):
    code = "method_not_allowed"
    message = "This address does not take this kind of request."
    remedy = "Check the address and the method."


class Gone(e.LiaisonError):
    code = "gone"
    message = "This is no longer available."
    remedy = "Ask for a new link, or start again from the list."


class TooLarge(e.LiaisonError):
    code = "too_large"
    message = "What was sent is too large."
    remedy = "Send a smaller file or a shorter text."


class UnsupportedMediaType(e.LiaisonError):
    code = "unsupported_media_type"
    message = "This content type is not accepted here."
    remedy = "Send the content type that the documentation names."


class PreconditionRequired(e.LiaisonError):
    code = "precondition_required"
    message = "This change must name the state that it is for."
    remedy = "Send the mark of the last answer along with the change."


class NotAcceptable(e.LiaisonError):
    code = "not_acceptable"
    message = "This is not offered in the form you asked for."
    remedy = "Ask for another form of it."


class Broken(e.LiaisonError):
    code = "internal_error"
    message = "Something went wrong on our side."
    remedy = "It has been written down. Try again; if it happens again, call the help desk."


HTTP: dict[int, type[e.LiaisonError]] = {
    400: BadRequest, 401: e.Unauthenticated, 403: e.Forbidden, 404: e.NotFound, 405: MethodNotAllowed,
    406: NotAcceptable, 409: e.Conflict, 410: Gone, 412: e.PreconditionFailed, 413: TooLarge,
    415: UnsupportedMediaType, 422: e.Invalid, 428: PreconditionRequired, 429: e.RateLimited, 500: Broken, 503: e.Unavailable,
}


def status_of(error: e.LiaisonError) -> int:
    """The HTTP status of a business error; the nearest class in its family decides."""
    own = {kind: status for status, kind in HTTP.items()} | STATUS
    return next((own[kind] for kind in type(error).__mro__ if kind in own), 400)


def sentence(message: str, details: Mapping[str, Any]) -> str:
    """A msgid in the reader's language, its placeholders filled."""
    translated = _(message) if message else ""
    return translated % details if details and "%(" in translated else translated


def problem(error: e.LiaisonError) -> dict[str, Any]:
    """The members of the problem document; ``title`` is the same for every error of a code, ``detail`` says what happened."""
    extra = {key: value for key, value in error.details.items() if key not in ("type", "status", "title", "detail", "code")}
    for name in LISTS:
        if isinstance(extra.get(name), list):
            extra[name] = [{**item, "message": sentence(item.get("message", ""), item)} for item in extra[name]]
    return {
        **extra, "type": f"urn:liaison:problem:{error.code}", "status": status_of(error), "code": error.code,
        "title": sentence(type(error).message, {}), "detail": sentence(error.message, error.details),
        "remedy": sentence(error.remedy, error.details)}


def answer(error: e.LiaisonError) -> Response:
    """The whole answer, in the form that the asker can read."""
    status = status_of(error)
    if for_programs():
        response = _as_problem(error)
    elif status == 401 and request.method in ("GET", "HEAD", "POST"):
        response = make_response(redirect(sign_in_address(), 303))
    else:
        response = _as_page(error, status)
    if status in RETRY_AFTER_S:
        response.headers.setdefault("Retry-After", str(error.details.get("retry_after_seconds", RETRY_AFTER_S[status])))
    return response


def for_programs() -> bool:
    """Whether the asker is a program: by its address, or because it prefers JSON to HTML."""
    if request.path.startswith(PROGRAMS):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json", PROBLEM], default="text/html")
    return best != "text/html"


def _as_problem(error: e.LiaisonError) -> Response:
    body = problem(error)
    response = Response(json.dumps(body, ensure_ascii=False, default=str), status=body["status"], mimetype=PROBLEM)
    if body["status"] == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="liaison"'
    response.headers["Content-Language"] = context.language()
    return response


def _as_page(error: e.LiaisonError, status: int) -> Response:
    page = render_template("errors/error.html", problem=problem(error), status=status)
    return make_response(page, status)


def sign_in_address() -> str:
    """The sign-in page, leading back to the page that was asked for."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else ""
    base = url_for("auth.sign_in")
    return f"{base}?{urlencode({'next': wanted})}" if wanted and wanted != "/" else base


def _from_http(error: HTTPException) -> ResponseReturnValue:
    """werkzeug's own errors in our words; redirects pass."""
    if error.code is None or error.code < 400:
        return error.get_response()
    kind = HTTP.get(error.code, Broken if error.code >= 500 else BadRequest)
    response = answer(kind())
    for name in ("Allow", "Retry-After"):
        for key, value in error.get_headers():
            if key == name:
                response.headers[name] = value
    return response


def _from_database(error: OperationalError) -> ResponseReturnValue:
    """A database that is locked for too long, or away, is a passing trouble."""
    log.error("database", error=str(error.orig))
    return answer(e.Busy())


def _from_bug(error: Exception) -> ResponseReturnValue:
    # The rule, not the path: some paths are secrets (one-time links, answer links, calendar addresses).
    log.exception("unhandled error", rule=str(request.url_rule), method=request.method)
    g.pop("actor", None)
    return answer(Broken())


def init_errors(app: Flask) -> None:
    """Register the translations of errors to answers."""
    app.register_error_handler(e.LiaisonError, answer)
    app.register_error_handler(CSRFError, lambda _error: answer(PageExpired()))
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(OperationalError, _from_database)
    app.register_error_handler(Exception, _from_bug)
