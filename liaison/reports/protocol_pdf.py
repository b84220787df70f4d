"""The protocol of a meeting as an A4 PDF: agenda, roll call, quorum, presence checks, votes, speeches, closed items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace

from ..domain.agenda import ANY_LANGUAGE
from ..house import House
from ..i18n import N_, format_datetime, format_period, format_time, translator
from .attendance_pdf import INK, LINE, SHADE, SOFT, Sheet, clock_length, signatures

MARKS = {"present": N_("Is present"), "absent": N_("Is absent"), "represented": N_("Is represented")}
KINDS = {"open": N_("Open vote"), "roll_call": N_("Vote by roll call"), "secret": N_("Secret vote")}
CHOICES = {"yes": N_("Yes"), "no": N_("No"), "abstain": N_("Abstained")}
OUTCOMES = {"accepted": N_("Accepted"), "rejected": N_("Rejected"), "no_quorum": N_("Not valid: too few voted"),
            "cancelled": N_("Broken off")}
MAJORITIES = {
    "simple": N_("Simple majority: more yes than no."), "absolute": N_("Absolute majority: yes of more than half of all who may vote."),
    "two_thirds": N_("Two thirds: yes of at least two thirds of the yes and no votes."),
    "unanimous": N_("Unanimous: nobody against, somebody for.")}


class _Protocol:
    """One protocol on its way to paper, in one language."""

    def __init__(self, house: House, facts: dict[str, Any], language: str) -> None:
        self.house, self.facts, self.language, self.words = house, facts, language, translator(language)
        made_at = format_datetime(house.clock.now(), language, house.network.zone)
        foot = f"{facts['session']['number']} · {self.words('Made on %(date)s') % {'date': made_at}}"
        self.pdf = Sheet(self.words, foot, "portrait")

    def text(self, texts: dict[str, str]) -> str:
        return self.house.network.text(texts, self.language) or texts.get(ANY_LANGUAGE, "")

    def time(self, value: str | None) -> str:
        return format_time(datetime.fromisoformat(value), self.language, self.house.network.zone) if value else "…"

    def name(self, key: str | None) -> str:
        """A point by its slug, or a person by the peer."""
        if key is None:
            return ""
        person = self.facts["people"].get(key)
        if person is None:
            return self.text(self.facts["points"].get(key, {})) or key
        return ", ".join(part for part in (self.name(person["point"]) if person["point"] else "", person["name"]) if part)

    def names(self, keys: Iterable[str]) -> str:
        return ", ".join(self.name(key) for key in keys)

    # ------------------------------------------------------------ laying out

    def head(self, title: str) -> None:
        if self.pdf.will_page_break(25):
            self.pdf.add_page()
        self.pdf.ln(5)
        self.pdf.line_of(title, 13, bold=True)
        self.pdf.ln(1.5)

    def line(self, text: str, bold: bool = False) -> None:
        self.pdf.line_of(text, 9.5, bold=bold)
        self.pdf.ln(0.8)

    def table(self, titles: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[str]]) -> None:
        pdf = self.pdf
        pdf.set_font("DejaVu", "", 9)
        pdf.set_text_color(*INK)
        pdf.set_draw_color(*LINE)
        with pdf.table(col_widths=tuple(widths), headings_style=FontFace(emphasis="BOLD", color=INK, fill_color=SHADE), line_height=4.8,
                       padding=1.2, text_align="LEFT", borders_layout=TableBordersLayout.ALL, width=sum(widths)) as table:
            for cells in (titles, *rows):
                row = table.row()
                for cell in cells:
                    row.cell(cell)

    # ------------------------------------------------------------ the parts

    def write(self) -> bytes:
        pdf, words, session = self.pdf, self.words, self.facts["session"]
        pdf.set_title(f"{words('Protocol of the session')} {session['number']}")
        pdf.set_lang(self.language)
        pdf.add_page()
        pdf.line_of(self.text(self.house.network.name), 9, colour=SOFT)
        pdf.ln(2)
        pdf.line_of(words("Protocol of the session"), 18, bold=True)
        pdf.ln(1)
        pdf.line_of(self.text(session["title"]), 13, bold=True)
        pdf.ln(1)
        self._times(session)
        for part in (self._agenda, self._notes, self._rolls, self._quorum, self._checks, self._votes, self._speeches, self._questions,
                     self._papers, self._closed, self._halls):
            part()
        signatures(pdf, words, 30, (55, 60, 25))
        return bytes(pdf.output())

    def _times(self, session: dict[str, Any]) -> None:
        zone = self.house.network.zone
        when = {name: datetime.fromisoformat(value) for name, value in session.items() if name.endswith("_at") and value}
        planned = format_period(when["starts_at"], when["ends_at"], self.language, zone)
        lines = [f"{self.words('Number')}: {session['number']}", f"{self.words('Planned')}: {planned}"]
        if "opened_at" in when and "closed_at" in when:
            lines.append(f"{self.words('Held')}: {format_period(when['opened_at'], when['closed_at'], self.language, zone)}")
        for line in lines:
            self.pdf.line_of(line, 9, colour=SOFT)
            self.pdf.ln(0.5)

    def _papers(self) -> None:
        if self.facts["documents"]:
            self.head(self.words("Documents shown"))
        for shown in self.facts["documents"]:
            by = self.name(shown["by"])
            self.line(f"{self.time(shown['at'])}  {shown['title']}{f' ({by})' if by else ''}")

    def _questions(self) -> None:
        """What citizens were answered; with a name as they wished."""
        if self.facts["questions"]:
            self.head(self.words("Questions of citizens that were answered"))
        for asked in self.facts["questions"]:
            who = ", ".join(word for word in (asked["name"], asked["place"]) if word)
            self.line(f"{self.time(asked['at'])}  № {asked['number']}{f' ({who})' if who else ''}: {' '.join(asked['text'].split())}")

    def _agenda(self) -> None:
        items, words = self.facts["agenda"], self.words
        if not items:
            return
        self.head(words("Agenda"))
        self.table(("№", words("Agenda item"), words("Planned"), words("Took")), (10, 110, 30, 30), [
            (str(index), self.text(item["title"]), clock_length(item["planned_minutes"] * 60),
             clock_length(item["seconds"]) if item["treated"] else words("Not treated"))
            for index, item in enumerate(items, start=1)])

    def _notes(self) -> None:
        """The secretary's notes: the draft of the minutes."""
        titled = [(f"{index}. {self.text(item['title'])}", item["notes"]) for index, item in enumerate(self.facts["agenda"], start=1)]
        found = [(title, notes) for title, notes in (*titled, (self.words("On the session as a whole"), self.facts["notes"])) if notes]
        if found:
            self.head(self.words("Notes"))
        for title, notes in found:
            self.line(title, bold=True)
            for paragraph in filter(None, notes.split("\n")):
                self.line(paragraph)
            self.pdf.ln(2)

    def _rolls(self) -> None:
        for roll in self.facts["roll_calls"]:
            self.head(f"{self.words('Roll call')}, {self.time(roll['started_at'])}–{self.time(roll['ended_at'])}")
            found = [(slug, roll["marks"][slug]) for slug in self.facts["points"] if slug in roll["marks"]]
            self.table((self.words("Point"), self.words("Found"), self.words("Who answered or represents")), (70, 40, 70), [
                (self.name(slug), self._mark(mark), ", ".join(part for part in (self.name(mark["by"]), mark["name"]) if part))
                for slug, mark in found])

    def _mark(self, mark: dict[str, Any]) -> str:
        word = MARKS[mark["mark"]]
        return self.words(word)

    def _quorum(self) -> None:
        if not self.facts["quorum"]:
            return
        self.head(self.words("Quorum"))
        for change in self.facts["quorum"]:
            words = self.words("The quorum is reached: %(has)s of %(need)s points are here.") if change["reached"] else \
                self.words("No quorum: %(has)s of %(need)s")
            self.line(f"{self.time(change['at'])}  {words % change}")

    def _checks(self) -> None:
        if not self.facts["presence_checks"]:
            return
        self.head(self.words("Presence checks"))
        for check in self.facts["presence_checks"]:
            all_of_them = self.words("All %(all)s points answered.") % {"all": len(check["asked"])}
            count = {"done": len(check["asked"]) - len(check["missing"]), "all": len(check["asked"])}
            some = f"{self.words('%(done)s of %(all)s answered. Not answered:') % count} {self.names(check['missing'])}"
            self.line(f"{self.time(check['at'])}  {some if check['missing'] else all_of_them}")

    def _votes(self) -> None:
        if self.facts["votes"]:
            self.head(self.words("Votes"))
        for vote in self.facts["votes"]:
            self._vote(vote)

    def _vote(self, vote: dict[str, Any]) -> None:
        words = self.words
        self.line(f"{vote['vote']}. {vote['title']}", bold=True)
        self.line(f"{words(KINDS[vote['kind']])}, {self.time(vote['opened_at'])}–{self.time(vote['closed_at'])}. "
                  f"{words(MAJORITIES[vote['majority']])}")
        if vote["outcome"] != "cancelled":
            counts = [f"{words(word)}: {vote['counts'].get(choice, 0)}" for choice, word in CHOICES.items()]
            voted = words("Voted: %(done)s of %(all)s") % {"done": len(vote["voted"]), "all": len(vote["voters"])}
            self.line(f"{'   '.join(counts)}   ({voted})")
        self.line(f"{words('Outcome')}: {words(OUTCOMES[vote['outcome']])}", bold=True)
        for choice, word in CHOICES.items():
            self._who(words(word), [voter for voter, cast in vote["cast"].items() if cast == choice])
        quiet = [voter for voter in vote["voters"] if voter not in {*vote["voted"], *vote["absent"]}]
        self._who(words("Did not vote"), quiet if vote["outcome"] != "cancelled" else [])
        self._who(words("Were absent"), [voter for voter in vote["absent"] if voter not in vote["lost"]])
        self._who(words("Line lost during the vote"), vote["lost"])
        self.pdf.ln(2.5)

    def _who(self, word: str, voters: list[str]) -> None:
        if voters:
            self.line(f"{word} ({len(voters)}): {self.names(voters)}")

    def _speeches(self) -> None:
        words, speeches = self.words, self.facts["speeches"]
        if speeches:
            self.head(words("Speeches"))
            self.table((words("Delegation"), words("How often"), words("Time in all")), (110, 30, 40), [
                (self.name(each["delegation"]), str(each["times"]), clock_length(each["seconds"])) for each in speeches])

    def _closed(self) -> None:
        if self.facts["closed_items"]:
            self.head(self.words("Closed items"))
        for item in self.facts["closed_items"]:
            who = self.words("All invited points") if item["points"] is None else self.names(item["points"])
            self.line(f"{self.time(item['closed_at'])}–{self.time(item['opened_at'])}  {who}")

    def _halls(self) -> None:
        words, halls = self.words, self.facts["halls"]
        if halls:
            self.head(words("Citizens in the halls"))
            self.table((words("Point"), words("Registered"), words("Came"), words("Without a ticket"), words("Did not come")),
                       (76, 26, 26, 26, 26), [
                (self.text(hall["name"]), *(str(hall[name]) for name in ("registered", "came", "walk_ins", "no_shows"))) for hall in halls])


def protocol_pdf(house: House, facts: dict[str, Any], language: str) -> bytes:
    """``facts`` is what ``signaling.protocol.meeting_protocol`` returns; times are shown in the network's zone."""
    return _Protocol(house, facts, language).write()
