"""Flask-Babel bound to the network: its languages, its time zone, the product's one catalogue."""

from __future__ import annotations

from flask import Flask
from flask_babel import Babel

from liaison.house import House
from liaison.i18n import TRANSLATIONS

from . import context


def init_babel(app: Flask, house: House) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel(app, default_locale=house.network.languages[0], default_timezone=house.network.timezone,
          locale_selector=context.language, timezone_selector=lambda: house.network.timezone)
