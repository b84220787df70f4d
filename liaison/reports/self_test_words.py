"""What a self-test found and what to do about it, in plain words; for the page and the report alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..domain.self_test import Verdict
from ..i18n import N_

Words = Callable[[str], str]

VERDICTS = {
    Verdict.GOOD: N_("Good: this computer is ready for sessions."),
    Verdict.USABLE: N_("Usable: you can take part, but something should be better."),
    Verdict.TROUBLE: N_("Trouble: like this a session will not work."),
}
ASK_PROVIDER = N_("Ask whoever looks after the network, or the provider, to let UDP through to %(host)s, port %(port)s.")
ADVICE: dict[str, tuple[str, str]] = {
    "browser_old": (N_("This browser cannot take part in sessions."),
                    N_("Install the newest Chromium, Chrome, Edge or Firefox, and use that.")),
    "browser_insecure": (N_("The page is not opened over a safe connection."), N_("Open the address that begins with https://.")),
    "camera_denied": (N_("The browser does not let this page use the camera."),
                      N_("Press the sign beside the address at the top of the browser, allow the camera, and check again.")),
    "camera_none": (N_("No camera was found."), N_("Plug the camera in, straight into the computer, and check again.")),
    "camera_busy": (N_("Another program is using the camera."), N_("Close other programs with a picture, or start the computer anew.")),
    "camera_insecure": (N_("The browser gives no camera to a page without https."), N_("Open the address that begins with https://.")),
    "camera_unknown": (N_("The camera could not be started."), N_("Unplug it, plug it in again, and start the browser anew.")),
    "camera_black": (N_("The camera's picture is black."), N_("Open the cover of the camera and switch the light on.")),
    "camera_small": (N_("The camera's picture is small."), N_("Choose another camera if there is one; 1280×720 is best.")),
    "camera_slow": (N_("The camera gives few pictures a second."), N_("Switch more light on: in the dark cameras become slow.")),
    "microphone_denied": (N_("The browser does not let this page use the microphone."),
                          N_("Press the sign beside the address at the top of the browser, allow the microphone, and check again.")),
    "microphone_none": (N_("No microphone was found."), N_("Plug the microphone in, straight into the computer, and check again.")),
    "microphone_busy": (N_("Another program is using the microphone."), N_("Close other programs with sound, or start the computer anew.")),
    "microphone_insecure": (N_("The browser gives no microphone to a page without https."),
                            N_("Open the address that begins with https://.")),
    "microphone_unknown": (N_("The microphone could not be started."), N_("Unplug it, plug it in again, and start the browser anew.")),
    "microphone_silent": (N_("Nothing at all comes from the microphone."),
                          N_("See whether it is switched on, choose it in the settings of the computer, and say "
                             "something while it is checked.")),
    "microphone_quiet": (N_("The microphone is very quiet."), N_("Move nearer to it, or turn its volume up in the computer's settings.")),
    "speaker_silent": (N_("The loudspeaker was not heard."),
                       N_("Turn the volume up, see that the loudspeaker is plugged in and switched on.")),
    "speaker_unsure": (N_("Nobody said whether the loudspeaker was heard."), N_("Check again and press “I heard it”.")),
    "echo_strong": (N_("Others will hear themselves: the microphone picks up the loudspeaker."),
                    N_("Turn the loudspeaker down, move the microphone away from it, or use a headset.")),
    "echo_weak": (N_("A little of the loudspeaker comes back through the microphone."), N_("Turn the loudspeaker down a little.")),
    "unreachable": (N_("Picture and sound cannot reach the server in any way."), ASK_PROVIDER),
    "udp_blocked": (N_("The direct way over UDP is closed; a detour works."), ASK_PROVIDER),
    "tcp_only": (N_("Only a slow detour over TCP works."), ASK_PROVIDER),
    "no_loop": (N_("Nothing of what was sent came back."), N_("Check again; if it stays like this, call the help desk.")),
    "up_tiny": (N_("The line carries next to nothing outwards."),
                N_("Use a cable instead of wireless, stop other traffic, and ask the provider for a faster line.")),
    "up_narrow": (N_("The line is narrow outwards: others see you unsharp."),
                  N_("Use a cable instead of wireless and stop other traffic.")),
    "up_tight": (N_("The line carries your picture, but not in full size."), N_("Stop downloads and copies while a session runs.")),
    "down_tiny": (N_("The line carries next to nothing inwards."),
                  N_("Use a cable instead of wireless, stop other traffic, and ask the provider for a faster line.")),
    "down_narrow": (N_("The line is narrow inwards: you see few pictures, and unsharp."),
                    N_("Use a cable instead of wireless and stop other traffic.")),
    "down_tight": (N_("The line carries pictures, but not many in full size."), N_("Stop downloads and copies while a session runs.")),
    "up_loss_heavy": (N_("Much of what you send is lost on the way."),
                      N_("Use a cable instead of wireless; tell the provider of the loss.")),
    "up_loss": (N_("Some of what you send is lost on the way."), N_("Use a cable instead of wireless; move nearer to the router.")),
    "up_loss_some": (N_("A little of what you send is lost on the way."), N_("Move nearer to the router, or use a cable.")),
    "down_loss_heavy": (N_("Much of what is sent to you is lost on the way."),
                        N_("Use a cable instead of wireless; tell the provider of the loss.")),
    "down_loss": (N_("Some of what is sent to you is lost on the way."), N_("Use a cable instead of wireless; move nearer to the router.")),
    "down_loss_some": (N_("A little of what is sent to you is lost on the way."), N_("Move nearer to the router, or use a cable.")),
    "up_jitter": (N_("What you send arrives very unevenly."), N_("Use a cable instead of wireless and stop other traffic.")),
    "up_jitter_some": (N_("What you send arrives unevenly."), N_("Stop downloads and copies while a session runs.")),
    "down_jitter": (N_("What is sent to you arrives very unevenly."), N_("Use a cable instead of wireless and stop other traffic.")),
    "down_jitter_some": (N_("What is sent to you arrives unevenly."), N_("Stop downloads and copies while a session runs.")),
    "far": (N_("The way there and back takes very long: people will speak at the same time."),
            N_("Wait a moment before you answer; ask the provider whether a line by cable can be had.")),
    "far_some": (N_("The way there and back takes long."), N_("Wait a moment before you answer.")),
}
"""Of each finding: what is wrong, and what to do."""

WAYS = {"udp": N_("Directly over UDP"), "turn-udp": N_("Detour over UDP"), "turn-tcp": N_("Detour over TCP"),
        "turn-tls": N_("Detour over TLS")}


def advice(codes: tuple[str, ...], words: Words, host: str, port: str) -> list[tuple[str, str]]:
    """What is wrong and what to do, for each finding."""
    places = {"host": host, "port": port}
    found = [ADVICE[code] for code in codes if code in ADVICE]
    return [(words(what), words(do) % places if "%(" in do else words(do)) for what, do in found]


def lines(figures: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    """What was measured, as name and value."""
    found = [(words("Browser"), str(figures.get("browser", "")) or "–"), (words("Camera"), _camera(figures["camera"], words)),
             (words("Microphone"), _microphone(figures["microphone"], words))]
    for tried in figures["ways"]:
        name = WAYS[tried["way"]]
        found.append((words(name), words("works, %(ms)s ms") % {"ms": round(tried["took_ms"])} if tried["works"] else words("closed")))
    loop = figures.get("loop")
    if loop:
        found += [(words("From here to the server"), _direction(loop["up"], words)),
                  (words("From the server to here"), _direction(loop["down"], words)),
                  (words("There and back"), words("%(ms)s ms") % {"ms": round(loop["rtt_ms"])})]
    return found


def _camera(camera: Mapping[str, Any], words: Words) -> str:
    if camera["state"] != "ok":
        return "–"
    size = words("%(width)s×%(height)s, %(fps)s pictures a second") % {
        "width": camera["width"], "height": camera["height"], "fps": round(camera["fps"])}
    return f"{camera['label']}: {size}" if camera.get("label") else size


def _microphone(microphone: Mapping[str, Any], words: Words) -> str:
    if microphone["state"] != "ok":
        return "–"
    level = words("level %(percent)s %%") % {"percent": round(microphone["level"] * 100)}
    return f"{microphone['label']}: {level}" if microphone.get("label") else level


def _direction(way: Mapping[str, Any], words: Words) -> str:
    return words("%(rate)s Mbit/s, loss %(loss)s %%, jitter %(jitter)s ms") % {
        "rate": f"{way['bitrate'] / 1e6:.2f}", "loss": f"{way['loss'] * 100:.1f}", "jitter": round(way["jitter_ms"])}
