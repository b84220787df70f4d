"""What the script of the self-test says while it works."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

WORDS = {
    "running": _l("Being checked…"), "waiting": _l("Waiting"), "skipped": _l("Left out"),
    "browser_good": _l("This browser can take part."), "browser_old": _l("This browser cannot take part in sessions."),
    "browser_insecure": _l("The page is not opened over a safe connection."),
    "camera_good": _l("%(label)s: %(width)s×%(height)s, %(fps)s pictures a second"), "camera_black": _l("The camera's picture is black."),
    "camera_denied": _l("The browser does not let this page use the camera."), "camera_none": _l("No camera was found."),
    "camera_busy": _l("Another program is using the camera."), "camera_unknown": _l("The camera could not be started."),
    "camera_insecure": _l("The browser gives no camera to a page without https."),
    "say_something": _l("Say something, as loud as in a session."), "microphone_good": _l("You are heard well (%(label)s)."),
    "microphone_quiet": _l("The microphone is very quiet."), "microphone_silent": _l("Nothing at all comes from the microphone."),
    "microphone_denied": _l("The browser does not let this page use the microphone."), "microphone_none": _l("No microphone was found."),
    "microphone_busy": _l("Another program is using the microphone."), "microphone_unknown": _l("The microphone could not be started."),
    "microphone_insecure": _l("The browser gives no microphone to a page without https."),
    "speaker_listen": _l("Three tones are played. Did you hear them?"), "speaker_yes": _l("The loudspeaker was heard."),
    "speaker_no": _l("The loudspeaker was not heard."), "speaker_unsure": _l("Nobody said whether the loudspeaker was heard."),
    "speaker_picked_up": _l("The microphone has heard the loudspeaker."),
    "echo_none": _l("No echo."), "echo_weak": _l("A little echo."), "echo_strong": _l("Strong echo: others will hear themselves."),
    "way_works": _l("%(way)s: works, %(ms)s ms"), "way_closed": _l("%(way)s: closed"),
    "network_none": _l("Picture and sound cannot reach the server in any way."),
    "loop_running": _l("Your own picture goes to the server and comes back: %(seconds)s s left"),
    "loop_good": _l("Out %(up)s Mbit/s, in %(down)s Mbit/s, %(rtt)s ms there and back"), "loop_none": _l("Nothing came back."),
    "begin_failed": _l("The server cannot check now: %(reason)s"), "judging": _l("The result is being worked out…"),
    "result": _l("Done. Result: %(score)s of 100."), "report_failed": _l("The result could not be kept: %(reason)s"),
    "again": _l("Check again"),
}


def self_test_strings() -> dict[str, str]:
    """All of them, translated for this request."""
    return {key: str(text) for key, text in WORDS.items()}
