"""``/``: everybody's door, leading each to the page where their work begins. Also the names for all templates."""

from __future__ import annotations

from flask import Blueprint, redirect
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue

from .. import dates, layout, link_words, network_words, question_words, recording_words, rule_words, seat_words, words
from ..context import current_actor

bp = Blueprint("home", __name__)
bp.app_context_processor(layout.layout)


@bp.record_once
def add_filters(state: BlueprintSetupState) -> None:
    state.app.jinja_env.filters.update(
        words.FILTERS | dates.FILTERS | link_words.FILTERS | network_words.FILTERS | rule_words.FILTERS
        | question_words.FILTERS | recording_words.FILTERS | seat_words.FILTERS)


@bp.get("/")
def index() -> ResponseReturnValue:
    return redirect(layout.start_page(current_actor()))
