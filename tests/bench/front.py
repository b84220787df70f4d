"""A real nginx in front of the service, with the part of ``deploy/nginx.conf`` that serves broadcasts."""

from __future__ import annotations

import getpass
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.bench.servers import ROOT, START_SECONDS, end
from tests.support.ports import LOOPBACK, die_with_parent, free_port

FRAME = """user {user};
worker_processes 1;
worker_rlimit_nofile 16384;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {cache}
    upstream liaison_web {{ server {upstream}; keepalive 64; }}
    server {{
        listen {address};
        keepalive_requests 100000;
        proxy_http_version 1.1;
        {location}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Front:
    """A running one."""

    url: str
    pid: int


def configuration(folder: Path, upstream: str, address: str, secret: str) -> str:
    """Ours for broadcasts, word for word but for the cache's place and the secret, in the least that nginx needs around it."""
    ours = (ROOT / "deploy" / "nginx.conf").read_text()
    cache = re.search(r"(?m)^proxy_cache_path .*$", ours)
    locations = re.findall(r'(?ms)^    location (?:~ "\^/live/|~ "\^/signed/|= /liaison-shown|@liaison_gone)[^\n]* \{\n.*?^    \}', ours)
    assert cache is not None and len(locations) == 4
    location = "\n".join(locations).replace("<link secret>", secret)
    return FRAME.format(user=getpass.getuser(), folder=folder, upstream=upstream, address=address, location=location,
                        cache=re.sub(r"proxy_cache_path \S+", f"proxy_cache_path {folder}/cache", cache[0]))


@contextmanager
def nginx(folder: Path, upstream: str, secret: str = "none") -> Iterator[Front]:
    """Until the block ends; ``secret``: of signed addresses. RuntimeError when it does not come up."""
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    address = f"{LOOPBACK}:{free_port()}"
    folder.mkdir()
    (folder / "nginx.conf").write_text(configuration(folder, upstream, address, secret))
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log"), "-g", "daemon off;"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               preexec_fn=die_with_parent)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(f"http://{address}"):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("nginx did not start: " + (folder / "error.log").read_text(errors="replace")[-500:])
            time.sleep(0.1)
        yield Front(f"http://{address}", process.pid)
    finally:
        end(process)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/live/none/state.json", timeout=2).status_code == 404
    except httpx.HTTPError:
        return False
