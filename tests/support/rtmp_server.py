"""Debian's nginx with its RTMP module: takes what is published at ``live`` and records it, lets nobody publish at ``closed``."""

from __future__ import annotations

import getpass
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import LOOPBACK, die_with_parent, listening

NGINX = "/usr/sbin/nginx"
START_S = 10.0
CONFIGURATION = """user {user};
load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 64; }}
rtmp {{
    access_log {folder}/access.log;
    server {{
        listen {host}:{port};
        chunk_size 4096;
        application live {{ live on; record all; record_path {folder}; record_unique on; }}
        application closed {{ live on; deny publish all; }}
    }}
}}
"""


@contextmanager
def rtmp_server(folder: Path, port: int) -> Iterator[str]:
    """Its address, until the block ends; recordings (``*.flv``) and logs lie in the folder."""
    folder.mkdir(exist_ok=True)
    (folder / "nginx.conf").write_text(CONFIGURATION.format(user=getpass.getuser(), folder=folder, host=LOOPBACK, port=port))
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent)
    try:
        deadline = time.monotonic() + START_S
        while not listening(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("nginx did not start: " + (folder / "error.log").read_text(errors="replace")[-500:])
            time.sleep(0.05)
        yield f"rtmp://{LOOPBACK}:{port}"
    finally:
        process.kill()
        process.wait()
