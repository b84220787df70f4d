"""Sign-in letters: one A4 page a person, in the person's language, with the address as text, code and QR picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import segno
from fpdf import FPDF

from ..house import House
from ..i18n import format_date, translator
from ..services.links import Letter
from ..services.settings import get_setting

FONTS = Path(__file__).parent.parent / "data" / "fonts"
MARGIN_MM = 22
QR_MM = 46
INK, SOFT, LINE = (11, 52, 59), (86, 104, 108), (200, 210, 212)


def letters_pdf(house: House, letters: Sequence[Letter]) -> bytes:
    """All letters as one PDF."""
    pdf = FPDF(format="A4")
    pdf.add_font("DejaVu", "", str(FONTS / "DejaVuSans.ttf"))
    pdf.add_font("DejaVu", "B", str(FONTS / "DejaVuSans-Bold.ttf"))
    pdf.set_margins(MARGIN_MM, MARGIN_MM)
    pdf.set_auto_page_break(False)
    pdf.set_title("liaison")
    phone = str(get_setting(house, "help_desk_phone"))
    for letter in letters:
        _page(pdf, house, letter, phone)
    return bytes(pdf.output())


def _page(pdf: FPDF, house: House, letter: Letter, phone: str) -> None:
    _ = translator(letter.language)
    pdf.add_page()
    pdf.set_lang(letter.language)
    _head(pdf, house, letter, _)
    _facts(pdf, house, letter, _)
    _steps(pdf, house, letter, _)
    _foot(pdf, phone, _)


def _write(pdf: FPDF, text: str, size: float, bold: bool = False, colour: tuple[int, int, int] = INK, gap_mm: float = 2) -> None:
    """A paragraph over the whole width."""
    pdf.set_font("DejaVu", "B" if bold else "", size)
    pdf.set_text_color(*colour)
    pdf.multi_cell(0, size * 0.5, text, align="L", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(gap_mm)


def _head(pdf: FPDF, house: House, letter: Letter, _: Callable[[str], str]) -> None:
    _write(pdf, house.network.text(house.network.name, letter.language), 10, colour=SOFT, gap_mm=8)
    _write(pdf, _("Sign-in letter"), 22, bold=True, gap_mm=4)
    _write(pdf, letter.full_name or letter.name, 14, bold=True, gap_mm=1)
    if letter.points:
        _write(pdf, ", ".join(letter.points), 11, colour=SOFT, gap_mm=4)


def _facts(pdf: FPDF, house: House, letter: Letter, _: Callable[[str], str]) -> None:
    """A box: sign-in name and code at the left, the QR picture at the right."""
    top = pdf.get_y() + 2
    pdf.set_draw_color(*LINE)
    pdf.rect(MARGIN_MM, top, pdf.w - 2 * MARGIN_MM, QR_MM + 12)
    draw_qr(pdf, letter.url, pdf.w - MARGIN_MM - QR_MM - 6, top + 6, QR_MM)
    width = pdf.w - 2 * MARGIN_MM - QR_MM - 20
    pdf.set_y(top + 6)
    for label, value in ((_("Your sign-in name"), letter.name), (_("Your one-time code"), letter.code)):
        _labelled(pdf, label, value, width)
    pdf.set_x(MARGIN_MM + 6)
    pdf.set_font("DejaVu", "", 10)
    pdf.set_text_color(*SOFT)
    until = format_date(letter.expires_at, letter.language, house.network.zone)
    pdf.multi_cell(width, 5, _("Works once, until %(date)s.") % {"date": until}, new_x="LMARGIN", new_y="NEXT", align="L")
    pdf.set_y(top + QR_MM + 20)


def _labelled(pdf: FPDF, label: str, value: str, width_mm: float) -> None:
    for text, size, bold, colour, height in ((label, 10, False, SOFT, 5), (value, 15, True, INK, 8)):
        pdf.set_x(MARGIN_MM + 6)
        pdf.set_font("DejaVu", "B" if bold else "", size)
        pdf.set_text_color(*colour)
        pdf.multi_cell(width_mm, height, text, new_x="LMARGIN", new_y="NEXT", align="L")
    pdf.ln(3)


def _steps(pdf: FPDF, house: House, letter: Letter, _: Callable[[str], str]) -> None:
    steps = (
        _("Open this address in the browser of your office's computer: %(address)s") % {"address": f"{house.settings.base_url}/link"},
        _("Type the code above. With a telephone you can scan the picture instead."),
        _("Choose a password of at least 10 characters and keep it to yourself."),
        _("From then on, sign in with your sign-in name and your password."),
    )
    _write(pdf, _("How to begin"), 13, bold=True)
    for number, step in enumerate(steps, 1):
        _write(pdf, f"{number}.  {step}", 11, gap_mm=1.5)


def _foot(pdf: FPDF, phone: str, _: Callable[[str], str]) -> None:
    pdf.ln(6)
    _write(pdf, _("Give this letter to nobody. Destroy it when you have signed in."), 11, bold=True)
    if phone:
        _write(pdf, _("Help desk: %(phone)s") % {"phone": phone}, 12)


def draw_qr(pdf: FPDF, text: str, x_mm: float, y_mm: float, size_mm: float) -> None:
    """A QR picture (error correction M) as filled squares, sharp at every size, with the quiet zone inside ``size_mm``."""
    rows = [list(row) for row in segno.make(text, error="m", micro=False).matrix_iter(scale=1, border=4)]
    cell = size_mm / len(rows)
    pdf.set_fill_color(0, 0, 0)
    for row, modules in enumerate(rows):
        for column, dark in enumerate(modules):
            if dark:
                pdf.rect(x_mm + column * cell, y_mm + row * cell, cell * 1.02, cell * 1.02, style="F")
