"""The attendance sheet as an A4 PDF with signature lines, in any of the network's languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from ..domain.agenda import ANY_LANGUAGE
from ..domain.sessions import shown_answer
from ..house import House
from ..i18n import N_, format_datetime, format_period, format_time, translator

FONTS = Path(__file__).parent.parent / "data" / "fonts"
MARGIN_MM = 15
INK, SOFT, LINE, SHADE = (11, 52, 59), (86, 104, 108), (200, 210, 212), (236, 242, 242)
WIDTHS = (48, 26, 26, 17, 21, 18, 20, 50, 41)
ANSWERS = {"accepted": N_("Accepted"), "tentative": N_("Tentative"), "declined": N_("Declined"), "pending": N_("No answer"),
           "chairs": N_("Chair"), "unanswered": N_("Did not answer")}

Words = Callable[[str], str]


class Sheet(FPDF):
    """A4, our fonts, page numbers."""

    def __init__(self, words: Words, foot: str, orientation: Literal["landscape", "portrait"] = "landscape") -> None:
        super().__init__(orientation=orientation, format="A4")
        self._words, self._foot_text = words, foot
        self.add_font("DejaVu", "", str(FONTS / "DejaVuSans.ttf"))
        self.add_font("DejaVu", "B", str(FONTS / "DejaVuSans-Bold.ttf"))
        self.set_margins(MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(True, MARGIN_MM + 6)

    def footer(self) -> None:
        self.set_y(-MARGIN_MM)
        self.set_font("DejaVu", "", 8)
        self.set_text_color(*SOFT)
        page = self._words("Page %(page)s of %(pages)s") % {"page": self.page_no(), "pages": "{nb}"}
        self.cell(0, 5, self._foot_text, align="L")
        self.set_x(MARGIN_MM)
        self.cell(0, 5, page, align="R")

    def line_of(self, text: str, size: float, bold: bool = False, colour: tuple[int, int, int] = INK) -> None:
        self.set_font("DejaVu", "B" if bold else "", size)
        self.set_text_color(*colour)
        self.multi_cell(0, size * 0.5, text, align="L", new_x="LMARGIN", new_y="NEXT")


def attendance_pdf(house: House, sheet: dict[str, Any], language: str) -> bytes:
    """``sheet`` is what ``services.attendance.attendance_sheet`` returns; times are shown in the network's zone."""
    words = translator(language)
    session, text = sheet["session"], house.network.text
    made_at = format_datetime(house.clock.now(), language, house.network.zone)
    pdf = Sheet(words, f"{session['number']} · {words('Made on %(date)s') % {'date': made_at}}")
    pdf.set_title(f"{words('Attendance sheet')} {session['number']}")
    pdf.set_lang(language)
    pdf.add_page()
    pdf.line_of(text(house.network.name, language), 9, colour=SOFT)
    pdf.ln(2)
    pdf.line_of(words("Attendance sheet"), 18, bold=True)
    pdf.ln(1)
    pdf.line_of(text(session["title"], language) or session["title"].get(ANY_LANGUAGE, ""), 13, bold=True)
    pdf.ln(1)
    for line in _facts(house, session, language, words):
        pdf.line_of(line, 9, colour=SOFT)
        pdf.ln(0.5)
    pdf.ln(3)
    _table(pdf, house, sheet, language, words)
    signatures(pdf, words)
    return bytes(pdf.output())


def _facts(house: House, session: dict[str, Any], language: str, words: Words) -> list[str]:
    zone = house.network.zone
    planned = format_period(_time(session["starts_at"]), _time(session["ends_at"]), language, zone)
    lines = [f"{words('Number')}: {session['number']}", f"{words('Planned')}: {planned}"]
    if session["opened_at"]:
        opened, closed = _time(session["opened_at"]), session["closed_at"]
        lines.append(f"{words('Held')}: " + (format_period(opened, _time(closed), language, zone) if closed
                                             else f"{format_datetime(opened, language, zone)}–…"))
    return lines


def _table(pdf: Sheet, house: House, sheet: dict[str, Any], language: str, words: Words) -> None:
    pdf.set_font("DejaVu", "", 8)
    pdf.set_text_color(*INK)
    pdf.set_draw_color(*LINE)
    heading = FontFace(emphasis="BOLD", color=INK, fill_color=SHADE)
    with pdf.table(col_widths=WIDTHS, headings_style=heading, line_height=4.5, padding=1.2, text_align="LEFT",
                   borders_layout=TableBordersLayout.ALL, width=sum(WIDTHS)) as table:
        header = table.row()
        for title in (words("Point"), words("Answer"), words("Present"), words("Share"), words("Late"), words("Drops"),
                      words("People"), words("Representatives"), words("Signature")):
            header.cell(title)
        for point in sheet["points"]:
            row = table.row()
            for value in _row(house, sheet["session"], point, language, words):
                row.cell(value)


def _row(house: House, session: dict[str, Any], point: dict[str, Any], language: str, words: Words) -> list[str]:
    came = point["first_joined_at"] is not None
    given = ANSWERS[shown_answer(point["answer"], session["status"], point["slug"] == session["chair_point"])]
    answer = words(given) if point["invited"] else words("Not invited")
    return [house.network.text(point["name"], language), answer, _present(house, point, language, words),
            f"{point['share']:.0%}" if came else "–", clock_length(point["late_seconds"]) if came else "–",
            str(point["drops"]) if came else "–", "–" if point["headcount"] is None else str(point["headcount"]),
            "\n".join(point["representatives"]), ""]


def _present(house: House, point: dict[str, Any], language: str, words: Words) -> str:
    if point["first_joined_at"] is None:
        return words("Absent")
    zone = house.network.zone
    left = format_time(_time(point["last_left_at"]), language, zone) if point["last_left_at"] else "…"
    return f"{format_time(_time(point['first_joined_at']), language, zone)}–{left}\n{clock_length(point['present_seconds'])}"


def clock_length(seconds: int) -> str:
    """``1:05:30``: hours, minutes, seconds, the same in every language."""
    hours, rest = divmod(int(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"


def signatures(pdf: Sheet, words: Words, role_mm: int = 40, widths_mm: tuple[int, int, int] = (70, 80, 40)) -> None:
    """Lines to sign on, for chair and secretary: signature, name, date."""
    if pdf.will_page_break(45):
        pdf.add_page()
    pdf.ln(10)
    for role in (words("Chair"), words("Secretary")):
        pdf.set_font("DejaVu", "", 10)
        pdf.set_text_color(*INK)
        pdf.cell(role_mm, 8, f"{role}:")
        for label, width in zip((words("Signature"), words("Name"), words("Date")), widths_mm, strict=True):
            _line_to_sign(pdf, label, width)
        pdf.ln(17)


def _line_to_sign(pdf: Sheet, label: str, width_mm: float) -> None:
    x, y = pdf.get_x(), pdf.get_y()
    pdf.set_draw_color(*INK)
    pdf.line(x, y + 7, x + width_mm, y + 7)
    pdf.set_font("DejaVu", "", 7)
    pdf.set_text_color(*SOFT)
    pdf.set_xy(x, y + 8)
    pdf.cell(width_mm, 4, label, align="C")
    pdf.set_xy(x + width_mm + 6, y)


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value)
