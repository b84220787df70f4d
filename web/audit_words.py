"""The audit log in the reader's words: events, field names and values. What has no word here is shown as it is kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from liaison.domain.actor import SYSTEM
from liaison.services import people, points
from liaison.services.audit_log import AuditLine, Change

from . import words
from .context import house, local_datetime, text

ACTIONS = {
    "session.booked": _l("Session booked"), "session.changed": _l("Session changed"),
    "session.cancelled": _l("Session cancelled"), "session.opened": _l("Session opened"),
    "session.message_removed": _l("Message of the chat removed"), "session.notes": _l("Notes changed after the session"),
    "session.extended": _l("Session extended"), "session.closed": _l("Session closed"),
    "group.created": _l("Group of points made"), "group.changed": _l("Group of points changed"),
    "group.deleted": _l("Group of points thrown away"), "template.created": _l("Template made"),
    "template.deleted": _l("Template thrown away"),
    "deputy.named": _l("Deputy named"), "deputy.ended": _l("Deputyship ended"), "deputy.changed": _l("Deputyship changed"),
    "series.booked": _l("Series booked"), "series.changed": _l("Series changed"), "series.cancelled": _l("Series cancelled"),
    "invitation.answered": _l("Invitation answered"), "invitation.headcount": _l("Number of people entered"),
    "user.created": _l("Account created"), "user.changed": _l("Account changed"), "user.enabled": _l("Account enabled"),
    "user.disabled": _l("Account disabled"), "users.imported": _l("Accounts imported"),
    "user.link_made": _l("Sign-in link made"), "user.link_mailed": _l("Sign-in link mailed"),
    "user.password_set": _l("Password set"), "user.reset_asked": _l("New password asked for"),
    "user.guessed_at": _l("Wrong passwords tried"), "user.signed_in": _l("Signed in"),
    "user.signed_out_everywhere": _l("Signed out everywhere"), "user.calendar_renewed": _l("Calendar address renewed"),
    "token.created": _l("Token created"), "token.revoked": _l("Token ended"), "settings.changed": _l("Settings changed"),
    "closure.added": _l("Period closed"), "closure.removed": _l("Period opened again"),
    "maintenance.added": _l("Maintenance entered"), "maintenance.ended": _l("Maintenance ended"),
    "session.displaced": _l("Session displaced"), "restream.set": _l("Broadcast handed on to another site"),
    "restream.removed": _l("Broadcast handed on no more"),
    "rehearsal.started": _l("Rehearsal started"), "rehearsal.removed": _l("Rehearsal removed"),
    "request.asked": _l("Session asked for"), "request.waiting": _l("Put on the waiting list"),
    "request.approved": _l("Request approved"), "request.declined": _l("Request declined"),
    "request.withdrawn": _l("Request withdrawn"), "request.lapsed": _l("Offer not taken"), "request.over": _l("Request out of time"),
    "offer.made": _l("Freed time offered"), "offer.accepted": _l("Offer accepted"),
    "user.channels_changed": _l("Channels of notices changed"), "user.telegram_linked": _l("Telegram linked"),
    "user.browser_added": _l("Notices of a browser switched on"), "user.contact_removed": _l("Channel of notices removed"),
    "poll.opened": _l("Date poll opened"), "poll.answered": _l("Date poll answered"), "poll.closed": _l("Date poll closed"),
    "poll.dropped": _l("Date poll closed without a session"),
    "outbox.retried": _l("Message tried again"), "points.seeded": _l("Points loaded"), "point.changed": _l("Point changed"),
    "point.added": _l("Mobile point added"), "point.card_changed": _l("Equipment changed"),
    "point.picture_put": _l("Picture of the room put"), "point.picture_dropped": _l("Picture of the room removed"),
    "room_pc.paired": _l("Room PC paired"), "room_pc.revoked": _l("Room PC revoked"), "room_pc.changed": _l("Room PC set up"),
    "point.stop_added": _l("Stop added"), "point.stop_removed": _l("Stop removed"),
    "text.changed": _l("Message text changed"), "text.reset": _l("Message text back to the usual"),
    "calendar.renewed": _l("Calendar address renewed"),
    "question.approved": _l("Question approved"), "question.declined": _l("Question declined"), "question.merged": _l("Question merged"),
    "question.answered_live": _l("Question answered live"), "question.answered_written": _l("Question answered in writing"),
    "question.category": _l("Category of a question changed"), "question.put_off": _l("Question put off"),
    "hall.opened": _l("Hall opened to citizens"), "hall.closed": _l("Hall closed to citizens"),
    "recording.published": _l("Recording published"), "recording.withheld": _l("Recording withheld"),
    "recording.held": _l("Recordings held"),
    "recording.released": _l("Hold on recordings ended"), "recording.removed": _l("Recording removed"),
    "privacy.exported": _l("Personal data looked at"), "privacy.erased": _l("Personal data erased"),
    "session.captions_put": _l("Captions put to the recording"),
    "document.added": _l("Document added"), "document.changed": _l("Document changed"), "document.removed": _l("Document removed"),
}
FIELDS = {
    "title": _l("Title"), "description": _l("Description"), "kind": _l("Kind"), "status": _l("State"), "starts_at": _l("Start"),
    "ends_at": _l("End"), "timezone": _l("Time zone"), "public": _l("Public session"), "record": _l("Recording"),
    "broadcast": _l("Broadcast"),
    "points": _l("Points"), "optional_points": _l("Points that need not come"), "agenda": _l("Agenda"), "minutes": _l("Minutes"),
    "chair_point": _l("The chair sits at"), "chair_user": _l("Chair"), "deputy": _l("Deputy chair"),
    "secretary": _l("Secretary"), "cancel_reason": _l("Reason"), "reason": _l("Reason"), "point": _l("Point"),
    "answer": _l("Answer"), "headcount": _l("How many people"), "representatives": _l("Representatives"), "name": _l("Sign-in name"),
    "full_name": _l("Full name"), "email": _l("E-mail"), "phone": _l("Telephone"), "role": _l("Role"), "language": _l("Language"),
    "active": _l("In use"), "times": _l("Times"), "answers": _l("Answers"), "session": _l("Session"),
    "user": _l("Account"), "label": _l("Name"), "accounts": _l("Accounts"), "purpose": _l("What for"),
    "with": _l("By means of"), "address": _l("Address"), "failures": _l("Attempts"), "opened_at": _l("Opened"),
    "closed_at": _l("Closed"), "link_profile": _l("Link"), "reminder_minutes": _l("Reminders, minutes before the start"),
    "by": _l("For the session"), "fate": _l("What becomes of it"),
    "rule": _l("Rule"), "dates": _l("Dates"), "scope": _l("How far"), "series": _l("Series"),
    "seat": _l("Place"), "place": _l("Place"), "lat": _l("Latitude"), "lon": _l("Longitude"), "slug": _l("Short name"), "text": _l("Text"),
    "equipment": _l("Equipment"), "note": _l("Note"), "detail": _l("Model, number, remark"), "count": _l("How many"),
    "calendar": _l("Calendar"), "message": _l("Message"), "item": _l("Agenda item"),
    "questions": _l("Questions of citizens"), "question": _l("Question"), "category": _l("Category"), "into": _l("Merged into"),
    "put_off": _l("Put off"),
    "published": _l("Everybody may watch"), "what": _l("What"), "why": _l("Why"),
    "pages": _l("Pages"), "digest": _l("Checksum"), "for_citizens": _l("Citizens may see it too"),
    "officers_add_documents": _l("Officers add documents"),
    "setup_minutes": _l("Minutes to set up before it"), "clear_minutes": _l("Minutes to clear up after it"),
    "video_ports": _l("Points at once"), "watcher_ports": _l("Public watchers at once"), "recording_ports": _l("Recordings at once"),
    "quorum": _l("Quorum"), "checks_minutes": _l("Presence checks, about every so many minutes"),
    "priority": _l("Priority"), "offer_minutes": _l("Minutes a freed time is held"), "until": _l("Until"),
    "province": _l("Province"), "seats": _l("Seats"), "told": _l("Registrations told"),
    "no_show_minutes": _l("Minutes after the start at which seats in halls go to others if nobody has come"),
    "help_desk_phone": _l("Telephone of the help desk"), "default_language": _l("Language where none is chosen"),
    "expected": _l("How many people will come"), "channel": _l("Channel"), "quiet": _l("Quiet hours"), "quiet_hours": _l("Quiet hours"),
    "alarm_minutes": _l("Alarm in your calendar, minutes before the start"), "quiet_from": _l("Quiet hours from"),
    "quiet_until": _l("Quiet hours until"), "quiet_email": _l("E-mail waits too"),
    "settle_seconds": _l("Changes are told after a rest of so many seconds"),
    "chase_after_days": _l("No answer: ask the point, tell its province, tell the organiser after days"),
    "chase_hours_before": _l("… or so many hours before the start, whichever comes first"),
}
PURPOSES = {
    "bootstrap": _l("The first administrator"), "sign_in_letter": _l("Sign-in letter"),
    "welcome": _l("Welcome letter"),
    "password_reset": _l("Forgotten password"), "demo": _l("Demonstration"), "password": _l("Present password"),
}
CLOSINGS = {
    "limit": _l("Longest time reached"), "plan": _l("Planned end"), "empty": _l("Nobody was left"), "chair": _l("By the chair"),
}
FATES = {
    "move": _l("Moved to another time"), "drop": _l("It stays at its time without these points"), "cancel": _l("Cancelled"),
}
REMOVED = {
    "composite": _l("The broadcast"), "tracks": _l("Tracks"), "by_hand": _l("By hand"), "time_over": _l("Kept as long as it shall be"),
    "unwanted": _l("Nothing of the session is kept"), "none": _l("Nothing is kept"),
}
LINKS = {"normal": _l("Normal"), "thin": _l("Thin link: fewer pictures"), "audio": _l("Sound only")}
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def point_word(slug: str) -> str:
    """A point's name in the reader's language; one that is not known by the slug that was kept."""
    if "point_names" not in g:
        g.point_names = {point.slug: point.name for point in points.list_points(house(), SYSTEM, include_inactive=True)}
    return text(g.point_names[slug]) if slug in g.point_names else slug


def person_word(name: str) -> str:
    """An account's full name, by what it signs in with."""
    if "full_names" not in g:
        g.full_names = {row["name"]: row["full_name"] for row in people.list_users(house(), SYSTEM)}
    return str(g.full_names.get(name) or name)


VALUES: dict[str, Callable[[str], str]] = {
    "chair_user": person_word, "deputy": person_word, "secretary": person_word,
    "points": point_word, "optional_points": point_word, "point": point_word, "chair_point": point_word,
    "province": point_word, "fate": lambda value: str(FATES.get(value, value)),
    "kind": words.kind_word, "status": words.state_word, "answer": words.answer_word, "role": words.role_word,
    "purpose": lambda value: str(PURPOSES.get(value, value)), "with": lambda value: str(PURPOSES.get(value, value)),
    "channel": words.channel_word,
    **dict.fromkeys(("what", "why", "record"), lambda value: str(REMOVED.get(value, value))),
    "reason": lambda value: str(CLOSINGS.get(value, value)), "link_profile": lambda value: str(LINKS.get(value, value)),
}


def action_word(action: str) -> str:
    return str(ACTIONS.get(action, action))


def field_word(field: str) -> str:
    return str(FIELDS.get(field, field))


def actor_words(line: AuditLine) -> str:
    """Who did it: an account's name, the service itself, or somebody unknown."""
    if line.actor_name == SYSTEM.name and line.actor_id is None:
        return _("The system")
    return line.actor_name or _("somebody not signed in")


def object_words(line: AuditLine) -> str:
    """What it was done to; empty for what has no name."""
    if line.object_type == "point":
        return point_word(line.object_name)
    return _("Settings") if line.object_type == "settings" else ID.sub("", line.object_name)


def changes(line: AuditLine) -> list[Change]:
    """The fields that differ, but for those of something new that were left empty."""
    return [change for change in line.changes if change.before is not None or change.after not in EMPTY]


def before_words(change: Change) -> str:
    return _in_short(change, change.before)


def after_words(change: Change) -> str:
    return _in_short(change, change.after)


def _in_short(change: Change, value: Any) -> str:
    """In the reader's language; all languages where it is another one that was changed."""
    texts = [text(one) if _in_languages(one) else None for one in (change.before, change.after)]
    if _in_languages(value) and texts[0] != texts[1]:
        return text(value)
    return shown(value, change.field)


def _in_languages(value: Any) -> bool:
    """Whether it is a text by language."""
    return isinstance(value, dict) and bool(value) and set(value) <= set(house().network.languages)


EMPTY: tuple[Any, ...] = (None, "", [], {}, False, 0)


def shown(value: Any, field: str = "") -> str:
    """A kept value for people: words for the fixed vocabulary, dates in the network's zone, lists and texts in full."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ("; " if field == "agenda" else ", ").join(shown(item, field) for item in value)
    if field == "agenda" and isinstance(value, dict):
        return _("%(title)s (%(minutes)s min)", title=text(value["title"]), minutes=value["minutes"])
    if isinstance(value, dict):
        return "; ".join(f"{field_word(key)}: {shown(item, key)}" for key, item in value.items())
    return _plain(str(value), field)


def _plain(value: str, field: str) -> str:
    if field.endswith("_at"):
        try:
            return local_datetime(datetime.fromisoformat(value), "medium")
        except ValueError:
            return value
    return VALUES[field](value) if field in VALUES else value
