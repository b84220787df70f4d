"""The picture that other sites show beside a link to a public session (Open Graph): what it is, when, and who takes part."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from ..domain.words import SessionStatus
from ..house import House
from ..i18n import format_date, format_time, plural_translator, translator
from ..services.session_views import SessionView

SIZE = (1200, 630)
"""What ogp.me's readers crop least."""
MARGIN = 72
WIDTH = SIZE[0] - 2 * MARGIN
FONTS = Path(__file__).parent.parent / "data" / "fonts"
DEEP, SEA, WARM, WHITE, SOFT = (11, 52, 59), (15, 107, 111), (240, 168, 48), (255, 255, 255), (190, 215, 214)
TITLE_SIZES, TITLE_LINES = (72, 60, 50), 4


def share_card(house: House, view: SessionView, language: str) -> bytes:
    """PNG, 1200 × 630, in one language."""
    picture = Image.new("RGB", SIZE, DEEP)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, SIZE[1] - 14, SIZE[0], SIZE[1]), WARM)
    pen.rectangle((0, 0, 18, SIZE[1] - 14), SEA)
    pen.text((MARGIN, 52), fitted(house.network.text(house.network.name, language), _font(30), WIDTH), SOFT, _font(30))
    _write_title(pen, house.network.text(view.title, language))
    _write_foot(pen, house, view, language)
    out = io.BytesIO()
    picture.quantize(64).save(out, "PNG", optimize=True)  # flat colours: a quarter of the octets
    return out.getvalue()


def _write_title(pen: ImageDraw.ImageDraw, title: str) -> None:
    """As large as it fits in few lines; what is longer ends in dots."""
    for size in TITLE_SIZES:
        lines = wrapped(title, _font(size, bold=True), WIDTH)
        if len(lines) <= TITLE_LINES - (size == TITLE_SIZES[0]):
            break
    if len(lines) > TITLE_LINES:
        lines = [*lines[:TITLE_LINES - 1], fitted(" ".join(lines[TITLE_LINES - 1:]), _font(size, bold=True), WIDTH)]
    for number, line in enumerate(lines):
        pen.text((MARGIN, 118 + number * size * 1.22), line, WHITE, _font(size, bold=True))


def _write_foot(pen: ImageDraw.ImageDraw, house: House, view: SessionView, language: str) -> None:
    zone = house.network.zone
    when = f"{format_date(view.starts_at, language, zone, 'full')}, {format_time(view.starts_at, language, zone)}"
    pen.text((MARGIN, 434), fitted(when[:1].upper() + when[1:], _font(38, bold=True), WIDTH), WARM, _font(38, bold=True))
    pen.text((MARGIN, 496), fitted(_points(house, view, language), _font(28), WIDTH), WHITE, _font(28))
    said = _state(view, language)
    if said:
        pen.text((MARGIN, 552), fitted(said, _font(28, bold=True), WIDTH), SOFT, _font(28, bold=True))


def _points(house: House, view: SessionView, language: str) -> str:
    """As many names as fit, and how many more there are."""
    names, more, said = [house.network.text(point.name, language) for point in view.points], plural_translator(language), ""
    for shown in range(len(names), 0, -1):
        rest = len(names) - shown
        said = ", ".join(names[:shown])
        if rest:
            said += " " + more("and %(num)s more point", "and %(num)s more points", rest) % {"num": rest}
        if _font(28).getlength(said) <= WIDTH:
            break
    return said


def _state(view: SessionView, language: str) -> str:
    _ = translator(language)
    over = {SessionStatus.ENDED: _("This session has ended."), SessionStatus.CANCELLED: _("This session is cancelled.")}
    return over.get(SessionStatus(view.status), _("Watch live, without an account"))


def wrapped(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Lines no wider than ``width``; a word that is wider by itself is shortened."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(fitted(word, font, width))
    return lines


def fitted(text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """The text, or as much of it as fits before dots."""
    text = " ".join(text.split())
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(f"{text}…") > width:
        text = text[:-1].rstrip()
    return f"{text}…"


@cache
def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(FONTS / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"), size)
