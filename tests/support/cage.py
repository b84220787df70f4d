"""A network of its own for a browser, from which nothing can be reached but the ports that stand open in its wall.

The cage is a network namespace with a loopback interface and a card that leads nowhere. For each port named, a socket is
opened inside at the same loopback address and handed out to this process, where a gate carries what comes to the real
service: so addresses are the same inside and outside, and every port can be shut by itself.
"""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Self

from tests.support.gates import TcpGate, UdpGate
from tests.support.ports import die_with_parent

# Runs inside: sets the interfaces up, opens the sockets, hands them out and lives until its input ends.
INSIDE = """
import socket, subprocess, sys
# No address comes by itself later: Chromium drops the requests under way when the network changes (ERR_NETWORK_CHANGED).
for command in ("link set lo up", "link add v0 type veth peer name v1", "link set v0 addrgenmode none", "link set v1 addrgenmode none",
                "addr add 10.78.0.1/24 dev v0", "link set v0 up", "link set v1 up"):
    subprocess.run(["ip", *command.split()], check=True)
sockets = []
for kind, port in (item.split(":") for item in sys.argv[2:]):
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", int(port)))
    if kind == "tcp":
        made.listen(64)
    sockets.append(made)
with socket.socket(fileno=int(sys.argv[1])) as out:
    socket.send_fds(out, [b"ready"], [made.fileno() for made in sockets])
sys.stdin.read()
"""


class Cage:
    """``tcp[port]`` and ``udp[port]`` are the gates in the wall, all open at first."""

    def __init__(self, folder: Path, tcp: tuple[int, ...], udp: tuple[int, ...] = ()) -> None:
        self._folder, self._wanted = folder, [*(("tcp", port) for port in tcp), *(("udp", port) for port in udp)]
        self.tcp: dict[int, TcpGate] = {}
        self.udp: dict[int, UdpGate] = {}
        self._holder: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        ours, theirs = socket.socketpair()
        ours.settimeout(20)
        with ours, theirs:
            self._holder = subprocess.Popen(
                ["unshare", "--net", *self._as_root(), sys.executable, "-c", INSIDE, str(theirs.fileno()),
                 *(f"{kind}:{port}" for kind, port in self._wanted)],
                stdin=subprocess.PIPE, pass_fds=[theirs.fileno()], preexec_fn=die_with_parent)
            theirs.close()
            said, fds, _flags, _address = socket.recv_fds(ours, 16, len(self._wanted))
        if said != b"ready":
            raise RuntimeError("no network namespace can be made here: that needs root, or user namespaces, and ip(8)")
        for (kind, port), fd in zip(self._wanted, fds, strict=True):
            self._open(kind, port, socket.socket(fileno=fd))
        return self

    def _open(self, kind: str, port: int, front: socket.socket) -> None:
        if kind == "tcp":
            self.tcp[port] = TcpGate(port, front).__enter__()
        else:
            self.udp[port] = UdpGate(port, front).__enter__()

    def __exit__(self, *error: object) -> None:
        for gate in (*self.tcp.values(), *self.udp.values()):
            gate.__exit__(*error)
        assert self._holder is not None and self._holder.stdin is not None
        self._holder.stdin.close()
        self._holder.wait(10)

    @staticmethod
    def _as_root() -> list[str]:
        return [] if os.geteuid() == 0 else ["--user", "--map-root-user"]

    def program(self, executable: Path) -> Path:
        """A program that starts the given one inside."""
        assert self._holder is not None
        user = ["--user", "--preserve-credentials"] if self._as_root() else []
        inside = " ".join(["nsenter", "--target", str(self._holder.pid), "--net", *user])
        script = self._folder / f"caged-{executable.name}"
        script.write_text(f'#!/bin/sh\nexec {inside} {executable} "$@"\n')
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
        return script
