"""Password hashing (argon2id, RFC 9106) and the rules a new password must meet."""

from __future__ import annotations

import threading
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ..domain.errors import Busy, Invalid
from ..i18n import N_

HASHER = PasswordHasher(time_cost=2, memory_cost=32 * 1024, parallelism=1)
"""RFC 9106 section 4 asks for as much as one can afford: 32 MiB and 2 passes are 40-100 ms on the small machines this runs on."""
AT_ONCE = 4
"""So many hashes at once at most: 128 MiB, and sign-ins never starve the live rooms of both cores."""
WAIT_S = 10.0
SHORTEST, LONGEST = 10, 200
_slots = threading.BoundedSemaphore(AT_ONCE)

COMMON = frozenset("""
1234567890 12345678910 0123456789 password123 password1234 passw0rd123 qwertyuiop qwerty12345 qwerty123456 1q2w3e4r5t 1q2w3e4r5t6y
administrator welcome123 changeme123 letmein12345 iloveyou123 abcdefghij abcd123456 a123456789 kyrgyzstan bishkek123 parol12345
йцукенгшщз пароль12345 кыргызстан
""".split())


def hash_password(password: str) -> str:
    """The argon2id hash to keep. Busy when too many wait."""
    with _Slot():
        return HASHER.hash(password)


def verify_password(kept: str, password: str) -> bool:
    """Whether the password is the kept hash's; takes as long when there is no hash. Busy when too many wait."""
    with _Slot():
        try:
            return HASHER.verify(kept or _nobody(), password) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False


@cache
def _nobody() -> str:
    """A hash of nothing that anybody has: signing in to an account that does not exist takes the same time."""
    return HASHER.hash("nobody's password, only here to take time")


def needs_rehash(kept: str) -> bool:
    """Whether a hash was made with older parameters."""
    return HASHER.check_needs_rehash(kept)


def check_password_rules(password: str, name: str = "") -> None:
    """Raise Invalid naming ``password``: length, and not a well-known one (NIST SP 800-63B, section 5.1.1.2)."""
    problem = _problem(password, name)
    if problem:
        raise Invalid(errors=[{"field": "password", "message": problem}])


def _problem(password: str, name: str) -> str:
    folded = password.casefold().strip()
    if len(password) < SHORTEST:
        return N_("Use at least 10 characters.")
    if len(password) > LONGEST:
        return N_("Use at most 200 characters.")
    if folded in COMMON or len(set(folded)) < 4 or (name and folded == name.casefold()):
        return N_("This password is too easy to guess.")
    return ""


class _Slot:
    def __enter__(self) -> None:
        if not _slots.acquire(timeout=WAIT_S):
            raise Busy()

    def __exit__(self, *_exc: object) -> None:
        _slots.release()
