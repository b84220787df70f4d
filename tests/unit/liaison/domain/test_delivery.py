"""What may leave, and when it is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from liaison.domain.delivery import MAX_ATTEMPTS, SessionFacts, delivery_state, next_attempt_at, reason_to_skip
from liaison.domain.words import OutboxKind as K
from liaison.domain.words import SessionStatus as S

NOW = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
SOON, PAST, LATER = NOW + timedelta(minutes=10), NOW - timedelta(minutes=1), NOW + timedelta(hours=1)


@pytest.mark.parametrize(("kind", "status", "sequence", "starts_at", "reason"), [
    (K.INVITATION, S.CONFIRMED, 0, SOON, None),
    (K.INVITATION, S.LIVE, 0, PAST, None),                 # booked to start now: still worth telling
    (K.INVITATION, S.CANCELLED, 0, SOON, "session_cancelled"),
    (K.INVITATION, S.ENDED, 0, PAST, "session_ended"),
    (K.INVITATION, S.CONFIRMED, 1, SOON, "session_changed"),
    (K.UPDATE, S.CONFIRMED, 0, SOON, None),
    (K.UPDATE, S.CANCELLED, 0, SOON, "session_cancelled"),
    (K.UPDATE, S.CONFIRMED, 2, SOON, "session_changed"),
    (K.REMINDER, S.CONFIRMED, 0, SOON, None),
    (K.REMINDER, S.LIVE, 0, SOON, None),                   # the chair opened early: the others still need it
    (K.REMINDER, S.CONFIRMED, 0, NOW, "session_started"),
    (K.REMINDER, S.LIVE, 0, PAST, "session_started"),
    (K.REMINDER, S.CONFIRMED, 1, SOON, "session_changed"),
    (K.REMINDER, S.CANCELLED, 1, SOON, "session_cancelled"),
    (K.CANCELLATION, S.CANCELLED, 1, SOON, None),
    (K.CANCELLATION, S.CONFIRMED, 1, SOON, None),          # the point was removed, the session goes on
    (K.ANSWER_NOTICE, S.CONFIRMED, 3, SOON, None),
])
def test_a_message_leaves_only_while_it_is_true(kind: K, status: S, sequence: int, starts_at: datetime,
                                                reason: str | None) -> None:
    assert reason_to_skip(kind, 0, LATER, SessionFacts(status, sequence, starts_at), NOW) == reason


@pytest.mark.parametrize("kind", list(K))
def test_nothing_leaves_after_its_end(kind: K) -> None:
    session = SessionFacts(S.CONFIRMED, 0, SOON)
    assert reason_to_skip(kind, 0, NOW, session, NOW) == "expired"
    assert reason_to_skip(kind, 0, NOW + timedelta(seconds=1), session, NOW) is None


def test_a_message_about_a_session_that_is_gone_does_not_leave() -> None:
    assert reason_to_skip(K.REMINDER, 0, None, None, NOW) == "session_gone"
    assert reason_to_skip(K.PASSWORD_RESET, 0, None, None, NOW) is None


def test_retries_grow_from_half_a_minute_to_an_hour_and_end_after_a_day() -> None:
    waits = []
    for attempts in range(1, MAX_ATTEMPTS):
        at = next_attempt_at(attempts, NOW)
        assert at is not None
        waits.append(int((at - NOW).total_seconds()))
    assert waits[:8] == [30, 60, 120, 240, 480, 960, 1920, 3600]
    assert set(waits[7:]) == {3600}
    assert timedelta(hours=22) < timedelta(seconds=sum(waits)) < timedelta(hours=26)
    assert next_attempt_at(MAX_ATTEMPTS, NOW) is None


@pytest.mark.parametrize(("attempts", "wished", "seconds"), [
    (1, None, 30), (1, 5.0, 30), (1, 90.0, 90), (3, 60.0, 120), (12, 60.0, 3600), (12, 7200.0, 7200), (1, 1e9, 86_400)])
def test_the_other_side_s_wish_is_kept_but_never_hurries(attempts: int, wished: float | None, seconds: float) -> None:
    assert next_attempt_at(attempts, NOW, wished) == NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(("status", "arrived", "state"), [
    ("pending", False, "queued"), ("claimed", False, "sending"), ("sent", False, "sent"), ("sent", True, "delivered"),
    ("failed", False, "failed"), ("skipped", False, "skipped")])
def test_the_state_shown(status: str, arrived: bool, state: str) -> None:
    assert delivery_state(status, NOW if arrived else None) == state
