"""A real IMAP server (Dovecot) of this run alone, with one mailbox."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import subprocess
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import LOOPBACK, free_port

PROGRAM = "/usr/sbin/dovecot"
USER, PASSWORD = "answers", "p:a/s@s word"
QUOTED = "p%3Aa%2Fs%40s%20word"


class Dovecot:
    """``url`` is the folder as a setting; ``deliver`` puts a mail into it."""

    def __init__(self, port: int, folder: str = "INBOX") -> None:
        self.port, self.folder = port, folder
        self.url = f"imap://{USER}:{QUOTED}@{LOOPBACK}:{port}/{folder}"

    def new_folder(self) -> Dovecot:
        """The same server with an empty folder."""
        name = f"f{time.monotonic_ns()}"
        with imaplib.IMAP4(LOOPBACK, self.port, timeout=10) as server:
            server.login(USER, PASSWORD)
            assert server.create(name)[0] == "OK"
        return Dovecot(self.port, name)

    def deliver(self, raw: bytes) -> None:
        with imaplib.IMAP4(LOOPBACK, self.port, timeout=10) as server:
            server.login(USER, PASSWORD)
            status, answer = server.append(self.folder, "", "", raw)
            assert status == "OK", answer

    def unseen(self) -> int:
        """Mails that nobody has read: reading for answers must leave them so."""
        with imaplib.IMAP4(LOOPBACK, self.port, timeout=10) as server:
            server.login(USER, PASSWORD)
            server.select(self.folder, readonly=True)
            return len(server.search(None, "UNSEEN")[1][0].split())

    def answers(self) -> bool:
        try:
            with imaplib.IMAP4(LOOPBACK, self.port, timeout=2) as server:
                return server.login(USER, PASSWORD)[0] == "OK"
        except (OSError, imaplib.IMAP4.error):
            return False


@contextmanager
def dovecot() -> Iterator[Dovecot]:
    """Run it in the foreground until the block ends, in a folder that its ordinary users may enter."""
    with tempfile.TemporaryDirectory(prefix="dovecot-", ignore_cleanup_errors=True) as folder, _running(Path(folder)) as server:
        yield server


@contextmanager
def _running(folder: Path) -> Iterator[Dovecot]:
    port = free_port()
    config = _write(folder, port)
    log = (folder / "stdout.log").open("wb")
    process = subprocess.Popen([PROGRAM, "-F", "-c", str(config)], stdout=log, stderr=subprocess.STDOUT)
    server = Dovecot(port)
    try:
        deadline = time.monotonic() + 20
        while not server.answers():
            assert process.poll() is None and time.monotonic() < deadline, (folder / "dovecot.log").read_text()
            time.sleep(0.05)
        yield server
    finally:
        process.terminate()
        process.wait(10)
        log.close()


def _write(folder: Path, port: int) -> Path:
    """A configuration that needs nothing outside ``folder``; as root the mail belongs to an ordinary user."""
    owner = pwd.getpwnam("nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name)
    for path in (folder, *(folder / name for name in ("run", "state", "mail"))):
        path.mkdir(exist_ok=True)
        path.chmod(0o755)
    os.chown(folder / "mail", owner.pw_uid, owner.pw_gid)
    (folder / "users").write_text(f"{USER}:{{PLAIN.b64}}{b64encode(PASSWORD.encode()).decode()}::::::\n")
    own = pwd.getpwuid(os.getuid())
    # As root Dovecot insists on the accounts of its package for the parts that face the network.
    rights = "" if own.pw_uid == 0 else (f"default_login_user = {own.pw_name}\ndefault_internal_user = {own.pw_name}\n"
                                         f"default_internal_group = {grp.getgrgid(own.pw_gid).gr_name}\n")
    chroot = "" if own.pw_uid == 0 else "chroot ="
    config = folder / "dovecot.conf"
    config.write_text(f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap
listen = {LOOPBACK}
ssl = no
disable_plaintext_auth = no
{rights}mail_location = maildir:{folder}/mail
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = static
  args = uid={owner.pw_uid} gid={owner.pw_gid} home={folder}/mail
}}
service imap-login {{
  {chroot}
  inet_listener imap {{
    port = {port}
  }}
}}
service anvil {{
  {chroot}
}}
""")
    return config

