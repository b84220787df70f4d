"""Who takes part in the main street, what it is about, and how long anything may take."""

from __future__ import annotations

import os
from zoneinfo import ZoneInfo

from playwright.sync_api import ViewportSize

from tests.support.street import Office

OSH = Office("osh-oblast", "osh", "ky", "#d02020", 440)
BATKEN = Office("batken-oblast", "batken", "ru", "#20b030", 660)
NARYN = Office("naryn-oblast", "naryn", "en", "#2040d0", 880)
CHUY = Office("chuy-oblast", "chuy", "ru")
TALAS = "talas-oblast"
"""An encoder alone; nobody there reads mail."""
THREE = (OSH, BATKEN, NARYN)

TITLE = {"ky": "Калк менен түз байланыш", "ru": "Прямая линия с населением", "en": "Live with the population"}
TOPIC = "Калктын суроолору"
REFUSAL = "Ашуу жабык, өкүл келе албайт."
REPRESENTATIVES = ["Айбек Токтогулов", "Бакыт Осмонова"]
BISHKEK = ZoneInfo("Asia/Bishkek")
LARGE: ViewportSize = {"width": 1280, "height": 800}  # the chair's panel stands open
SMALL: ViewportSize = {"width": 960, "height": 600}
TINY: ViewportSize = {"width": 420, "height": 280}
WATCHERS = 2
SAMPLE_S = 30 if os.environ.get("CHAOS") == "full" else 5
WINDOW_S = 5
KILL_LIMIT_S = 10.0
RETURN_LIMIT_S = 5.0
MEASURING_S = 0.8  # what counting frames takes, once
PATIENCE_S = 40.0  # how long the test itself waits before it gives up
LEAD_S = 20.0  # at least so long before the start the session is booked
OPENS_WITHIN_S = 10.0
EVIDENCE_S = 6.0  # evidence of life is at most 5 s old
