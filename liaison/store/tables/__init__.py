"""Every table, typed. ``from liaison.store import tables as t`` and then ``t.Session``, ``t.Point`` …"""

from .broadcast import Restream, ViewerMinute
from .calendars import DeskLook, ImportedEvent, ProvinceCalendar
from .chat import ChatFile, ChatMessage, SessionNote
from .contacts import ChaseStep, Contact, ContactCode, NoticeChoice
from .documents import Document, DocumentPage
from .halls import Hall, Seat, WatchReminder
from .mail import MailboxPosition, MailReply
from .meetings import (
    AgendaItem,
    Booking,
    Draft,
    IdempotencyKey,
    Invitation,
    NumberCounter,
    Session,
)
from .office import AuditEvent, Outbox, Setting
from .people import ApiToken, Deputyship, LoginAttempt, OneTimeLink, User, UserPoint
from .planning import PointGroup, PointGroupMember, SessionTemplate
from .points import Point, PointCard, PointPicture, PointStop
from .polls import Poll, PollPoint, PollTime
from .questions import Question, QuestionLike
from .recordings import SessionRecording
from .room_devices import Readiness, RoomDevice, RoomPairing
from .rooms import LinkSample, MediaLoss, MediaWorker, Presence, Room, RoomEvent, SecretCount
from .rules import BookingRequest, ClosedPeriod, Maintenance
from .self_tests import SelfTest
from .series import Series, SeriesGap
from .texts import MessageText

__all__ = [
    "AgendaItem", "ApiToken", "AuditEvent", "Booking", "BookingRequest", "ChaseStep", "ChatFile", "ChatMessage",
    "ClosedPeriod", "Contact", "ContactCode", "Deputyship", "DeskLook", "Document", "DocumentPage", "Draft", "Hall",
    "IdempotencyKey", "ImportedEvent", "Invitation", "LinkSample", "LoginAttempt", "MailReply", "MailboxPosition",
    "Maintenance", "MediaLoss", "MediaWorker", "MessageText", "NoticeChoice", "NumberCounter", "OneTimeLink", "Outbox",
    "Point", "PointCard", "PointGroup", "PointGroupMember", "PointPicture", "PointStop", "Poll", "PollPoint",
    "PollTime", "Presence", "ProvinceCalendar", "Question", "QuestionLike", "Readiness", "Restream", "Room",
    "RoomDevice", "RoomEvent", "RoomPairing", "Seat", "SecretCount", "SelfTest", "Series", "SeriesGap", "Session",
    "SessionNote", "SessionRecording", "SessionTemplate", "Setting", "User", "UserPoint", "ViewerMinute", "WatchReminder",
]
