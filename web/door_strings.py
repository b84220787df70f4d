"""What the script of a hall's door says."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

TICKETS = {
    "counted": _l("Come in"), "already": _l("Already checked in at %(time)s"), "given_back": _l("This seat has been given back"),
    "elsewhere": _l("This ticket is for another hall"), "other_session": _l("This ticket is for another session"),
    "unknown": _l("No such ticket in the list"), "no_ticket": _l("This is no ticket"), "undone": _l("Taken back"),
    "walked_in": _l("Counted without a ticket: %(number)s"), "freed": _l("The seat had gone to others. Free now: %(number)s"),
    "waiting": _l("Stood on the waiting list. Free now: %(number)s"), "in_at": _l("in at %(time)s"),
    "more": _l("And %(number)s more: search by name."),
    "not_asked": _l("Without a network it cannot be asked whether it is newer than the list of %(time)s."),
}
NETWORK = {
    "online": _l("Everything is sent."), "sending": _l("Sending: %(number)s"),
    "offline": _l("No network. Waiting to be sent: %(number)s. It is kept here, and sent when you open this page with a network."),
    "away": _l("No network. The list is that of %(time)s."),
    "no_list": _l("No network, and no list is kept here. What you count is sent later."),
    "signed_out": _l("You are signed out here. Sign in again: what waits is kept and will be sent. Waiting: %(number)s"),
    "barred": _l("This door is not open to you any more. Ask the office. Waiting to be sent: %(number)s"),
    "refused": _l("The server has not taken this. Load the page again."), "erased": _l("The list is erased here."),
}
CAMERA = {
    "scan": _l("Scan with the camera"), "stop": _l("Stop the camera"),
    "denied": _l("The camera is not allowed. Allow it for this site in the browser, by the sign beside the address, and press again. "
                 "Until then type the code."),
    "no_camera": _l("No camera has been found. Type the code, or look for the name in the list."),
    "camera_busy": _l("The camera cannot be used now: another program holds it. Close that, and press again, or type the code."),
    "insecure": _l("The browser gives the camera only to addresses that begin with https. Type the code."),
    "no_reader": _l("What reads the pictures could not be loaded without a network. Type the code."),
}


def door_strings() -> dict[str, str]:
    """By the names that ``js/door`` uses; it fills the places."""
    return {name: str(words) for name, words in (TICKETS | NETWORK | CAMERA).items()}
