"""What the room page's scripts say of the list of speakers and the clock of a speech; see ``room_strings``."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

SPEECH = {
    "point_of_order": _l("Point of order"),
    "speech_paused": _l("The clock stands"),
    "speech_left": _l("%(time)s left"),
    "speech_over": _l("%(time)s over the limit"),
    "speech_goes_on": _l("goes on afterwards: %(name)s"),
    "speech_broken": _l("line lost after %(time)s of speech"),
    "speech_said_yellow": _l("The time of the speech is nearly up."),
    "speech_said_yellow_mine": _l("Your time is nearly up."),
    "speech_said_red": _l("The time of the speech is up."),
    "speech_said_red_mine": _l("Your time is up."),
    "give_floor_for": _l("Give %(minutes)s min: time used up"),
    "edit_request": _l("Subject or point of order"),
    "move_up": _l("Earlier: %(name)s"),
    "move_down": _l("Later: %(name)s"),
    "moved_to": _l("%(name)s is number %(place)s now."),
    "add_subject": _l("Say what about"),
    "you_are_in_list": _l("You are number %(place)s in the list of speakers."),
    "order_raised": _l("%(name)s: point of order."),
    "list_closed_order": _l("The list is closed: only a point of order can be put on it."),
    "item_done": _l("done"),
    "item_start": _l("Start the item: %(title)s"),
    "item_close": _l("Close this item"),
    "minutes_of": _l("%(spent)s of %(minutes)s min"),
    "forecast_even": _l("Will end at %(time)s, as planned"),
    "forecast_over": _l("Will end at %(time)s, %(minutes)s min over"),
    "forecast_early": _l("Will end at %(time)s, %(minutes)s min early"),
    "forecast_short": _l("ends about %(time)s"),
    "forecast_short_over": _l("ends about %(time)s, +%(minutes)s min"),
}
