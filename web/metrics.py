"""Prometheus figures: requests, sockets, live sessions, what the outbox owes, and what the media engine says of itself."""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Flask, Response, g, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from liaison.domain.errors import Forbidden
from liaison.domain.words import OutboxStatus, SessionStatus
from liaison.house import House
from liaison.process import get_logger
from liaison.services import broadcasts
from liaison.store import tables as t

from . import context
from .audience import Viewers
from .media_metrics import link_metrics, worker_metrics
from .security import asked_from_this_machine

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Others count as one: whoever invents methods must not invent time series."""
BUCKETS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

log = get_logger("liaison.web")


class Metrics:
    """One application's figures. ``sockets`` is moved by web.sockets."""

    def __init__(self, house: House, engine: Any, viewers: Viewers) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("liaison_http_requests_total", "HTTP requests answered.", ("endpoint", "method", "status"),
                                registry=self.registry)
        self.seconds = Histogram("liaison_http_request_seconds", "Time to answer.", ("endpoint",), buckets=BUCKETS,
                                 registry=self.registry)
        self.sockets = Gauge("liaison_sockets", "Open Socket.IO connections.", registry=self.registry)
        self.registry.register(OfficeCollector(house, engine, viewers))


def require_monitor(house: House) -> None:
    """Figures are for a program on this machine, or for one that shows ``LIAISON_METRICS_TOKEN`` as a bearer token. Forbidden."""
    shown, wanted = context.bearer(), house.settings.metrics_token
    by_token = bool(wanted) and shown is not None and hmac.compare_digest(shown.encode(), wanted.encode())
    if not by_token and not asked_from_this_machine(house):
        raise Forbidden("These figures are for the monitoring of this machine.",
                        remedy="Ask from the machine itself, or send the token that is set for monitoring.")


class OfficeCollector(Collector):
    """Read at each scrape: the database's and the engine's figures."""

    def __init__(self, house: House, engine: Any, viewers: Viewers) -> None:
        self._house = house
        self._engine = engine
        self._viewers = viewers

    def describe(self) -> Iterable[Metric]:
        return []  # so that registering does not read the database

    def collect(self) -> Iterator[Metric]:
        live, present, owed = self._counts()
        yield GaugeMetricFamily("liaison_sessions_live", "Sessions that are live now.", value=live)
        yield GaugeMetricFamily("liaison_presences_open", "Peers present in live sessions.", value=present)
        backlog = GaugeMetricFamily("liaison_outbox", "Messages in the outbox by status.", labels=("status",))
        for status in (OutboxStatus.PENDING, OutboxStatus.CLAIMED, OutboxStatus.FAILED):
            backlog.add_metric([status.value], owed.get(status.value, 0))
        yield backlog
        viewers = GaugeMetricFamily("liaison_viewers", "Viewers of broadcasts whose pages speak to this process.", labels=("quality",))
        for quality, count in self._viewers.totals().items():
            viewers.add_metric([quality], count)
        yield viewers
        on_air = GaugeMetricFamily("liaison_broadcasts", "Broadcasts of live sessions by how good they are.", labels=("quality",))
        for step, count in (dict.fromkeys(broadcasts.STEPS, 0) | broadcasts.steps_on_air(self._house)).items():
            on_air.add_metric([step], count)
        yield on_air
        yield from self._media()

    def _counts(self) -> tuple[int, int, dict[str, int]]:
        with self._house.db.read() as db:
            live = db.scalar(select(func.count()).select_from(t.Session).where(t.Session.status == SessionStatus.LIVE.value))
            present = db.scalar(select(func.count()).select_from(t.Presence).where(t.Presence.left_at.is_(None)))
            owed = select(t.Outbox.status, func.count()).where(
                t.Outbox.status.not_in((OutboxStatus.SENT.value, OutboxStatus.SKIPPED.value))).group_by(t.Outbox.status)
            return live or 0, present or 0, {status: count for status, count in db.execute(owed)}

    def _media(self) -> Iterator[Metric]:
        """Whether the engine answers, and what it says of its workers and of the points' connections."""
        workers: list[Any] = []
        health: dict[int, Any] = {}
        try:
            if self._engine is not None:
                workers, health = self._engine.stats("")["workers"], self._engine.health()
        except Exception as error:
            log.warning("media statistics", error=str(error))
        yield GaugeMetricFamily("liaison_media_up", "Whether the media engine answers.", value=int(bool(workers)))
        yield from worker_metrics(workers)
        yield from link_metrics(health)


def init_metrics(app: Flask, house: House) -> None:
    """Count and time every request."""
    metrics = Metrics(house, app.extensions["liaison_engine"], app.extensions["liaison_viewers"])
    app.extensions["liaison_metrics"] = metrics

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        endpoint = request.endpoint or "none"
        method = request.method if request.method in METHODS else "other"
        metrics.requests.labels(endpoint, method, response.status_code).inc()
        if "began" in g:
            metrics.seconds.labels(endpoint).observe(time.perf_counter() - g.began)
        return response
