"""Words of interpretation in the room: what a listener hears, who interprets, and the interpreter's own place."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

CHANNELS = {
    "language": _l("Language"),
    "language_original": _l("as it is spoken in the room"),
    "language_not_offered": _l("not offered now"),
    "language_ended": _l("The interpretation into this language has ended: %(language)s. You hear the original."),
    "you_hear": _l("You hear the interpreter: %(language)s."),
    "you_hear_original": _l("You hear the original."),
    "air_nobody": _l("nobody interprets just now"),
    "air_muted": _l("microphone off"),
    "air_lost": _l("no sound just now"),
    "sign_language": _l("Sign language"),
    "booth_empty": _l("nobody yet"),
    "booth_on": _l("You are on the air"),
    "booth_muted": _l("On the air, but your microphone is off"),
    "booth_ready": _l("On the air: %(name)s"),
    "booth_offered": _l("%(name)s hands over to you"),
    "booth_free": _l("Nobody is on the air"),
    "booth_lost": _l("%(name)s has lost the connection"),
    "booth_sign": _l("Everybody may see you in the corner"),
    "booth_sign_note": _l("Your camera is what matters; your microphone is heard by nobody."),
    "booth_cough": _l("Mute (cough)"),
    "booth_speak": _l("Switch the microphone on"),
    "booth_hand_over": _l("Hand over to %(name)s"),
    "booth_take_back": _l("Do not hand over"),
    "booth_waits": _l("Waiting until %(name)s takes over"),
    "booth_with": _l("With you in this channel: %(names)s"),
    "booth_alone": _l("You are alone in this channel"),
    "booth_room": _l("the room"),
}
