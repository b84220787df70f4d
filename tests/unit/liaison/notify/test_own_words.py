"""The office's own words stand in subject and first sentence, in both forms of a letter; the facts stay."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import pytest

from liaison.domain.message_texts import KINDS
from liaison.domain.words import OutboxKind
from liaison.network import load_network
from liaison.notify.sample import sample_letter
from liaison.notify.wording import word
from liaison.services.notifier import Letter

from .conftest import BASE, NOW

NETWORK = load_network()
OWN = {"subject": "To {name} from {network}", "intro": "<b>Please read & answer</b>, {name}."}


@pytest.mark.parametrize("kind", list(KINDS))
def test_own_words_take_the_place_of_the_usual_ones(kind: OutboxKind, letter: Callable[..., Letter]) -> None:
    usual, own = word(letter(kind, "en"), NETWORK, BASE), word(letter(kind, "en", own_words=OWN), NETWORK, BASE)
    intro = "<b>Please read & answer</b>, Aida Omuralieva."
    assert own.subject == "To Aida Omuralieva from Government liaison network"
    assert intro in own.text and escape(intro) in own.html and "<b>Please" not in own.html
    assert usual.text.split("\n")[0] not in own.text
    assert usual.text.split("\n", 1)[1] == own.text.split("\n", 1)[1], "everything else stays"
    assert word(letter(kind, "en", own_words={"intro": "Hello"}), NETWORK, BASE).subject == usual.subject


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("language", NETWORK.languages)
def test_a_sample_of_every_kind_can_be_shown(kind: OutboxKind, language: str) -> None:
    shown = word(sample_letter(kind, language, NETWORK, NOW, OWN), NETWORK, BASE)
    assert "{" not in shown.subject + shown.text
    assert NETWORK.name[language] in shown.text
