"""Debian's coturn, started with ``deploy/turnserver.conf`` as an installation would: only addresses, ports and paths are put in."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Self

from tests.support.certificates import make_certificate
from tests.support.ports import LOOPBACK, die_with_parent, end_processes, free_port, free_udp_ports, listening, wait_until

EXECUTABLE = Path("/usr/bin/turnserver")
CONF = Path(__file__).resolve().parents[2] / "deploy" / "turnserver.conf"
SECRET = "a secret between liaison and coturn"
RELAY_PORTS = 300


class Coturn:
    """A TURN server on loopback. ``tcp``, ``udp`` and ``tls`` are its addresses as browsers take them.

    ``peers``: whom it may relay to. It is told to allow loopback peers, which the real one never is: here everybody lives there.
    """

    def __init__(self, folder: Path, peers: tuple[str, ...] = (LOOPBACK,), host: str = LOOPBACK, secret: str = SECRET) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.host, self.secret = folder, host, secret
        self.port, self.tls_port = free_port(), free_port()
        self.relay_ports = range(first := free_udp_ports(RELAY_PORTS), first + RELAY_PORTS)
        self.certificate = make_certificate(folder, 90, host)
        self.tcp = f"turn:{host}:{self.port}?transport=tcp"
        self.udp = f"turn:{host}:{self.port}?transport=udp"
        self.tls = f"turns:{host}:{self.tls_port}?transport=tcp"
        self.log_file = folder / "coturn.log"
        self._conf = folder / "turnserver.conf"
        self._conf.write_text(self._filled_in(peers))
        self._process: subprocess.Popen[bytes] | None = None

    def _filled_in(self, peers: tuple[str, ...]) -> str:
        values = {
            "listening-ip": self.host, "listening-port": self.port, "tls-listening-port": self.tls_port, "relay-ip": self.host,
            "min-port": self.relay_ports[0], "max-port": self.relay_ports[-1], "static-auth-secret": self.secret, "realm": "turn.test",
            "cert": self.certificate["tls_cert"], "pkey": self.certificate["tls_key"]}
        text = CONF.read_text()
        for name, value in values.items():
            text, found = re.subn(rf"(?m)^{name}=.*$", f"{name}={value}", text)
            assert found == 1, f"deploy/turnserver.conf has {found} lines {name}="
        text = re.sub(r"(?m)^allowed-peer-ip=.*$", "\n".join(f"allowed-peer-ip={peer}" for peer in peers), text)
        text = re.sub(r"(?m)^syslog$", f"log-file={self.log_file}\nsimple-log\nverbose", text)
        assert "<" not in re.sub(r"(?m)^#.*$", "", text), "a part of deploy/turnserver.conf is not filled in"
        return f"{text}\nallow-loopback-peers\nuserdb={self.folder}/turndb\npidfile={self.folder}/pid\nrelay-threads=1\n"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def start(self) -> None:
        if not EXECUTABLE.exists():
            raise RuntimeError("coturn is not installed: make test installs it, or apt-get install coturn")
        self._process = subprocess.Popen([EXECUTABLE, "-c", self._conf], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL, cwd=self.folder, preexec_fn=die_with_parent)
        wait_until(self._up, 20, f"coturn to listen; its log:\n{self.log()}")

    def _up(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"coturn ended with status {self._process.returncode}\n{self.log()}")
        return listening(self.port) and listening(self.tls_port)

    def stop(self) -> None:
        if self._process is not None:
            import psutil

            end_processes([psutil.Process(self._process.pid)])
            self._process.wait()
            self._process = None

    def log(self) -> str:
        """The end of what it has written."""
        return self.log_file.read_text(errors="replace")[-20_000:] if self.log_file.exists() else ""
