"""Every word that the room page's scripts show, in the reader's language; they hold none themselves.

The room page carries this table as JSON. Values may have ``%(name)s`` places, filled by ``t()`` of ``js/room/boot.js``.
"""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from . import order_strings
from .beside_strings import BESIDE
from .channel_strings import CHANNELS
from .paper_strings import PAPERS
from .question_strings import QUESTIONS
from .speech_strings import SPEECH
from .words import ANSWERS

INSECURE = _l(
    "The browser gives the camera and microphone only at a secure address (https). Ask the help desk for the secure address.")

PEOPLE = {
    "you": _l("You"),
    "role_chair": _l("Chair"),
    "role_acting_chair": _l("Acting chair"),
    "role_deputy": _l("Deputy chair"),
    "role_secretary": _l("Secretary"),
    "role_point": _l("Point"),
    "role_interpreter": _l("Interpreter"),
    "role_watcher": _l("Watcher"),
    "role_bot": _l("Bot"),
    "bots_here": _l("Bots in place of absent points: %(count)s"),
    "way_chair": _l("Chair"),
    "way_chair_point": _l("Chair · %(point)s"),
    "way_deputy": _l("Deputy chair"),
    "way_deputy_point": _l("Deputy chair · %(point)s"),
    "way_secretary": _l("Secretary"),
    "way_interpreter": _l("Interpreter"),
    "way_watcher": _l("Only watch and listen"),
    "has_floor": _l("Has the floor"),
    "shows_screen": _l("Shows a screen"),
    "hand_place": _l("Hand raised, number %(place)s in the list"),
    "is_muted": _l("Microphone off"),
    "is_unmuted": _l("Microphone on"),
    "is_away": _l("Connection lost, coming back"),
    "pin_name": _l("Show large: %(name)s"),
    "unpin_name": _l("Shown large, press to release: %(name)s"),
    "page_of": _l("Page %(page)s of %(pages)s"),
    "nobody_else": _l("Nobody else is here yet"),
    "picture_coming": _l("The picture is coming"),
    "pc_draws_less": _l("This computer cannot draw all pictures at once: some are shown by name. Closing other programs helps."),
    "picture_waits": _l("Weak connection: the picture waits, sound goes on"),
    "camera_off": _l("The camera is off"),
    "count_and_watchers": _l("%(count)s, and %(watchers)s watching"),
    "minutes": _l("%(minutes)s min"),
    **{f"answer_{code}": word for code, word in ANSWERS.items()},
}

STEERING = {
    "give_floor": _l("Give the floor"),
    "give_floor_name": _l("Give the floor to: %(name)s"),
    "take_back": _l("Take back"),
    "done_speaking": _l("I have finished"),
    "lower_hand_of": _l("Take off the list: %(name)s"),
    "mute_name": _l("Switch the microphone off: %(name)s"),
    "ask_unmute_name": _l("Ask to switch the microphone on: %(name)s"),
    "remove_name": _l("Remove from the session: %(name)s"),
    "remove_question": _l("Remove %(name)s from the session?"),
    "readmit": _l("Let back in"),
    "end_question": _l("End the session for everybody?"),
    "end_detail": _l("All points are disconnected. This cannot be undone."),
    "end_do": _l("End the session"),
    "time_left": _l("%(time)s left"),
    "time_over": _l("%(time)s over the plan"),
    "ends_at": _l("Ends at %(time)s"),
    "collision_mine": _l("In %(minutes)s min your point is booked for another session: %(title)s. What will you do?"),
    "collision_other": _l("In %(minutes)s min %(name)s is booked for another session: %(title)s."),
    "collision_stay": _l("Stay here"),
    "collision_leave": _l("Leave for the other session"),
    "collision_chose_stay": _l("The point stays here."),
    "collision_chose_leave": _l("The point leaves for the other session."),
}

ENTRY = {
    "camera_denied": _l("The browser may not use the camera. Press the camera sign beside the address and allow it."),
    "camera_none": _l("No camera was found. Plug one in, or join without it."),
    "camera_busy": _l("Another program is using the camera. Close that program, then switch the camera on again."),
    "camera_insecure": INSECURE,
    "camera_unknown": _l("The camera cannot be used. Plug it out and in again, or choose another."),
    "microphone_denied": _l("The browser may not use the microphone. Press the sign beside the address and allow it."),
    "microphone_none": _l("No microphone was found. Plug one in; until then nobody can hear you."),
    "microphone_busy": _l("Another program is using the microphone. Close that program, then switch the microphone on again."),
    "microphone_insecure": INSECURE,
    "microphone_unknown": _l("The microphone cannot be used. Plug it out and in again, or choose another."),
    "screen_denied": _l("The browser may not show your screen."),
    "screen_none": _l("No screen was chosen."),
    "screen_busy": _l("This window cannot be shown. Choose another."),
    "screen_insecure": _l("The browser shows a screen only at a secure address (https)."),
    "screen_unknown": _l("The screen cannot be shown."),
    "no_camera": _l("No camera"),
    "no_microphone": _l("No microphone"),
    "no_speaker": _l("No loudspeaker"),
    "device_number": _l("Device %(number)s"),
    "own_camera_off": _l("Your camera is off"),
    "who_speaks": _l("Who speaks for your point"),
    "your_name": _l("Your name"),
    "starting_camera": _l("Starting the camera"),
    "starts_at": _l("Starts at %(time)s"),
    "joining": _l("Joining"),
    "lobby_title": _l("The session opens by itself"),
    "lobby_soon": _l("The session opens in a moment"),
    "lobby_detail": _l("Stay on this page. Picture and sound begin at the opening."),
    "outside_title": _l("Please wait: you will be let in"),
    "outside_detail": _l(
        "The chair lets you in, or a closed item is being treated. Stay on this page; picture and sound come by themselves."),
    "lobby_chair": _l("You lead this session: you may open it before its time."),
}

TOOLS = {
    "mic_on": _l("Microphone on"),
    "mic_off": _l("Microphone off"),
    "camera_on": _l("Camera on"),
    "camera_is_off": _l("Camera off"),
    "raise_hand": _l("Raise hand"),
    "lower_hand": _l("Lower hand"),
    "release_floor": _l("I have finished"),
    "share_screen": _l("Share screen"),
    "stop_screen": _l("Stop sharing"),
    "people": _l("People"),
    "people_in_session": _l("People in the session"),
    "our_room": _l("People in our room"),
    "settings": _l("Settings"),
    "close": _l("Close"),
    "unmute": _l("Switch on"),
    "sound_on": _l("Sound on"),
    "turn_sound_on": _l("Turn the sound on"),
    "saved": _l("Saved in the attendance sheet."),
    "count_wrong": _l("Give a whole number of people."),
}

CONNECTION = {
    "connection": _l("Connection"),
    "connection_more": _l("%(word)s: show the connection"),
    "quality_good_detail": _l("Your connection is good."),
    "quality_fair_detail": _l("Your connection is fair: sound and large picture come first."),
    "quality_poor_detail": _l("Your connection is weak: sound comes first, pictures may stop."),
    "number_ms": _l("%(number)s ms"),
    "number_kbit": _l("%(number)s kbit/s"),
    "number_mbit": _l("%(number)s Mbit/s"),
    "picture_size": _l("%(width)s × %(height)s, %(fps)s a second"),
    "picture_none": _l("none now"),
    "froze_times": _l("since you joined: %(number)s"),
    "froze_never": _l("not once"),
    "path_direct": _l("direct, %(transport)s"),
    "path_detour": _l("detour through the relay server, %(transport)s"),
}

NOTICES = {
    "did_not_work": _l("This did not work. Try again."),
    "you_were_muted": _l("The chair has switched your microphone off."),
    "unmute_asked": _l("The chair asks you to switch your microphone on."),
    "hand_raised": _l("%(name)s raises a hand."),
    "you_have_floor": _l("You have the floor. Please speak."),
    "floor_taken": _l("The chair has taken the floor back."),
    "session_open": _l("The session is open."),
    "extended": _l("Extended by %(minutes)s min."),
    "minutes_left": _l("%(minutes)s min left until the planned end."),
    "one_minute_left": _l("One minute left until the planned end."),
    "next_item": _l("Agenda item %(number)s: %(title)s"),
    "chair_taken": _l("%(name)s leads the session now."),
    "chair_returned": _l("%(name)s has returned the chair."),
    "chair_lost": _l("The chair has lost the connection."),
    "may_take_chair": _l("The chair has been away for a minute. You may take over."),
    "take_over": _l("Take over"),
    "screen_shared": _l("%(name)s shows a screen."),
    "reconnecting": _l("Reconnecting"),
    "reconnecting_detail": _l("The connection is lost. You come back into your place by itself; there is nothing to do."),
    "reconnecting_long": _l("Still no connection. Check the network cable, or call the help desk."),
    "media_again": _l("Picture and sound are coming back"),
    "media_again_detail": _l("There is nothing to do."),
    "back_again": _l("The connection is back."),
    "quality_good": _l("Good connection"),
    "quality_fair": _l("Fair connection"),
    "quality_poor": _l("Weak connection"),
    "quality_lost": _l("No connection"),
    "route_direct": _l("Picture and sound go straight to the server."),
    "route_relay": _l("Picture and sound go through the relay server (%(by)s)."),
}

ENDINGS = {
    "over_ended": _l("The session has ended"),
    "over_ended_detail": _l("Thank you for taking part."),
    "over_left": _l("You have left the session"),
    "over_left_detail": _l("While it goes on, you may come back in."),
    "over_removed": _l("The chair has removed this device from the session"),
    "over_removed_detail": _l("Ask the chair to let you back in, then load this page again. Or call the help desk."),
    "over_why": _l("The chair's reason: %(why)s"),
    "over_replaced": _l("You joined from another window"),
    "over_replaced_detail": _l("This window is no longer connected. Close it, or come back in here."),
    "over_room_full": _l("All places for watching are taken"),
    "over_room_full_detail": _l("Try again in a few minutes."),
    "over_refused": _l("Joining did not work"),
    "over_refused_detail": _l("Load the page again, or call the help desk."),
    "over_watch_again": _l("Watch again"),
}


def room_strings() -> dict[str, str]:
    """All of them, translated for this request."""
    tables = (PEOPLE, STEERING, ENTRY, TOOLS, CONNECTION, NOTICES, ENDINGS, SPEECH,
              PAPERS, QUESTIONS, BESIDE, CHANNELS, *order_strings.TABLES)
    return {key: str(text) for table in tables for key, text in table.items()}
