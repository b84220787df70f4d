"""Reading the calendar's mailbox: each mail once, from where the last look ended."""

from __future__ import annotations

from urllib.parse import urlsplit

from liaison.domain.replies import ReplyOutcome
from liaison.house import House
from liaison.notify.inbox import Fetched, Inbox, Position
from liaison.process import get_logger
from liaison.services import mail_replies, mailbox

log = get_logger("scheduler.replies")


def read_replies(house: House) -> int:
    """Take every new answer; how many mails were read. Raises InboxError while the mailbox cannot be reached."""
    from liaison.notify.itip import read_reply  # here: the calendar library takes half a second to load

    url = house.settings.imap_url
    name = mailbox_name(url)
    known = mailbox.position(house, name)
    fetched = Inbox(url).fetch(Position(*known))
    for mail in fetched:
        outcome = mail_replies.take_reply(house, read_reply(mail.raw)) if mail.raw else ReplyOutcome.OTHER
        _keep(house, name, mail)
        log.info("mail read", outcome=outcome.value)
    return len(fetched)


def mailbox_name(url: str) -> str:
    """A mailbox's name in our table: account, server and folder, never the password."""
    parts = urlsplit(url)
    return f"{parts.username}@{parts.hostname}:{parts.port or ''}{parts.path or '/INBOX'}"[:300]


def _keep(house: House, name: str, mail: Fetched) -> None:
    mailbox.keep_position(house, name, mail.position.validity, mail.position.uid)
