"""The sentences of refusals are collected by their place in the source."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tools.extract_texts import extract

ROOT = Path(__file__).resolve().parents[3]


def texts(source: str) -> set[str]:
    return {message for _line, _function, message, _comments in extract(io.BytesIO(source.encode()), {"N_": None, "_": None}, [], {})
            if isinstance(message, str)}


@pytest.mark.parametrize(("source", "collected"), [
    ('class Gone(Error):\n    code = "gone"\n    message = "It is gone."\n    remedy = "Look."', {"It is gone.", "Look."}),
    ('raise Conflict("Taken.", remedy="Wait.", name="Osh")', {"Taken.", "Wait."}),
    ('raise Invalid(errors=[{"field": "name", "message": "Too long.", "most": 3}])', {"Too long."}),
    ('errors.append({"field": name, "message": N_("Too " "long.")})', {"Too long."}),
    ('raise errors.Busy("Busy.") from None', {"Busy."}),
    ('raise ValueError("for the log")', set()),
    ('raise Broken(f"of {name}")', set()),
    ('raise Broken(code)', set()),
    ('log.info("Started.", address="here")', set()),
    ('print(_("Marked."))', {"Marked."}),
    ('print(f"{_(\'Inside.\')} and {len(name)}")', {"Inside."}),
])
def test_sentences_of_refusals(source: str, collected: set[str]) -> None:
    assert texts(source) == collected


def test_every_error_of_the_business_is_collected() -> None:
    found = texts((ROOT / "liaison/domain/errors.py").read_text())
    assert {"Your account may not do this.", "Try again in a few seconds.", "All places are taken."} <= found
