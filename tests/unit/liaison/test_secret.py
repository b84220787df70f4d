"""The installation's secret: one key, whoever asks first."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

from liaison.secret import load_secret
from tests.support.databases import make_settings


def test_threads_that_ask_at_once_get_one_key(tmp_path: Path) -> None:
    for attempt in range(20):
        settings = make_settings(tmp_path / str(attempt))
        together = threading.Barrier(8)
        found: list[bytes] = []

        def ask(settings=settings, together=together, found=found) -> None:  # type: ignore[no-untyped-def]
            together.wait()
            found.append(load_secret(settings))

        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 8 and len(set(found)) == 1
        assert [path.name for path in (tmp_path / str(attempt)).iterdir()] == [settings.secret_file.name]
        assert stat.S_IMODE(settings.secret_file.stat().st_mode) == 0o600
