"""Signing in: delays that grow and survive, no lock-out, nothing learnt by guessing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from liaison.domain.actor import SYSTEM, Actor
from liaison.domain.clock import FixedClock
from liaison.domain.errors import Forbidden, Invalid, Unauthenticated
from liaison.domain.words import AccountRole
from liaison.house import House
from liaison.services import passwords, people, sign_in, tokens

PASSWORD = "three green tractors"
OFFICE, ELSEWHERE = "192.0.2.1", "198.51.100.9"


@pytest.fixture(autouse=True)
def account(house: House) -> str:
    made = people.create_user(house, SYSTEM, name="aida", role=AccountRole.OFFICER, password=PASSWORD, full_name="Aida")
    return str(made["id"])


def _wrong(house: House, times: int, name: str = "aida", address: str = OFFICE) -> None:
    for _ in range(times):
        with pytest.raises(sign_in.WrongPassword):
            sign_in.sign_in(house, name, "not this one", address)


def _wait(house: House, name: str = "aida", address: str = OFFICE, password: str = PASSWORD, known: bool = False) -> int:
    with pytest.raises(sign_in.TooManyAttempts) as refused:
        sign_in.sign_in(house, name, password, address, known_browser=known)
    return int(refused.value.details["retry_after_seconds"])


def test_the_right_password_lets_in_and_is_noted(house: House, account: str) -> None:
    actor = sign_in.sign_in(house, " AIDA ", PASSWORD, OFFICE)
    assert (actor.user_id, actor.role, actor.name) == (account, AccountRole.OFFICER, "Aida")
    assert people.get_user(house, actor, account)["last_sign_in_at"] == house.clock.now()


def test_after_three_failures_even_the_right_password_waits_ever_longer(house: House, clock: FixedClock) -> None:
    _wrong(house, 3)
    waits = []
    for _ in range(4):
        waits.append(_wait(house))
        clock.advance(waits[-1])
        _wrong(house, 1)
    assert waits == [3, 5, 9, 17]  # 2, 4, 8, 16 seconds, rounded up to be safe
    clock.advance(60)
    assert sign_in.sign_in(house, "aida", PASSWORD, OFFICE).signed_in


def test_a_success_forgives(house: House) -> None:
    _wrong(house, 2)
    sign_in.sign_in(house, "aida", PASSWORD, OFFICE)
    _wrong(house, 2)
    assert sign_in.sign_in(house, "aida", PASSWORD, OFFICE).signed_in


def test_a_stranger_who_guesses_elsewhere_does_not_shut_the_officer_out(house: House, clock: FixedClock) -> None:
    for n in range(12):
        clock.advance(61)
        _wrong(house, 1, address=f"203.0.113.{n}")
    assert _wait(house, address=OFFICE) <= 61  # at most a minute from anywhere …
    assert sign_in.sign_in(house, "aida", PASSWORD, OFFICE, known_browser=True).signed_in  # … and none where she was before


def test_guessing_at_others_does_not_slow_an_account(house: House) -> None:
    _wrong(house, 3, name="somebody")
    assert sign_in.sign_in(house, "aida", PASSWORD, OFFICE).signed_in


def test_an_office_of_five_hundred_may_mistype_but_a_machine_may_not(house: House, clock: FixedClock) -> None:
    for n in range(50):
        _wrong(house, 1, name=f"person-{n}", address=ELSEWHERE)
    assert _wait(house, name="person-99", address=ELSEWHERE) <= 2
    clock.advance(2)
    assert sign_in.sign_in(house, "aida", PASSWORD, ELSEWHERE).signed_in


def test_failures_are_forgotten_after_a_day(house: House, clock: FixedClock) -> None:
    _wrong(house, 3)
    clock.advance(24 * 3600 + 1)
    assert sign_in.forget_old_attempts(house) > 0
    _wrong(house, 2)
    assert sign_in.sign_in(house, "aida", PASSWORD, OFFICE).signed_in


def test_guesses_at_the_same_instant_are_counted(house: House) -> None:
    def guess(_n: int) -> str:
        try:
            sign_in.sign_in(house, "aida", "not this one", OFFICE)
        except sign_in.LiaisonError as error:
            return error.code
        return "in"

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(guess, range(12)))
    assert answers.count("wrong_password") == 3
    assert "in" not in answers


@pytest.mark.parametrize("name", ["nobody", "aida"])
def test_a_wrong_name_and_a_wrong_password_look_the_same(house: House, name: str) -> None:
    with pytest.raises(sign_in.WrongPassword) as refused:
        sign_in.sign_in(house, name, "not this one", OFFICE)
    assert refused.value.message == sign_in.WrongPassword.message


def test_a_disabled_account_stays_out_with_its_browsers_and_tokens(house: House, account: str) -> None:
    version, secret = people.sign_in_version(house, account), tokens.create_token(house, SYSTEM, user="aida")
    assert people.actor_for_sign_in(house, account, version) is not None
    people.set_active(house, SYSTEM, account, False)
    _wrong(house, 1)
    with pytest.raises(sign_in.WrongPassword):
        sign_in.sign_in(house, "aida", PASSWORD, OFFICE)
    assert people.actor_for_sign_in(house, account, version) is None
    with pytest.raises(Unauthenticated):
        tokens.actor_for_token(house, secret)


def test_an_account_without_a_password_stays_out(house: House) -> None:
    people.create_user(house, SYSTEM, name="fresh", role=AccountRole.OFFICER)
    with pytest.raises(sign_in.WrongPassword):
        sign_in.sign_in(house, "fresh", "", OFFICE)


def test_changing_the_password_ends_other_browsers(house: House, account: str) -> None:
    actor, version = sign_in.sign_in(house, "aida", PASSWORD, OFFICE), people.sign_in_version(house, account)
    with pytest.raises(Invalid) as refused:
        sign_in.change_password(house, actor, "not this one", "four yellow apples")
    assert [error["field"] for error in refused.value.details["errors"]] == ["old"]
    sign_in.change_password(house, actor, PASSWORD, "four yellow apples")
    assert people.actor_for_sign_in(house, account, version) is None
    assert sign_in.sign_in(house, "aida", "four yellow apples", OFFICE).signed_in


def test_guessing_the_old_password_from_a_stolen_browser_is_slowed(house: House) -> None:
    actor = sign_in.sign_in(house, "aida", PASSWORD, OFFICE)
    for _ in range(3):
        with pytest.raises(Invalid):
            sign_in.change_password(house, actor, "not this one", "four yellow apples")
    with pytest.raises(sign_in.TooManyAttempts):
        sign_in.change_password(house, actor, PASSWORD, "four yellow apples")


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaaaa", "1234567890", "x" * 201, "йцукенгшщз"])
def test_a_password_that_is_easy_to_guess_is_refused(password: str) -> None:
    with pytest.raises(Invalid):
        passwords.check_password_rules(password, "aida")


# ---------------------------------------------------------------- tokens


def test_a_token_carries_its_users_rights_until_it_is_revoked_or_expires(house: House, clock: FixedClock, account: str) -> None:
    secret = tokens.create_token(house, SYSTEM, user="aida", label="bench", days=30)
    actor = tokens.actor_for_token(house, secret, OFFICE)
    assert (actor.user_id, actor.role, actor.address) == (account, AccountRole.OFFICER, OFFICE)
    row, = tokens.list_tokens(house, actor, user="aida")
    assert (row["label"], row["last_used_at"]) == ("bench", clock.now())
    clock.advance(31 * 24 * 3600)
    with pytest.raises(tokens.TokenRefused):
        tokens.actor_for_token(house, secret)
    assert tokens.list_tokens(house, actor, user="aida") == []


def test_a_revoked_token_ends_at_once(house: House) -> None:
    secret = tokens.create_token(house, SYSTEM, user="aida")
    tokens.revoke_token(house, SYSTEM, tokens.list_tokens(house, SYSTEM)[0]["id"])
    with pytest.raises(tokens.TokenRefused):
        tokens.actor_for_token(house, secret)


def test_nobody_makes_or_reads_tokens_of_others(house: House, account: str) -> None:
    people.create_user(house, SYSTEM, name="boss", role=AccountRole.ADMINISTRATOR)
    aida = Actor(user_id=account, name="aida", role=AccountRole.OFFICER)
    for act in (lambda: tokens.create_token(house, aida, user="boss"), lambda: tokens.list_tokens(house, aida, user="boss"),
                lambda: tokens.list_tokens(house, aida)):
        with pytest.raises(Forbidden):
            act()


@pytest.mark.parametrize("secret", ["", "lsn_", "lsn_wrong", "x" * 5000])
def test_a_wrong_token_is_refused(house: House, secret: str) -> None:
    with pytest.raises(tokens.TokenRefused):
        tokens.actor_for_token(house, secret)
