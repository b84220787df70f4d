"""The real cost of a password's hash, which other tests make cheap."""

from __future__ import annotations

from liaison.services import passwords


def test_hashes_are_argon2id_and_costly_enough() -> None:
    """OWASP asks for at least 19 MiB and two passes."""
    kept = passwords.hash_password("three green tractors")
    assert kept.startswith("$argon2id$")
    assert passwords.HASHER.memory_cost >= 19 * 1024
    assert passwords.HASHER.time_cost >= 2
    assert passwords.verify_password(kept, "three green tractors")
    assert not passwords.verify_password(kept, "three green tractor")
    assert not passwords.verify_password("", "")
    assert not passwords.verify_password("not a hash", "x")
