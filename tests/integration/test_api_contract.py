"""Schemathesis sends what the API's own description allows, and what it forbids, and compares the answers with it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from zlib import crc32

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from liaison.domain.actor import SYSTEM
from liaison.domain.clock import SystemClock
from liaison.house import open_house
from liaison.services.sessions import book_session
from liaison.services.tokens import create_token
from tests.support.databases import make_settings
from tests.support.people import organiser, plan
from web.app import create_app

# Not "every valid body is accepted": which points exist and are free is not a matter of form. That wrong bodies are refused
# by name is in test_api.py.
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
          unsupported_method]
EXAMPLES = 15 if os.environ.get("CHAOS") == "full" else 5
"""For each operation."""


def test_answers_are_as_described(postgresql_url: str, tmp_path: Path) -> None:
    house = open_house(make_settings(tmp_path / "data", database_url=postgresql_url), SystemClock())
    actor = organiser(house)
    made = book_session(house, actor, plan(starts_at=house.clock.now().replace(microsecond=0), public=True))
    app = create_app(house)
    app.extensions["liaison_limiter"].enabled = False
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    headers = {"Authorization": f"Bearer {create_token(house, SYSTEM, user=actor.name)}"}
    dice = f"{house.db.dialect} ".encode()

    for operation in (result.ok() for result in schema.get_all_operations()):
        @seed(crc32(dice + operation.label.encode()))
        @settings(max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.explicit, Phase.generate],
                  suppress_health_check=list(HealthCheck))
        @given(case=st.one_of(operation.as_strategy(), operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)))
        def check(case: Any) -> None:
            if case.path_parameters and "session_id" in case.path_parameters and len(case.path_parameters["session_id"]) % 2:
                case.path_parameters["session_id"] = made.id
            case.call_and_validate(headers=headers, checks=CHECKS)
        check()
    house.db.close()
