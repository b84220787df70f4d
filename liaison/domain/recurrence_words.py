"""A rule in words, in the reader's language: "Every 2 weeks: Monday, Thursday; until 1 June 2027"."""

from __future__ import annotations

from datetime import date

from babel import dates as babel_dates

from ..i18n import N_, locale_of, plural_translator, translator
from .recurrence import Rule

NTH: dict[int, tuple[str, ...]] = {
    1: (N_("first Monday"), N_("first Tuesday"), N_("first Wednesday"), N_("first Thursday"), N_("first Friday"),
        N_("first Saturday"), N_("first Sunday")),
    2: (N_("second Monday"), N_("second Tuesday"), N_("second Wednesday"), N_("second Thursday"), N_("second Friday"),
        N_("second Saturday"), N_("second Sunday")),
    3: (N_("third Monday"), N_("third Tuesday"), N_("third Wednesday"), N_("third Thursday"), N_("third Friday"),
        N_("third Saturday"), N_("third Sunday")),
    4: (N_("fourth Monday"), N_("fourth Tuesday"), N_("fourth Wednesday"), N_("fourth Thursday"), N_("fourth Friday"),
        N_("fourth Saturday"), N_("fourth Sunday")),
    5: (N_("fifth Monday"), N_("fifth Tuesday"), N_("fifth Wednesday"), N_("fifth Thursday"), N_("fifth Friday"),
        N_("fifth Saturday"), N_("fifth Sunday")),
    -1: (N_("last Monday"), N_("last Tuesday"), N_("last Wednesday"), N_("last Thursday"), N_("last Friday"),
         N_("last Saturday"), N_("last Sunday")),
}


def describe(rule: Rule, language: str) -> str:
    """How often, on which days, until when."""
    often, days, end = _often(rule, language), _days(rule, language), _end(rule, language)
    return "; ".join(part for part in (f"{often}: {days}" if days else often, end) if part)


def weekday_name(day: int, language: str) -> str:
    """From Monday (0), as it stands alone."""
    return str(locale_of(language).days["stand-alone"]["wide"][day]).lower() if language != "en" else (
        str(locale_of(language).days["stand-alone"]["wide"][day]))


def _often(rule: Rule, language: str) -> str:
    _, ngettext, many = translator(language), plural_translator(language), rule.interval
    if many == 1:
        each = {"DAILY": _("Every day"), "WEEKLY": _("Every week"), "MONTHLY": _("Every month"), "YEARLY": _("Every year")}
        return each[rule.frequency]
    words = {
        "DAILY": ngettext("Every %(num)s day", "Every %(num)s days", many),
        "WEEKLY": ngettext("Every %(num)s week", "Every %(num)s weeks", many),
        "MONTHLY": ngettext("Every %(num)s month", "Every %(num)s months", many),
        "YEARLY": ngettext("Every %(num)s year", "Every %(num)s years", many),
    }
    return words[rule.frequency] % {"num": many}


def _days(rule: Rule, language: str) -> str:
    _ = translator(language)
    if rule.nth is not None:
        nth = _(NTH[rule.nth][rule.days[0]])
        return nth if rule.month is None else _("%(nth)s in %(month)s") % {"nth": nth, "month": _month(rule.month, language)}
    if rule.month_day == -1:
        last = _("last day of the month")
        return last if rule.month is None else _("%(nth)s in %(month)s") % {"nth": last, "month": _month(rule.month, language)}
    if rule.month is not None:
        return _date(date(2028, rule.month, min(rule.month_day or 1, 29)), "d MMMM", language)
    if rule.month_day is not None:
        return _("day %(day)s of the month") % {"day": rule.month_day}
    return ", ".join(weekday_name(day, language) for day in rule.days)


def _end(rule: Rule, language: str) -> str:
    _, ngettext = translator(language), plural_translator(language)
    if rule.until is not None:
        return _("until %(date)s") % {"date": _date(rule.until, "long", language)}
    if rule.count is not None:
        return ngettext("%(num)s time", "%(num)s times", rule.count) % {"num": rule.count}
    return _("without an end")


def _date(day: date, style: str, language: str) -> str:
    return str(babel_dates.format_date(day, style, locale=locale_of(language)))


def _month(month: int, language: str) -> str:
    return str(locale_of(language).months["stand-alone"]["wide"][month])
