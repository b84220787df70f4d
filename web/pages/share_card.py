"""The picture of a public session for other sites, made once for each state of the session and language."""

from __future__ import annotations

from flask import Blueprint, Response, request

from liaison.domain.errors import NotFound
from liaison.services.broadcasts import public_session
from liaison.services.session_views import SessionView

from ..context import house, known_languages

bp = Blueprint("share_card", __name__)

KEPT = 64
"""Pictures of some 30 KB held in memory: those whose links are shared just now."""
_made: dict[tuple[str, int, str], bytes] = {}


@bp.get("/public/sessions/<session_id>/card-<language>.png")
def show(session_id: str, language: str) -> Response:
    """Kept by whoever asks: the address changes with the session (``?v=``)."""
    if language not in known_languages():
        raise NotFound()
    response = Response(_card(public_session(house(), session_id), language), mimetype="image/png")
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.add_etag()
    response.make_conditional(request)
    return response


def _card(view: SessionView, language: str) -> bytes:
    """Drawn once for each version of the session; the oldest give way."""
    key = (view.id, view.version, language)
    if key not in _made:
        from liaison.reports.share_card import share_card  # here: the library costs start-up time

        for old in list(_made)[:len(_made) + 1 - KEPT]:
            _made.pop(old, None)
        _made[key] = share_card(house(), view, language)
    return _made[key]
