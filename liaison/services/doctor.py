"""``liaison doctor``: looks at everything that a working installation needs and says what to do about what is wrong.

Needs no running service, no network beyond what is configured, and changes nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from ..config import Settings
from ..domain.clock import SystemClock
from ..domain.words import AccountRole, OutboxStatus, SessionStatus
from ..store import tables as t
from ..store.database import Database
from ..store.migrate import head_revision
from . import disk, doctor_machine, doctor_network, doctor_turn, file_scan


class Verdict(StrEnum):
    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, and what to do."""

    verdict: Verdict
    subject: str
    state: str
    remedy: str = ""


OVERDUE = timedelta(minutes=2)
MAIL_OVERDUE = timedelta(minutes=10)
CLOCKS_APART = timedelta(seconds=2)
SHORTEST_SECRET = 16


def ok(subject: str, state: str) -> Finding:
    return Finding(Verdict.OK, subject, state)


def warn(subject: str, state: str, remedy: str) -> Finding:
    return Finding(Verdict.WARN, subject, state, remedy)


def fail(subject: str, state: str, remedy: str) -> Finding:
    return Finding(Verdict.FAIL, subject, state, remedy)


def examine(settings: Settings) -> Iterator[Finding]:
    """Every check in turn; a check that breaks is itself a finding."""
    checks: list[Callable[[Settings], Iterator[Finding]]] = [
        _clock, _disk, _secret, _database, _pages, _certificate, _media, _scheduler, _mail]
    if settings.turn_url:
        checks.append(_turn)
    if settings.redis_url:
        checks.append(_redis)
    if settings.file_scan:
        checks.append(_virus_scanner)
    for check in checks:
        subject = check.__name__.strip("_").replace("_", " ")
        try:
            yield from check(settings)
        except Exception as error:  # the examination goes on; the broken check is what is reported
            yield fail(subject, f"could not be looked at: {type(error).__name__}: {error}", "Report this line to the help desk.")


# ---------------------------------------------------------------- this machine


def _clock(_settings: Settings) -> Iterator[Finding]:
    state = doctor_machine.clock_state()
    if state is None:
        yield warn("clock", "cannot tell whether it is kept right", "Check that chrony or systemd-timesyncd runs.")
    elif state.synchronised:
        yield ok("clock", f"kept right by the network, within {state.error_seconds:.3f} s")
    else:
        yield warn("clock", "nobody keeps it right", "Run `timedatectl set-ntp true`, or install chrony: sessions open and reminders leave "
                   "by this clock.")


def _disk(settings: Settings) -> Iterator[Finding]:
    state = disk.disk_state(settings.data)
    free = f"{state.free_bytes / 2**30:.1f} of {state.total_bytes / 2**30:.1f} GiB free in {settings.data.resolve()}"
    if state.level is disk.Level.FINE:
        yield ok("disk", free)
    elif state.level is disk.Level.LOW:
        yield warn("disk", free, "Make room soon: remove old backups, logs and recordings.")
    else:
        yield fail("disk", free, "Make room now: uploads and recordings are stopped.")
    if not os.access(next(p for p in (settings.data.resolve(), *settings.data.resolve().parents) if p.exists()), os.W_OK):
        yield fail("data folder", f"{settings.data.resolve()} may not be written by this account",
                   "Give it to the account that runs liaison: chown -R liaison.")


def _virus_scanner(settings: Settings) -> Iterator[Finding]:
    """It is given a few harmless bytes."""
    try:
        file_scan.require_clean(settings, b"liaison doctor\n")
    except (file_scan.ScannerSilent, file_scan.Infected):
        yield fail("virus scanner", f"`{settings.file_scan}` does not answer as it should; no file is taken",
                   "Run it by hand with a file on its standard input: it must end with 0. For ClamAV start clamav-daemon.")
    else:
        yield ok("virus scanner", "answers")


def _secret(settings: Settings) -> Iterator[Finding]:
    file = settings.secret_file
    if not file.exists():
        yield warn("secret key", "not made yet", "Start liaison once; it makes the key by itself.")
        return
    mode = stat.S_IMODE(file.stat().st_mode)
    if mode & 0o077:
        yield fail("secret key", f"{file} may be read by others (mode {mode:o})", f"chmod 600 {file}")
    else:
        yield ok("secret key", "readable by this account alone")


# ---------------------------------------------------------------- the database


def _database(settings: Settings) -> Iterator[Finding]:
    where = "SQLite" if settings.database.startswith("sqlite") else "PostgreSQL"
    if where == "SQLite" and not Path(settings.database.removeprefix("sqlite:///")).exists():
        yield warn("database", "not made yet", "Start liaison once; it makes the database by itself.")
        return
    database = Database(settings.database)
    try:
        yield from _schema(database, where)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        yield fail("database", f"{where} does not answer: {reason}", "Check LIAISON_DATABASE_URL and that the server runs.")
    finally:
        database.close()


def _schema(database: Database, where: str) -> Iterator[Finding]:
    with database.read() as db:
        has = db.scalar(text("SELECT version_num FROM alembic_version"))
        if has != head_revision():
            yield warn("database", f"{where}, schema {has}, this version needs {head_revision()}",
                       "Start liaison: it makes a backup and migrates.")
            return
        yield ok("database", f"{where}, schema {has}")
        if database.dialect == "sqlite" and (answer := db.scalar(text("PRAGMA quick_check"))) != "ok":
            yield fail("database file", str(answer), "Stop liaison and restore the newest backup.")
        if database.dialect == "postgresql":
            yield from _clocks(db.scalar(text("SELECT extract(epoch FROM clock_timestamp())")))
        administrators = select(func.count()).select_from(t.User).where(t.User.role == AccountRole.ADMINISTRATOR, t.User.active)
        if not db.scalar(administrators):
            yield warn("accounts", "there is no administrator", "Open the one-time link that `liaison serve` prints.")


def _clocks(theirs: object) -> Iterator[Finding]:
    apart = abs(float(str(theirs)) - SystemClock().now().timestamp())
    if apart > CLOCKS_APART.total_seconds():
        yield warn("database clock", f"{apart:.0f} s apart from this machine's", "Synchronise both machines by NTP.")


# ---------------------------------------------------------------- what runs


def _pages(settings: Settings) -> Iterator[Finding]:
    answer = doctor_network.ask_health(settings)
    if answer == 200:
        yield ok("pages", f"served on port {settings.http_port}")
    elif answer == doctor_network.SLOW:
        yield fail("pages", f"port {settings.http_port} takes connections but does not answer in {doctor_network.TIMEOUT_S:.0f} s",
                   "If this lasts, look at the load of the machine and at the log of liaison.")
    elif answer is not None:
        yield fail("pages", f"port {settings.http_port} answers with status {answer}", "Look at the log of liaison; if it is another "
                   "program's port, choose another LIAISON_HTTP_PORT.")
    elif doctor_network.tcp_free(settings.http_host, settings.http_port):
        yield warn("pages", f"not served now; port {settings.http_port} is free", "Start liaison.")
    else:
        yield fail("pages", f"port {settings.http_port} is taken by another program", "Choose another LIAISON_HTTP_PORT.")


def _certificate(settings: Settings) -> Iterator[Finding]:
    if settings.tls_cert is None or settings.tls_key is None:
        if settings.public_url.startswith("https://"):
            yield ok("HTTPS", f"left to the proxy at {settings.public_url}")
        else:
            yield warn("HTTPS", "off: browsers give camera and microphone to this machine only",
                       "Set LIAISON_TLS_CERT and LIAISON_TLS_KEY, or put nginx in front (docs/operations.md).")
        return
    for verdict, state, remedy in doctor_network.look_at_certificate(settings.tls_cert, settings.tls_key, settings.base_url,
                                                                     SystemClock().now()):
        yield Finding(Verdict(verdict), "certificate", state, remedy)


def _media(settings: Settings) -> Iterator[Finding]:
    for worker in range(settings.media_workers):
        port = settings.media_port + worker
        if doctor_network.worker_answers(settings, worker):
            yield ok("media", f"worker {worker} answers, UDP port {port}")
        elif settings.media_control:
            yield fail("media", f"worker {worker} at {settings.media_control} does not answer",
                       "Start it, and check LIAISON_MEDIA_CONTROL and LIAISON_MEDIA_TOKEN on both machines.")
        elif doctor_network.udp_free(settings.media_bind, port):
            yield warn("media", f"worker {worker} does not run; UDP port {port} is free", "Start liaison.")
        else:
            yield fail("media", f"UDP port {port} is taken by another program", "Choose another LIAISON_MEDIA_PORT.")
    unknown = [host for host in settings.media_hosts if not doctor_network.resolves(host)]
    for host in unknown:
        yield fail("media address", f"{host} (LIAISON_MEDIA_HOST) is not known to the name service", "Correct it.")


def _scheduler(settings: Settings) -> Iterator[Finding]:
    leads = doctor_machine.scheduler_leads(settings)
    yield ok("scheduler", "runs") if leads else warn("scheduler", "does not run", "Start liaison: sessions open and mail leaves by it.")
    if settings.database.startswith("sqlite") and not Path(settings.database.removeprefix("sqlite:///")).exists():
        return
    database, now = Database(settings.database), SystemClock().now()
    try:
        with database.read() as db:
            late = db.scalar(select(func.count()).select_from(t.Session).where(
                t.Session.status == SessionStatus.CONFIRMED, t.Session.starts_at < now - OVERDUE))
        if late:
            yield fail("sessions", f"{late} should have been opened by now", "Start liaison, or look at the scheduler's log lines.")
    except SQLAlchemyError:
        return  # the database's own line says it
    finally:
        database.close()


# ---------------------------------------------------------------- others


def _mail(settings: Settings) -> Iterator[Finding]:
    if not settings.smtp_url:
        yield warn("mail", f"no server set; mail is kept in {settings.mail_folder}", "Set LIAISON_SMTP_URL.")
        return
    problem = doctor_network.try_mail_server(settings.smtp_url)
    if problem:
        yield fail("mail", problem, "Check LIAISON_SMTP_URL: host, port, smtp/smtps/smtp+starttls, user and password.")
    else:
        yield ok("mail", "the server takes our connection")
    yield from _mail_waiting(settings)


def _mail_waiting(settings: Settings) -> Iterator[Finding]:
    database, now = Database(settings.database), SystemClock().now()
    try:
        with database.read() as db:
            count = select(func.count()).select_from(t.Outbox)
            late = db.scalar(count.where(t.Outbox.status == OutboxStatus.PENDING, t.Outbox.due_at < now - MAIL_OVERDUE))
            failed = db.scalar(count.where(t.Outbox.status == OutboxStatus.FAILED, t.Outbox.due_at > now - timedelta(days=1)))
    except SQLAlchemyError:
        return  # the database's own line says it
    finally:
        database.close()
    if late:
        yield warn("mail waiting", f"{late} letters are overdue", "Look at the page of unsent mail for the server's answer.")
    if failed:
        yield warn("mail failed", f"{failed} letters could not be delivered in the last day", "Look at the page of unsent mail.")


def _redis(settings: Settings) -> Iterator[Finding]:
    problem = doctor_network.try_redis(settings.redis_url)
    yield fail("Redis", problem, "Check LIAISON_REDIS_URL and that the server runs.") if problem else ok("Redis", "answers")


def _turn(settings: Settings) -> Iterator[Finding]:
    if len(settings.turn_secret) < SHORTEST_SECRET:
        yield warn("TURN secret", f"shorter than {SHORTEST_SECRET} characters: whoever is in a room could guess it",
                   "Set a long random one on both machines: openssl rand -hex 32.")
    media = doctor_network.media_addresses(settings)
    for address in settings.turn_servers:
        subject = f"TURN {address.url}"
        tried = doctor_turn.try_turn(address, settings.turn_secret, media, SystemClock().now())
        if tried.problem:
            yield fail(subject, tried.problem, tried.remedy)
        elif tried.refused and not tried.reached:
            yield fail(subject, f"does not relay to the media server at {', '.join(tried.refused)}",
                       f"Add allowed-peer-ip={tried.refused[0]} to turnserver.conf, or correct LIAISON_MEDIA_HOST.")
        elif tried.relays_to_anybody:
            yield warn(subject, "relays to any address, also into the network behind it",
                       "Deny all peers but the media server: denied-peer-ip and allowed-peer-ip, as in deploy/turnserver.conf.")
        else:
            yield ok(subject, f"gives relayed addresses at {tried.relayed}, and to the media server alone")
