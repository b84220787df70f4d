"""``create_app(house, engine=None)``: the whole web application, made of its parts in one readable place."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from apiflask import APIFlask
from werkzeug.middleware.proxy_fix import ProxyFix

from liaison import __version__
from liaison.house import House

from . import addresses, api, audience, babel, compressed, context, errors, limits, live_files, metrics, pages, security

if TYPE_CHECKING:
    from signaling.engine import MediaEngine

STATIC_AGE_S = 3600


def create_app(house: House, engine: MediaEngine | None = None) -> APIFlask:
    """Build the application for one house.

    ``engine`` carries picture and sound (``signaling.engine.MediaEngine``); without one, everything but media works.
    Nothing here starts a thread or touches the network, but what ``web.sockets`` starts for its Socket.IO server.
    """
    app = APIFlask("web", title="liaison", version=__version__, spec_path="/api/v1/openapi.json", docs_path=None,
                   json_errors=False)
    app.url_rule_class = addresses.Address
    app.config.update(SEND_FILE_MAX_AGE_DEFAULT=STATIC_AGE_S, TEMPLATES_AUTO_RELOAD=False)
    app.extensions.update(liaison_house=house, liaison_engine=engine)
    audience.init_audience(app, house)
    live_files.init_live_files(app, house)
    if house.settings.trusted_proxies:
        hops = house.settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    metrics.init_metrics(app, house)  # first: it measures everything that follows
    security.init_security(app, house)
    compressed.init_compression(app)
    babel.init_babel(app, house)
    context.init_context(app)
    errors.init_errors(app)
    app.extensions["liaison_limiter"] = limits.init_limits(app, house)
    register_blueprints(app)
    _init_sockets(app, house, engine)
    return app


def register_blueprints(app: APIFlask) -> None:
    """Every module listed must exist and have its ``bp``: a page that is missing is found at the start, not by a user."""
    for package, names in ((pages.__name__, pages.MODULES), (api.__name__, getattr(api, "MODULES", ()))):
        for name in names:
            app.register_blueprint(import_module(f"{package}.{name}").bp)


def _init_sockets(app: APIFlask, house: House, engine: MediaEngine | None) -> None:
    if find_spec("web.sockets") is not None:
        app.extensions["liaison_sockets"] = import_module("web.sockets").init_sockets(app, house, engine)
