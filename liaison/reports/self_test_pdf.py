"""The report of a computer's self-test as one A4 page, in any of the network's languages."""

from __future__ import annotations

from collections.abc import Iterable

from fpdf import FPDF
from fpdf.enums import TableBordersLayout

from ..house import House
from ..i18n import format_datetime, translator
from ..services.self_tests import SelfTestView
from .attendance_pdf import FONTS, INK, LINE, MARGIN_MM, SOFT
from .self_test_words import VERDICTS, advice, lines


class _Page(FPDF):
    """A4 upright, our fonts."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self.add_font("DejaVu", "", str(FONTS / "DejaVuSans.ttf"))
        self.add_font("DejaVu", "B", str(FONTS / "DejaVuSans-Bold.ttf"))
        self.set_margins(MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(True, MARGIN_MM)
        self.set_draw_color(*LINE)

    def text_line(self, text: str, size: float, bold: bool = False, colour: tuple[int, int, int] = INK) -> None:
        self.set_font("DejaVu", "B" if bold else "", size)
        self.set_text_color(*colour)
        self.multi_cell(0, size * 0.5, text, align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(1.5)


def self_test_pdf(house: House, view: SelfTestView, language: str, host: str, port: str) -> bytes:
    words, network = translator(language), house.network
    pdf = _Page()
    pdf.set_title(words("Check of a computer"))
    pdf.set_lang(language)
    pdf.add_page()
    pdf.text_line(network.text(network.name, language), 9, colour=SOFT)
    pdf.text_line(words("Check of a computer"), 18, bold=True)
    where = [network.text(view.point_name, language) if view.point_name else "", view.by, format_datetime(view.at, language, network.zone)]
    pdf.text_line(" · ".join(part for part in where if part), 10, colour=SOFT)
    pdf.text_line(f"{view.score} / 100", 26, bold=True)
    pdf.text_line(words(VERDICTS[view.verdict]), 12, bold=True)
    pdf.ln(3)
    for what, do in advice(view.findings, words, host, port):
        pdf.text_line(what, 10, bold=True)
        pdf.text_line(do, 10)
    pdf.ln(3)
    pdf.text_line(words("What was measured"), 12, bold=True)
    _table(pdf, lines(view.figures, words))
    return bytes(pdf.output())


def _table(pdf: _Page, rows: Iterable[tuple[str, str]]) -> None:
    pdf.set_font("DejaVu", "", 9)
    with pdf.table(col_widths=(60, 120), first_row_as_headings=False, line_height=5, padding=1.2, text_align="LEFT", width=180,
                   borders_layout=TableBordersLayout.HORIZONTAL_LINES) as table:
        for name, value in rows:
            row = table.row()
            row.cell(name)
            row.cell(value)
