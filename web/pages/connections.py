"""How good the points' connections are: all of them, worst first, and one over four weeks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from liaison.domain.errors import NotFound
from liaison.domain.link_figures import combine
from liaison.domain.text import storable
from liaison.domain.words import Quality
from liaison.services import link_history
from liaison.services.link_history import PointLink

from .. import context, link_chart
from .admin import LINK_PROFILES

bp = Blueprint("connections", __name__, url_prefix="/connections")

WORST = 8
"""So many sessions are listed at first."""
ORDERS: dict[str, Callable[[PointLink], Any]] = {
    "loss": lambda link: link.figures.loss if link.figures else None,
    "trip": lambda link: link.figures.rtt_ms if link.figures else None,
    "freezes": lambda link: link.figures.freezes if link.figures else None,
    "seen": lambda link: link.last_at.timestamp() if link.last_at else None,
}
"""What the list may be sorted by, the largest first; else by how good the connections are, or by ``point``, the network's order."""


@bp.get("")
def index() -> ResponseReturnValue:
    """Every point that the reader may ask about; ``only`` a quality; an officer of one point is led to it."""
    actor = context.current_actor()
    links = link_history.list_links(context.house(), actor)
    if len(links) == 1 and not actor.sees_all:
        return redirect(url_for(".show", slug=links[0].point.slug))
    order, only = request.args.get("sort", ""), request.args.get("only", "")
    counts = {word: sum(1 for link in links if link.figures and link.figures.word is word) for word in Quality}
    shown = [link for link in links if link.figures and link.figures.word == only] if only in list(Quality) else links
    return render_template("connections/index.html", links=_sorted(shown, order), counts=counts, unseen=len(links) - sum(counts.values()),
                           order=order if order in (*ORDERS, "point") else "quality", only=only, profiles=LINK_PROFILES)


def _sorted(links: Sequence[PointLink], order: str) -> list[PointLink]:
    if order == "point":
        return sorted(links, key=lambda link: link.point.position)
    value = ORDERS.get(order)
    if value is None:
        return list(links)
    return sorted(links, key=lambda link: found if (found := value(link)) is not None else -1, reverse=True)


@bp.get("/<slug>")
def show(slug: str) -> ResponseReturnValue:
    """One point's last four weeks."""
    if not storable(slug):
        raise NotFound()
    house = context.house()
    point, links = link_history.point_history(house, context.current_actor(), slug)
    now, zone = house.clock.now(), house.network.zone
    found = link_chart.places(links, now, zone)
    worst_first = sorted(links, key=lambda link: link.figures.severity, reverse=True)
    return render_template(
        "connections/point.html", point=point, links=worst_first, whole=combine([link.figures for link in links]) if links else None,
        recent=combine([link.figures for link in links[-link_history.RECENT:]]) if links else None, profiles=LINK_PROFILES,
        quality=link_chart.quality_plot(found), loss=link_chart.loss_plot(found), trip=link_chart.trip_plot(found),
        weeks=link_chart.weeks(now, zone), shown=len(links) if request.args.get("all") == "1" else WORST)
