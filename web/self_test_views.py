"""The pages on which a computer tries itself out, for people who are signed in and for a room's own PC alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from liaison.domain.errors import Invalid
from liaison.domain.self_test import Way
from liaison.domain.text import storable
from liaison.reports.self_test_words import VERDICTS, WAYS, advice, lines
from liaison.services import join, self_tests
from liaison.services.self_tests import SelfTester, SelfTestView
from signaling.messages import LONGEST_SDP
from signaling.service import RoomService
from signaling.trials import MOST_WAYS, Trials

from . import context
from .limits import limited
from .self_test_schema import as_measured, read_report, with_uplink
from .self_test_strings import self_test_strings

DIGITS = tuple(str(number) for number in range(MOST_WAYS))

Who = Callable[[], SelfTester]


def trials() -> Trials:
    return cast(RoomService, current_app.extensions["liaison_rooms"]).trials


def self_test_blueprint(name: str, prefix: str, who: Who, home: Callable[[], str]) -> Blueprint:
    """The same addresses below ``prefix`` for another kind of tester; ``home`` is where its page leads back to."""
    bp = Blueprint(name, __name__, url_prefix=prefix)

    @bp.get("")
    def show() -> ResponseReturnValue:
        tester = who()
        wanted = request.args.get("point", "")
        points = self_tests.own_points(context.house(), tester, wanted)
        boot = {"strings": self_test_strings(), "trial": url_for(".begin"), "reports": url_for(".report")}
        return render_template("self_test/run.html", boot=boot, points=points, wanted=wanted, home=home(), device=tester.device)

    @bp.post("/trial")
    @limited("60 per minute")
    def begin() -> ResponseReturnValue:
        """A private room of the media engine, and the ways on which it may be reached."""
        tester = who()
        made = trials().begin(tester.owner)
        return jsonify(id=made, send=url_for(".send", trial_id=made), ways=_ways(made))

    @bp.post("/trial/<trial_id>/send")
    def send(trial_id: str) -> ResponseReturnValue:
        return jsonify(sdp=trials().publish(trial_id, who().owner, _offer()))

    @bp.post("/trial/<trial_id>/receive/<way>")
    def receive(trial_id: str, way: str) -> ResponseReturnValue:
        return jsonify(sdp=trials().receive(trial_id, who().owner, int(way) if way in DIGITS else MOST_WAYS, _offer()))

    @bp.post("/reports")
    @limited("60 per minute")
    def report() -> ResponseReturnValue:
        """What the page has measured; the answer is what it is worth and where it is kept."""
        tester = who()
        sent = read_report(request.get_json(silent=True))
        found = sent.measured
        if sent.trial:
            found = with_uplink(found, trials().uplink(sent.trial, tester.owner))
            trials().end(sent.trial, tester.owner)
        view = self_tests.keep_test(context.house(), tester, sent.point, as_measured(found), found.model_dump(mode="json"))
        return jsonify(id=view.id, score=view.score, verdict=view.verdict, findings=view.findings,
                       shown=render_template("self_test/_result.html", **_shown(view, tester)))

    @bp.get("/reports/<test_id>")
    def kept(test_id: str) -> ResponseReturnValue:
        tester = who()
        view = self_tests.get_test(context.house(), tester, test_id)
        return render_template("self_test/report.html", home=home(), device=tester.device, **_shown(view, tester))

    @bp.get("/reports/<test_id>.pdf")
    def pdf(test_id: str) -> ResponseReturnValue:
        from liaison.reports.self_test_pdf import self_test_pdf  # here: the library costs start-up time

        view = self_tests.get_test(context.house(), who(), test_id)
        made = self_test_pdf(context.house(), view, context.language(), *media_place())
        return Response(made, mimetype="application/pdf", headers={"Content-Disposition": f"attachment; filename=check-{view.id[:8]}.pdf"})

    return bp


def _shown(view: SelfTestView, tester: SelfTester) -> dict[str, Any]:
    return {"test": view, "tester_is_device": tester.device is not None, "verdict": gettext(VERDICTS[view.verdict]),
            "advice": advice(view.findings, gettext, *media_place()), "lines": lines(view.figures, gettext)}


def _offer() -> str:
    """Raises Invalid."""
    data = request.get_json(silent=True)
    sdp = data.get("sdp") if isinstance(data, dict) else None
    if not isinstance(sdp, str) or not sdp.startswith("v=0") or len(sdp) > LONGEST_SDP or not storable(sdp):
        raise Invalid(errors=[{"field": "sdp", "message": "This is not a session description."}])
    return sdp


def _ways(trial_id: str) -> list[dict[str, Any]]:
    """The direct way, then each TURN server by itself; ``receive`` is the address that answers its offer."""
    house = context.house()
    servers = join.ice_servers(house, trial_id)
    found: list[tuple[Way, list[dict[str, Any]]]] = [(Way.UDP, [])]
    for address in house.settings.turn_servers:
        way = Way.TURN_TLS if address.tls else Way.TURN_TCP if address.transport == "tcp" else Way.TURN_UDP
        found.append((way, [server | {"urls": [address.url]} for server in servers]))
    return [{"way": way, "name": gettext(WAYS[way]), "ice_servers": relays, "receive": url_for(".receive", trial_id=trial_id, way=number)}
            for number, (way, relays) in enumerate(found[:MOST_WAYS])]


def media_place() -> tuple[str, str]:
    """Host and ports of the media engine, as advice for people names them."""
    settings = context.house().settings
    told = settings.media_hosts[0] if settings.media_hosts else urlsplit(settings.base_url).hostname or ""
    host, colon, port = told.rpartition(":")
    if colon and ":" not in host:
        return host, port
    last = settings.media_port + settings.media_workers - 1
    return told, str(settings.media_port) if last == settings.media_port else f"{settings.media_port}–{last}"
