"""Which channels, which numbers."""

from __future__ import annotations

import itertools

import pytest

from liaison.domain.channels import RINGING, choose_channels, normal_phone, stem_of
from liaison.domain.words import Channel


@pytest.mark.parametrize("text", ["0555 123 456", "0555-12-34-56", "555123456", "996555123456", "+996 (555) 123-456", "00996555123456",
                                  "+996555123456", "0 555 123 456", "+996‑555‑123‑456"])
def test_a_number_of_the_country_is_kept_in_one_form(text: str) -> None:
    assert normal_phone(text) == "+996555123456"


@pytest.mark.parametrize(("text", "kept"), [("+7 701 234 56 78", "+77012345678"), ("0049 30 901820", "+4930901820")])
def test_numbers_of_other_countries_need_their_code(text: str, kept: str) -> None:
    assert normal_phone(text) == kept


@pytest.mark.parametrize("text", [
    "123", "55512345", "5551234567", "+99655512345", "+9965551234567", "abc", "+996 555 abc 456", "+", "++996555123456", "77012345678",
    "+0123456789", "\u0660\u0665\u0665\u0665\u0661\u0662\u0663\u0664\u0665\u0666", "+1234567890123456", "0555 123 456 ext 7"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="telephone"):
        normal_phone(text)


def test_whoever_can_be_reached_is_told_over_every_channel_that_they_chose() -> None:
    subsets = [set(one) for size in range(4) for one in itertools.combinations(RINGING, size)]
    for has_email, wants, linked in itertools.product((True, False), (True, False), subsets):
        chosen = choose_channels(has_email, wants, linked)
        assert len(set(chosen)) == len(chosen)
        assert set(chosen) - {Channel.EMAIL} == linked
        assert bool(chosen) == (has_email or bool(linked))
        assert (Channel.EMAIL in chosen) == (has_email and (wants or not linked))


@pytest.mark.parametrize(("one", "other"), [("Aida@Example.org", "aida+9@example.org"), ("0555 12-34-56", "+996555123456"), (" x ", "x")])
def test_spellings_of_one_way_to_a_person(one: str, other: str) -> None:
    assert stem_of(one) == stem_of(other) != stem_of("bermet@example.org")
