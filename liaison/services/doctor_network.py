"""What ``doctor`` tries on the network: ports, the running processes, the certificate, mail, Redis."""

from __future__ import annotations

import os
import smtplib
import socket
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import psutil
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from ..config import Settings

TIMEOUT_S = 5.0
SLOW = 0
RENEW_BEFORE = timedelta(days=21)
ANYWHERE = ("0.0.0.0", "::", "")


def local(host: str) -> str:
    """An address at which this machine reaches itself."""
    return "127.0.0.1" if host in ANYWHERE else host


def ask_health(settings: Settings) -> int | None:
    """The HTTP status of our own ``/healthz``; SLOW when it does not come in time, None when nobody answers HTTP."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the certificate is looked at elsewhere
    url = f"{settings.scheme}://{local(settings.http_host)}:{settings.http_port}/healthz"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S, context=context) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except TimeoutError:
        return SLOW
    except (OSError, ValueError):
        return None


def tcp_free(host: str, port: int) -> bool:
    """Whether we could listen there."""
    return _bindable(host, port, socket.SOCK_STREAM)


def udp_free(host: str, port: int) -> bool:
    """Whether we could receive there."""
    return _bindable(host, port, socket.SOCK_DGRAM)


def _bindable(host: str, port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def worker_answers(settings: Settings, worker: int) -> bool:
    """Whether a media worker's control API greets us."""
    try:
        with _control(settings, worker) as link:
            if settings.media_token:
                link.sendall(settings.media_token.encode() + b"\n")
            return b'"hello"' in link.recv(4096)
    except (OSError, ValueError):
        return False


def _control(settings: Settings, worker: int) -> socket.socket:
    if settings.media_control:
        return socket.create_connection(settings.media_control_address(worker), TIMEOUT_S)
    path = settings.media_socket(worker)
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)  # by descriptor: the address holds 107 octets only
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        link.settimeout(TIMEOUT_S)
        link.connect(f"/proc/self/fd/{folder}/{path.name}")
    except OSError:
        link.close()
        raise
    finally:
        os.close(folder)
    return link


def resolves(host_and_port: str) -> bool:
    """Whether an announced ``host`` or ``host:port`` has an address."""
    return bool(_resolved(*split_port(host_and_port, 0)))


def media_addresses(settings: Settings) -> list[tuple[str, int]]:
    """Where clients, and TURN servers for them, are told to send media of the first worker; unknown names are left out."""
    if settings.media_hosts:
        return [found for host in settings.media_hosts for found in _resolved(*split_port(host, settings.media_port))]
    if settings.media_bind not in ANYWHERE:
        return [(settings.media_bind, settings.media_port)]
    found = [address.address.split("%")[0] for card in psutil.net_if_addrs().values() for address in card
             if address.family in (socket.AF_INET, socket.AF_INET6)]
    return [(host, settings.media_port) for host in found if not (ip_address(host).is_loopback or ip_address(host).is_link_local)
            and (settings.media_bind == "::" or ":" not in host)]


def split_port(host_and_port: str, default: int) -> tuple[str, int]:
    """``host``, ``host:port``, ``[v6]:port`` or a bare IPv6 address as (host, port)."""
    host, _, port = host_and_port.rpartition(":")
    if host and port.isdigit() and (host.count(":") == 0 or host.endswith("]")):
        return host.strip("[]"), int(port)
    return host_and_port.strip("[]"), default


def _resolved(host: str, port: int) -> list[tuple[str, int]]:
    try:
        return [(str(socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)[0][4][0]), port)]
    except OSError:
        return []


# ---------------------------------------------------------------- the certificate


def look_at_certificate(cert: Path, key: Path, url: str, now: datetime) -> Iterator[tuple[str, str, str]]:
    """(verdict, state, remedy) of each thing found: the pair, its time, its names."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key)
        leaf = x509.load_pem_x509_certificate(cert.read_bytes())
    except (OSError, ValueError) as error:
        yield "FAIL", f"{cert} and {key} cannot be used: {error}", "Give a PEM certificate chain and its own unencrypted key."
        return
    yield _lifetime(leaf, now)
    host = urlsplit(url).hostname or ""
    if host in ("localhost", ""):
        yield "WARN", "no address is set to compare its names with", "Set LIAISON_PUBLIC_URL."
    elif not covers(leaf, host):
        yield "FAIL", f"it is not for {host}", "Get one for that name, or correct LIAISON_PUBLIC_URL."


def _lifetime(leaf: x509.Certificate, now: datetime) -> tuple[str, str, str]:
    ends = leaf.not_valid_after_utc
    if now >= ends:
        return "FAIL", f"expired on {ends:%Y-%m-%d}", "Renew it and restart liaison."
    if now < leaf.not_valid_before_utc:
        return "FAIL", f"not valid before {leaf.not_valid_before_utc:%Y-%m-%d}", "Check this machine's clock."
    if now >= ends - RENEW_BEFORE:
        return "WARN", f"expires on {ends:%Y-%m-%d}", "Renew it soon and restart liaison."
    return "OK", f"valid until {ends:%Y-%m-%d}", ""


def covers(leaf: x509.Certificate, host: str) -> bool:
    """Whether the certificate's alternative names hold the host (RFC 6125: a wildcard stands for one label)."""
    try:
        names = leaf.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    except x509.ExtensionNotFound:
        return False
    assert isinstance(names, x509.SubjectAlternativeName)
    try:
        return ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        known = [name.lower() for name in names.get_values_for_type(x509.DNSName)]
        return host.lower() in known or f"*.{host.lower().partition('.')[2]}" in known


# ---------------------------------------------------------------- servers of others


def try_mail_server(url: str) -> str:
    """What is wrong with the mail server; empty when it takes our connection and our password."""
    from ..notify.senders import connect
    from .notifier import DeliveryError

    try:
        with connect(urlsplit(url), TIMEOUT_S) as server:
            server.noop()
    except (DeliveryError, smtplib.SMTPException, OSError) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def try_redis(url: str) -> str:
    """What is wrong with Redis; empty when it answers."""
    import redis

    try:
        with redis.Redis.from_url(url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""
