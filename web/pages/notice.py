"""The printable official notice of a session, in any language of the network."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from liaison.domain.actor import require
from liaison.services.sessions import SessionView, get_session

from .. import dates
from ..context import current_actor, house, language
from ..reading import in_language

bp = Blueprint("notice", __name__)


@bp.get("/sessions/<session_id>/notice")
def show(session_id: str) -> ResponseReturnValue:
    actor = current_actor()
    view = get_session(house(), actor, session_id)
    require(view.inside, actor)
    wanted = request.args.get("language", "")
    chosen = wanted if wanted in house().network.languages else language()
    return render_template("notice/notice.html", session=view, chosen=chosen, document=_document(view, chosen))


def _document(view: SessionView, chosen: str) -> Markup:
    """The sheet itself, in the chosen language whatever the reader's is."""
    names = {point.slug: point.name for point in view.points}
    with in_language(chosen):
        return Markup(render_template(
            "notice/document.html", session=view, chosen=chosen, chair_point=names.get(view.chair_point or "", {}),
            heading=house().network.text(house().network.name, chosen), made_on=dates.today()))
