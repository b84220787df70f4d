"""Interpreters in real Chromium: what stands at their place, what a listener hears, relay, sign language."""

from __future__ import annotations

from playwright.sync_api import Browser, Page

from .chromium import Participant, new_participant
from .room import Scene, seconds_until

AIR = "state => document.querySelector('#booth').dataset.air === state"
SOUNDS = "() => Object.fromEntries([...document.querySelectorAll('#sounds audio')].map((a) => [a.dataset.mid, a.muted ? 0 : a.volume]))"
MIXED = f"([room, channel]) => {{ const {{ a0, i0 }} = ({SOUNDS})(); return a0 === room && i0 === channel; }}"


def relay(scene: Scene, listener: Participant, chromium: Browser) -> Participant:
    """Whoever does not know the floor's language hears a colleague's channel and interprets from that."""
    third = new_participant(chromium, scene.server.url, "#808080", 1540)
    third.page.goto(f"/room/{scene.session}?token={scene.token('interpreter', None, 'Mark Lee')}&camera=320x180@10")
    third.page.click("#entry-join")
    third.page.click("#booth-languages [data-language='en']")
    third.page.select_option("#booth-source", "ky")
    third.page.wait_for_function(MIXED, arg=[0.15, 1])
    seconds_until(lambda: third.hears_tone(1320), 20, "the colleague's voice")
    listener.page.check("#languages [value='en']")
    seconds_until(lambda: listener.hears_tone(1540) and not listener.hears_tone(1320), 20, "the relayed voice alone")
    listener.page.check("#languages [value='ky']")
    third.page.click("#booth-leave")
    return third


def look_at_sign_language(interpreter: Page, viewer: Page) -> None:
    """An interpreter changes over to sign language, and whoever wants it sees it in the corner."""
    interpreter.click("#booth-leave")
    interpreter.click("#booth-sign")
    interpreter.wait_for_function(AIR, arg="sign")
    if viewer.is_hidden("#panel-language"):
        viewer.click("#language")
    viewer.check("#sign-switch")
    viewer.wait_for_selector("#sign-picture.is-live")
    viewer.wait_for_selector("#order-strip .strip-air:has-text('Sign language Anna Kim')")
    viewer.uncheck("#sign-switch")
    interpreter.click("#booth-leave")
    interpreter.wait_for_function(AIR, arg="choose")
