"""What the other side said, told in plain words: mail servers' codes, HTTP gateways, Telegram, faults of the connection."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liaison.domain.failures import failure_reason
from web.words import FAILURES


@pytest.mark.parametrize(("words", "reason"), [
    ("550 5.1.1 <a@b.kg>: Recipient address rejected: User unknown", "no_mailbox"), ("550 no such mailbox", "no_mailbox"),
    ("552 5.2.2 Mailbox full", "mailbox_full"), ("552 quota", "mailbox_full"), ("450 4.2.0 Greylisted, try again", "mailbox_busy"),
    ("554 5.7.1 Message rejected as spam", "not_allowed"), ("550 5.7.26 not authenticated", "not_allowed"),
    ("554 5.0.0 Transaction failed", "refused"), ("451 Local error", "passing"), ("421 4.3.2 shutting down", "passing"),
    ("535 5.7.8 Bad credentials", "sign_in"), ("451 4.4.1 No answer from host", "no_route"), ("550 5.4.4 no host", "no_host"),
    ("550 5.6.0 malformed", "content"), ("552 5.3.4 too big", "too_large"), ("550 5.99.1 strange", "no_mailbox"),
    ("TimeoutError: timed out", "no_connection"), ("ConnectionRefusedError: [Errno 111] Connection refused", "no_connection"),
    ("SMTPServerDisconnected: Connection unexpectedly closed", "no_connection"), ("SSLCertVerificationError: x", "encryption"),
    ("SMTPSenderRefused: (550, b'no', 'office@x')", "sender_refused"), ("ZeroDivisionError: division by zero", "our_fault"),
    ("The mail server cannot do what is asked of it: STARTTLS", "unsupported"), ("Nonsense", "refused"), ("", "refused")])
def test_mail(words: str, reason: str) -> None:
    assert failure_reason("email", words) == reason


@pytest.mark.parametrize(("channel", "words", "reason"), [
    ("sms", "402 credit", "no_credit"), ("sms", "401 token", "sign_in"), ("sms", "503 down", "passing"),
    ("sms", "422 bad number", "refused"),
    ("web_push", "413 too large", "too_large"), ("web_push", "429 slow", "too_many"), ("sms", "sms.kg: gaierror: x", "no_connection"),
    ("telegram", "Forbidden: bot was blocked by the user", "blocked"), ("telegram", "Bad Request: chat not found", "no_chat"),
    ("telegram", "Too Many Requests: retry after 5", "too_many"), ("telegram", "Unauthorized", "sign_in")])
def test_other_channels(channel: str, words: str, reason: str) -> None:
    assert failure_reason(channel, words) == reason


@given(st.sampled_from(["email", "sms", "telegram", "web_push"]), st.text() | st.from_regex(r"[45]\d\d [45]\.\d{1,3}\.\d{1,3} .*"))
def test_whatever_is_said_there_are_words_for_it(channel: str, words: str) -> None:
    assert failure_reason(channel, words) in FAILURES
