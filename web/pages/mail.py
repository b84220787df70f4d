"""The development mail page: what would have been sent, while no mail server is configured."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from liaison.domain.actor import Actor, require
from liaison.domain.errors import NotFound
from liaison.notify.mailbox import Envelope, list_mails, part_text, read_mail
from liaison.services.demonstration import demonstrating

from .. import context
from ..security import asked_from_this_machine

bp = Blueprint("mail", __name__, url_prefix="/dev/mail")

LETTER_POLICY = ("default-src 'none'; style-src 'unsafe-inline'; sandbox allow-top-navigation-by-user-activation; "
                 "frame-ancestors 'self'")
"""A letter shown in a frame: its own inline styles, no script, links only where the reader clicks."""


@bp.get("")
def index() -> ResponseReturnValue:
    """The newest mails."""
    actor = _reader()
    mails = [mail for mail in list_mails(context.house().settings.mail_folder) if _may_see(actor, mail)]
    return render_template("mail_box/index.html", mails=mails, folder=context.house().settings.mail_folder)


@bp.get("/<name>")
def show(name: str) -> ResponseReturnValue:
    """One mail: headers, text, calendar part, and how the letter looks."""
    mail, message = _open(name)
    return render_template("mail_box/show.html", mail=mail, message=message, plain=part_text(message, "plain"),
                           calendar=part_text(message, "calendar"))


@bp.get("/<name>/letter")
def letter(name: str) -> Response:
    """The HTML part alone, for the frame of the page above."""
    _, message = _open(name)
    response = make_response(part_text(message, "html").replace("<head>", '<head><base target="_top">', 1))
    response.headers["Content-Security-Policy"] = LETTER_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


@bp.get("/<name>/file")
def file(name: str) -> Response:
    """The whole message as a file, to open in a mail program."""
    _, message = _open(name)
    response = make_response(bytes(message))
    response.headers["Content-Type"] = "message/rfc822"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _open(name: str):
    actor = _reader()
    mail, message = read_mail(context.house().settings.mail_folder, name)
    require(_may_see(actor, mail), actor)
    return mail, message


def _reader() -> Actor:
    """Who may look at all: the office, and in a demonstration whoever sits at this machine."""
    if context.house().settings.smtp_url:
        raise NotFound()
    actor = context.current_actor()
    require(actor.sees_all or _at_a_demonstration(), actor)
    return actor


def _may_see(actor: Actor, mail: Envelope) -> bool:
    """A letter with a sign-in link is the administrator's alone: it opens somebody's account."""
    return actor.administers or not mail.secret or _at_a_demonstration()


def _at_a_demonstration() -> bool:
    return asked_from_this_machine(context.house()) and demonstrating(context.house())
