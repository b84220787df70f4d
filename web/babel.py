"""Flask-Babel bound to the network: its languages, its time zone, the product's one catalogue."""

from __future__ import annotations

from functools import cache

from babel.support import NullTranslations, Translations
from flask import Flask
from flask_babel import Babel, Domain

from liaison.house import House
from liaison.i18n import DOMAIN, TRANSLATIONS

from . import context


class Catalogues(Domain):
    """The product's catalogues, loaded once a process. A page asks for some fifty texts: what Flask-Babel looks up for each of them
    is a tenth of what the page costs."""

    def get_translations(self) -> NullTranslations:
        return _catalogue(context.language())


@cache
def _catalogue(language: str) -> NullTranslations:
    return Translations.load(TRANSLATIONS, [language], DOMAIN)


def init_babel(app: Flask, house: House) -> None:
    babel = Babel(app, default_locale=house.network.languages[0], default_timezone=house.network.timezone,
                  locale_selector=context.language, timezone_selector=lambda: house.network.timezone)
    babel.domain_instance = Catalogues()
