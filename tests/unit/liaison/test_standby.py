"""A process that has loaded everything and waits for its turn, and the supervisor that has it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from liaison.standby import AFTER_S, Standby
from liaison.supervisor import Child, stop_all

TOLD = "from liaison.standby import wait_for_word; import sys; sys.exit(7 if wait_for_word() else 8)"
WAITS = [sys.executable, "-c", TOLD]
STAYS = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def child() -> Iterator[Child]:
    """Running since second 0, with a standby from second ten on."""
    made = Child("web", STAYS, standby=Standby(WAITS))
    made.start(0.0)
    yield made
    stop_all([made])


def waiting(child: Child) -> subprocess.Popen[bytes]:
    assert child.standby is not None
    assert child.standby.process is not None
    return child.standby.process


def kill(child: Child) -> None:
    assert child.process is not None
    child.process.kill()
    child.process.wait()


def test_none_stands_by_before_its_time(child: Child) -> None:
    child.check(AFTER_S - 0.1)
    assert child.standby is not None
    assert child.standby.process is None
    child.check(AFTER_S)
    assert waiting(child).poll() is None


def test_after_a_death_the_standby_goes_on_at_once_and_another_is_prepared_later(child: Child) -> None:
    child.check(AFTER_S)
    ready = waiting(child)
    kill(child)
    child.check(20.0)
    child.check(20.0)
    assert child.process is ready
    assert ready.wait(30) == 7, "it was told to begin"
    child.check(20.0 + AFTER_S)  # it has ended: another one begins, without a standby
    child.check(20.0 + AFTER_S)
    assert child.process is not ready
    assert child.standby is not None
    assert child.standby.process is None
    child.check(20.0 + 2 * AFTER_S)
    assert waiting(child) is not ready


def test_a_dead_standby_is_no_help_and_is_replaced(child: Child) -> None:
    child.check(AFTER_S)
    dead = waiting(child)
    dead.kill()
    dead.wait()
    kill(child)
    child.check(20.0)
    child.check(20.0)
    assert child.process is not None
    assert child.process.args == STAYS
    child.check(20.0 + AFTER_S)
    assert waiting(child) is not dead


def test_one_that_dies_while_it_waits_is_replaced_later_not_at_once(child: Child) -> None:
    child.check(AFTER_S)
    dead = waiting(child)
    dead.kill()
    dead.wait()
    child.check(11.0)
    assert child.standby is not None
    assert child.standby.process is None
    child.check(11.0 + AFTER_S)
    assert waiting(child).poll() is None


def test_it_ends_with_the_others(child: Child) -> None:
    child.check(AFTER_S)
    ready = waiting(child)
    stop_all([child])
    assert ready.poll() is not None


def test_without_a_word_it_ends() -> None:
    done = subprocess.run(WAITS, stdin=subprocess.DEVNULL, timeout=60, check=False)
    assert done.returncode == 8
