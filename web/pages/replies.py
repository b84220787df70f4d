"""Answers that calendar programs sent by mail, and what became of them."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from liaison.services import mail_replies

from ..context import house
from ..words import reply_word
from .people import helper

bp = Blueprint("replies", __name__, url_prefix="/admin/replies")


@bp.get("")
def index() -> ResponseReturnValue:
    lines = mail_replies.list_replies(house(), helper())
    return render_template("admin/replies.html", lines=lines, word=reply_word, reading=bool(house().settings.imap_url))
