"""A broadcast as the encoder lays it, made without waiting for the clock: a segment of each step of quality that is named."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from signaling.broadcast.canvas import Canvas
from signaling.broadcast.encoders import BLOCK
from signaling.broadcast.renditions import Renditions
from signaling.broadcast.shedding import STEPS, TICKS, Step, drawn
from signaling.broadcast.shelf import Shelf

AT = datetime(2027, 3, 2, 5, 0, tzinfo=UTC)
FULL, TEN, FIVE, SMALL, STILL = STEPS
COURSE = (FULL, TEN, FIVE, SMALL, STILL, SMALL, FULL)


def lay(folder: Path, course: Sequence[Step] = COURSE, ended: bool = False) -> None:
    """With the original's sound and that of one language."""
    shelf = Shelf(folder)
    made = Renditions(shelf, (("ky", "Кыргызча"),), "Original")
    made.begin(AT)
    silence, canvas = np.zeros(BLOCK, np.int16), Canvas()
    for number in range(len(course) * TICKS):
        made.sound({None: silence, "ky": silence})
        if number % TICKS == 0:
            made.settle(course[number // TICKS], number)
        if drawn(made.step, number):
            made.picture(canvas.frame(), number)
    made.finish()
    if ended:
        shelf.finish()
    shelf.close()
