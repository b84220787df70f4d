"""A film for Chromium's fake camera (``--use-file-for-fake-video-capture``): still pictures one after another, again and again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

WIDTH, HEIGHT = 640, 480
PER_SECOND = 4
WALL = 110
"""The grey behind the pictures."""
SIDE = 330


def film(path: Path, scenes: Sequence[tuple[Image.Image | None, float]]) -> str:
    """Write ``scenes``, each a picture that is held before the camera a little askew (None: nothing) and its seconds, in YUV4MPEG2;
    the browser's flags for it."""
    colourless = bytes([128]) * (WIDTH * HEIGHT // 2)
    with path.open("wb") as out:
        out.write(b"YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420jpeg\n" % (WIDTH, HEIGHT, PER_SECOND))
        for picture, seconds in scenes:
            frame = b"FRAME\n" + held(picture).tobytes() + colourless
            out.write(frame * max(1, round(seconds * PER_SECOND)))
    return f"--use-file-for-fake-video-capture={path}"


def held(picture: Image.Image | None) -> Image.Image:
    scene = Image.new("L", (WIDTH, HEIGHT), WALL)
    if picture is not None:
        turned = picture.convert("L").resize((SIDE, SIDE)).rotate(7, expand=True, fillcolor=WALL, resample=Image.Resampling.BILINEAR)
        scene.paste(turned, ((WIDTH - turned.width) // 2, (HEIGHT - turned.height) // 2))
    return scene
