"""Debian's Firefox over WebDriver BiDi: a participant whose page answers as Playwright's does, as far as tests here ask.

Playwright drives only a Firefox of its own, and Debian packages no geckodriver; BiDi is JSON over a WebSocket that Firefox
opens itself (``--remote-debugging-port``). Nothing leaves the machine: all that is not local goes to a proxy that is not there.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import websocket

from tests.support.chromium import PROBE, Participant, camera_script
from tests.support.ports import die_with_parent, wait_until

EXECUTABLE = Path("/usr/bin/firefox-esr")
START_S = 90.0
ANSWER_S = 60.0
PATIENCE_S = 20.0
PREFERENCES: dict[str, bool | int | str] = {
    "media.navigator.streams.fake": True,  # cameras and microphones of its own making, for pages that are left with getUserMedia
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.cubeb.force_mock_context": True,  # a machine without a sound card plays no AudioContext
    "media.autoplay.default": 0,
    "media.autoplay.blocking_policy": 0,
    "media.autoplay.block-webaudio": False,
    "media.hardware-video-decoding.enabled": False,
    "media.gmp-manager.updateEnabled": False,  # it would fetch a codec
    "media.gmp-provider.enabled": False,
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.proxy.no_proxies_on": "localhost, 127.0.0.1, [::1]",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "dom.push.connection.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "app.update.disabledForTesting": True,
    "app.normandy.enabled": False,
    "extensions.update.enabled": False,
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "browser.safebrowsing.downloads.remote.enabled": False,
    "browser.region.network.url": "",
    "browser.search.update": False,
    "browser.startup.page": 0,
    "browser.newtabpage.enabled": False,
    "browser.aboutwelcome.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.sessionstore.resume_from_crash": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.server": "",
    "toolkit.startup.max_resumed_crashes": -1,
    "dom.ipc.processCount": 2,
    "dom.min_background_timeout_value": 4,
    "fission.autostart": False,
    "intl.accept_languages": "en-GB, en",
}
# Runs in the browser's own window: camera and microphone are allowed to a site for good, in every user's context. Without a
# permission Firefox offers its default address alone (RFC 8828, mode 2), and nobody on loopback is reached from there.
PERMIT = """
site => {
  for (let id = 0; id < 64; id += 1) {
    const principal = Services.scriptSecurityManager.createContentPrincipal(Services.io.newURI(site), { userContextId: id });
    for (const device of ["camera", "microphone"]) Services.perms.addFromPrincipal(principal, device, Services.perms.ALLOW_ACTION);
  }
}
"""
DOWN_AND_UP = ("pointerDown", "pointerUp")
FUNCTION = re.compile(r"\s*(async\s+)?(\([^()]*\)|[\w$]+)\s*=>")


class BidiError(AssertionError):
    """What Firefox answered instead of a result."""


class Firefox:
    """A running browser; ``person(...)`` opens a window of its own for each participant."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._profile = folder, folder / "profile"
        self._profile.mkdir(parents=True)
        lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
        (self._profile / "user.js").write_text("\n".join(lines))
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)
        self._listeners: dict[str, Callable[[dict[str, Any]], None]] = {}

    # ------------------------------------------------------------ life

    def launch(self) -> None:
        """Start it without waiting; entering the context waits."""
        if not EXECUTABLE.exists():
            raise RuntimeError("Firefox is not installed: make test installs it, or apt-get install firefox-esr")
        home = {"HOME": str(self._folder), "MOZ_CRASHREPORTER_DISABLE": "1", "MOZ_DISABLE_CONTENT_SANDBOX": "1"}
        command = [EXECUTABLE, "--headless", "--no-remote", "--profile", self._profile, "--remote-debugging-port", "0",
                   "--remote-allow-system-access"]
        self._log = (self._folder / "firefox.log").open("wb")
        self._process = subprocess.Popen(command, env={**os.environ, **home}, stdin=subprocess.DEVNULL, stdout=self._log,
                                         stderr=self._log, preexec_fn=_own_group)

    def __enter__(self) -> Self:
        if self._process is None:
            self.launch()
        try:
            wait_until(self._listens, START_S, "Firefox to listen")
            where = json.loads((self._profile / "WebDriverBiDiServer.json").read_text())
            address = f"ws://{where['ws_host']}:{where['ws_port']}/session"
            self._socket = websocket.create_connection(address, timeout=ANSWER_S, suppress_origin=True)
            self.call("session.new", capabilities={"alwaysMatch": {"acceptInsecureCerts": True}})
            self.call("session.subscribe", events=["log.entryAdded"])
        except BaseException:
            self.__exit__()
            raise
        return self

    def _listens(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"Firefox ended with status {self._process.returncode}: {self.log()}")
        with suppress(OSError, ValueError):
            return "ws_port" in json.loads((self._profile / "WebDriverBiDiServer.json").read_text())
        return False

    def __exit__(self, *_error: object) -> None:
        if self._process is None:
            return
        with suppress(Exception):
            self._socket.close()
        for way in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, way)  # its own group: this Firefox and the processes that it started
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(10)
                break
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process = None
        self._log.close()

    def log(self) -> str:
        """The end of what it has written."""
        return (self._folder / "firefox.log").read_text(errors="replace")[-4000:]

    # ------------------------------------------------------------ BiDi

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command and its result."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("type") == "event":
                self._happened(message)
            elif message.get("id") == number:
                if message["type"] == "error":
                    raise BidiError(f"{method}: {message['error']}: {message['message']}")
                result: dict[str, Any] = message["result"]
                return result

    def _happened(self, event: dict[str, Any]) -> None:
        listener = self._listeners.get(event["params"].get("source", {}).get("context", ""))
        if listener is not None:
            listener(event["params"])

    # ------------------------------------------------------------ people

    def person(self, base_url: str, colour: str = "#2060c0", tone: float = 440.0, *, camera: bool = True, width: int = 640,
               height: int = 360, frames_per_second: int = 10, script: str = "") -> Participant:
        """As ``new_participant``; ``camera=False`` leaves the page with Firefox's own fake devices. ``script`` runs before its own."""
        user = self.call("browser.createUserContext")["userContext"]
        window = self.call("browsingContext.create", type="window", userContext=user)["context"]
        devices = camera_script(colour, tone, width, height, frames_per_second) if camera else ""
        for before in (PROBE.read_text(), devices, script):
            self.call("script.addPreloadScript", functionDeclaration=f"() => {{ {before} }}", userContexts=[user])
        self._permit(base_url)
        page = FirefoxPage(self, window, base_url)
        person = Participant(FirefoxContext(self, user), page, colour, tone)  # type: ignore[arg-type]

        def heard(entry: dict[str, Any]) -> None:
            person.console.append(f"{entry['level']}: {entry.get('text')}")
            if entry["type"] == "javascript" and entry["level"] == "error":
                person.errors.append(str(entry.get("text")))

        self._listeners[window] = heard
        return person

    def _permit(self, site: str) -> None:
        own = self.call("browsingContext.getTree", **{"moz:scope": "chrome"})["contexts"][0]["context"]
        found = self.call("script.callFunction", functionDeclaration=PERMIT, arguments=[{"type": "string", "value": site}],
                          awaitPromise=False, target={"context": own})
        assert found["type"] == "success", found


def _own_group() -> None:
    os.setsid()
    die_with_parent()


class FirefoxContext:
    """One person's cookies and windows."""

    def __init__(self, firefox: Firefox, user: str) -> None:
        self._firefox, self._user = firefox, user

    def close(self) -> None:
        self._firefox.call("browser.removeUserContext", userContext=self._user)


class FirefoxPage:
    """What tests ask of a Playwright page, with its words. Selectors are plain CSS."""

    def __init__(self, firefox: Firefox, context: str, base_url: str) -> None:
        self._firefox, self._context, self._base = firefox, context, base_url

    def goto(self, address: str) -> None:
        url = address if "://" in address or address.startswith("data:") else self._base + address
        self._firefox.call("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def reload(self) -> None:
        self._firefox.call("browsingContext.reload", context=self._context, wait="complete")

    def evaluate(self, script: str, arg: Any = None) -> Any:
        """The JSON value of an expression, or of a function called with ``arg``; promises are waited for."""
        function = script if FUNCTION.match(script) else f"() => ({script})"
        wrapped = f"async given => JSON.stringify((await ({function})(JSON.parse(given))) ?? null)"
        found = self._firefox.call(
            "script.callFunction", functionDeclaration=wrapped, arguments=[{"type": "string", "value": json.dumps(arg)}],
            awaitPromise=True, target={"context": self._context}, userActivation=True)
        if found["type"] != "success":
            raise BidiError(found["exceptionDetails"]["text"])
        return json.loads(found["result"]["value"])

    def wait_for_function(self, script: str, arg: Any = None) -> None:
        wait_until(lambda: bool(self._quietly(script, arg)), PATIENCE_S, script)

    def _quietly(self, script: str, arg: Any = None) -> Any:
        """Its value, or None while the page is being loaded."""
        try:
            return self.evaluate(script, arg)
        except BidiError:
            return None

    def wait_for_selector(self, selector: str, state: str = "visible") -> None:
        wait_until(lambda: self.is_visible(selector) == (state == "visible"), PATIENCE_S, f"{selector} to be {state}")

    def is_visible(self, selector: str) -> bool:
        return bool(self._quietly("s => { const r = document.querySelector(s)?.getBoundingClientRect(); return r && r.width && r.height; }",
                                  selector))

    def is_hidden(self, selector: str) -> bool:
        return not self.is_visible(selector)

    def is_enabled(self, selector: str) -> bool:
        return bool(self.evaluate("s => !document.querySelector(s).disabled", selector))

    def inner_text(self, selector: str) -> str:
        return str(self.evaluate("s => document.querySelector(s).innerText", selector))

    def click(self, selector: str) -> None:
        """With the mouse, in the middle of what can be seen of it: a gesture of the person, as browsers want before sound."""
        self.wait_for_selector(selector)
        self.evaluate("s => document.querySelector(s).scrollIntoView({ block: 'nearest' })", selector)
        [node] = self._firefox.call("browsingContext.locateNodes", context=self._context, locator={"type": "css", "value": selector},
                                    maxNodeCount=1)["nodes"]
        origin = {"type": "element", "element": {"sharedId": node["sharedId"]}}
        moves = [{"type": "pointerMove", "x": 0, "y": 0, "origin": origin}, *({"type": kind, "button": 0} for kind in DOWN_AND_UP)]
        self._firefox.call("input.performActions", context=self._context, actions=[{"type": "pointer", "id": "mouse", "actions": moves}])


@contextmanager
def firefox_browser(folder: Path) -> Iterator[Firefox]:
    """``with firefox_browser(tmp_path) as firefox: firefox.person(server.url, "#d02020", 440)``"""
    with Firefox(folder) as running:
        yield running
