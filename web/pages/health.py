"""``/healthz`` for supervisors and balancers, ``/metrics`` for Prometheus."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from liaison import __version__
from web.context import house
from web.limits import limited
from web.metrics import require_monitor

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def healthz() -> ResponseReturnValue:
    """200 while this process answers and can read the database; 503 otherwise."""
    try:
        with house().db.read() as db:
            db.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return jsonify(status="failing", database="unreachable", version=__version__), 503
    return jsonify(status="ok", database="ok", version=__version__)


@bp.get("/metrics")
@limited("20 per second")
def metrics() -> Response:
    """Counts only: nothing here names a person or a session. For this machine, or with the token of the settings."""
    require_monitor(house())
    return Response(generate_latest(current_app.extensions["liaison_metrics"].registry), content_type=CONTENT_TYPE_LATEST)
