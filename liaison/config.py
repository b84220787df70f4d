"""Typed settings, read once from the environment (``LIAISON_…``) or one TOML file, refused with clear sentences.

The TOML file is named by ``LIAISON_CONFIG``; its keys are the lower-case names without the prefix, e.g. ``http_port = 8000``.
The environment wins over the file. ``load(environ)`` raises ``ConfigError`` with every mistake at once.
"""

from __future__ import annotations

import os
import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from .domain.points import valid_email
from .domain.restreams import is_address, is_key
from .turn import TurnAddress, turn_addresses

PREFIX = "LIAISON_"
HIGHEST_PORT = 65535
LONGEST_LOCAL_PART = 64  # RFC 5321 section 4.5.3.1.1


class ConfigError(Exception):
    """Every mistake found: ``problems`` is a list of sentences, each naming its variable."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


class Settings(BaseModel):
    """What one installation may choose. Field ``x`` is the variable ``LIAISON_X``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: Path = Path("var")
    http_host: str = "0.0.0.0"
    http_port: int = Field(8000, ge=1, le=65535)
    public_url: str = ""
    trusted_proxies: int = Field(0, ge=0, le=10)
    tls_cert: Path | None = None
    tls_key: Path | None = None

    database_url: str = ""
    redis_url: str = ""
    smtp_url: str = ""
    mail_from: str = ""
    sms_url: str = ""
    sms_token: str = ""
    sms_sender: str = ""
    telegram_token: str = ""
    telegram_api: str = "https://api.telegram.org"
    push_services: str = "fcm.googleapis.com,updates.push.services.mozilla.com,notify.windows.com,push.apple.com"
    imap_url: str = ""
    reply_address: str = ""

    media_bind: str = "0.0.0.0"
    media_port: int = Field(8801, ge=1, le=65535)
    media_host: str = ""
    media_workers: int = Field(1, ge=1, le=64)
    media_core: Literal["auto", "c", "python"] = "auto"
    media_control: str = ""
    media_token: str = ""
    turn_url: str = ""
    turn_secret: str = ""

    sockets: int = Field(500, ge=1, le=20000)
    socket_mode: Literal["threading", "gevent"] = "threading"
    web_standby: bool = True
    watchers: int = Field(50, ge=0, le=1000)
    video_ports: int = Field(100, ge=0, le=100_000)
    watcher_ports: int = Field(1000, ge=0, le=100_000)
    recording_ports: int = Field(20, ge=0, le=100_000)
    recording_days: int = Field(90, ge=1, le=36_500)
    recording_approval: bool = False
    recording_height: int = Field(360, ge=90, le=2160)
    broadcasts: int = Field(1, ge=0, le=16)
    broadcast_shedding: bool = True
    broadcast_days: int = Field(365, ge=1, le=36_500)
    restream_address: str = ""
    restream_key: str = ""
    viewers: int = Field(150, ge=0, le=1_000_000)
    network_dir: Path | None = None
    link_history_days: int = Field(180, ge=1, le=3650)
    files: Path | None = None
    file_megabytes: int = Field(20, ge=1, le=500)
    session_megabytes: int = Field(300, ge=1, le=100_000)
    file_scan: str = ""
    metrics_token: str = ""
    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("must start with sqlite:/// or postgresql://")
        return value.replace("postgresql://", "postgresql+psycopg://", 1) if value.startswith("postgresql://") else value

    @field_validator("smtp_url")
    @classmethod
    def _known_smtp(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("smtp", "smtps", "smtp+starttls"):
            raise ValueError("must look like smtp://user:password@host:25, smtp+starttls://… or smtps://…")
        return value

    @field_validator("imap_url")
    @classmethod
    def _known_imap(cls, value: str) -> str:
        if value and (urlsplit(value).scheme not in ("imap", "imaps", "imap+starttls") or not urlsplit(value).username):
            raise ValueError("must look like imaps://user:password@host:993/INBOX, imap+starttls://… or imap://…")
        return value

    @field_validator("reply_address")
    @classmethod
    def _known_reply_address(cls, value: str) -> str:
        plain = value.replace("{token}", "x" * 20)
        if value and ("{" in plain or not valid_email(plain) or len(plain.partition("@")[0]) > LONGEST_LOCAL_PART):
            raise ValueError("must be an e-mail address such as answers@example.org or, better, answers+{token}@example.org")
        return value

    @field_validator("turn_url")
    @classmethod
    def _known_turn(cls, value: str) -> str:
        return ",".join(address.url for address in turn_addresses(value))

    @field_validator("media_control")
    @classmethod
    def _known_control(cls, value: str) -> str:
        host, _, port = value.rpartition(":")
        if value and not (host and port.isascii() and port.isdigit() and 0 < int(port) <= HIGHEST_PORT):
            raise ValueError("must look like host:port")
        return value

    @field_validator("metrics_token")
    @classmethod
    def _long_token(cls, value: str) -> str:
        if value and len(value) < 16:
            raise ValueError("must be empty or at least 16 characters long")
        return value

    @field_validator("restream_address")
    @classmethod
    def _address_to_hand_on_to(cls, value: str) -> str:
        if value and not is_address(value):
            raise ValueError("must look like rtmps://live.example.org/app; the key stands in LIAISON_RESTREAM_KEY")
        return value

    @field_validator("restream_key")
    @classmethod
    def _key_of_another_site(cls, value: str) -> str:
        if value and not is_key(value):
            raise ValueError("must be the key that the other site shows, of at most 300 plain characters")
        return value

    @field_validator("file_scan")
    @classmethod
    def _readable_command(cls, value: str) -> str:
        try:
            shlex.split(value)
        except ValueError:
            raise ValueError("must be a command such as clamdscan --no-summary - (its quotation marks are not closed)") from None
        return value.strip()

    @field_validator("sms_url", "telegram_api")
    @classmethod
    def _web_address(cls, value: str) -> str:
        url = urlsplit(value)
        if value and not (url.scheme in ("http", "https") and url.hostname):
            raise ValueError("must look like https://host/path")
        return value.rstrip("/")

    @field_validator("public_url")
    @classmethod
    def _plain_url(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _pairs(self) -> Settings:
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("LIAISON_TLS_CERT and LIAISON_TLS_KEY must be set together")
        if self.socket_mode == "gevent" and not self.database_url.startswith("postgresql"):
            raise ValueError("LIAISON_SOCKET_MODE=gevent needs PostgreSQL (LIAISON_DATABASE_URL): SQLite's waiting would stop every client")
        if self.media_port + self.media_workers - 1 > HIGHEST_PORT:
            raise ValueError("LIAISON_MEDIA_PORT leaves no room for the ports of LIAISON_MEDIA_WORKERS")
        if self.media_control and not self.media_token:
            raise ValueError("LIAISON_MEDIA_CONTROL over the network needs LIAISON_MEDIA_TOKEN")
        if bool(self.sms_url) != bool(self.sms_token):
            raise ValueError("LIAISON_SMS_URL and LIAISON_SMS_TOKEN must be set together")
        if self.sms_token and len(self.sms_token) < 16:
            raise ValueError("LIAISON_SMS_TOKEN must be at least 16 characters long: it also signs delivery reports")
        if self.session_megabytes < self.file_megabytes:
            raise ValueError("LIAISON_SESSION_MEGABYTES must not be smaller than LIAISON_FILE_MEGABYTES")
        if bool(self.restream_address) != bool(self.restream_key):
            raise ValueError("LIAISON_RESTREAM_ADDRESS and LIAISON_RESTREAM_KEY must be set together")
        if bool(self.turn_url) != bool(self.turn_secret):
            raise ValueError("LIAISON_TURN_URL and LIAISON_TURN_SECRET must be set together")
        return self

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.data.resolve() / 'liaison.db'}"

    @property
    def scheme(self) -> str:
        return "https" if self.tls_cert else "http"

    @property
    def base_url(self) -> str:
        """The address used in links that leave the house (mail, letters), without a trailing slash."""
        return self.public_url or f"{self.scheme}://localhost:{self.http_port}"

    @property
    def media_hosts(self) -> list[str]:
        """What is announced to clients: each ``host`` or ``host:port``; empty: the worker finds the machine's addresses."""
        return [part.strip() for part in self.media_host.split(",") if part.strip()]

    @property
    def turn_servers(self) -> list[TurnAddress]:
        """The ways to the TURN servers, in the order in which browsers are told of them."""
        return turn_addresses(self.turn_url)

    @property
    def push_hosts(self) -> list[str]:
        """Hosts (and everything below them) to which push messages may be posted."""
        return [part.strip().lower() for part in self.push_services.split(",") if part.strip()]

    def media_control_address(self, worker: int) -> tuple[str, int]:
        """Host and port of a worker's control API over TCP."""
        host, _, port = self.media_control.rpartition(":")
        return host.strip("[]"), int(port) + worker

    def media_socket(self, worker: int) -> Path:
        """The UNIX socket of a local worker's control API."""
        return self.data.resolve() / f"media-{worker}.sock"

    @property
    def mail_folder(self) -> Path:
        """Where mail goes while no SMTP server is configured."""
        return self.data.resolve() / "mail"

    @property
    def files_folder(self) -> Path:
        """Where files that people send are kept; one folder for all web processes."""
        return (self.files or self.data / "files").resolve()

    @property
    def broadcasts_folder(self) -> Path:
        """Where broadcasts lie: what viewers fetch, and may be served by a web server in front."""
        return self.data.resolve() / "broadcasts"

    @property
    def recordings_folder(self) -> Path:
        """Where recorded tracks lie; nobody but the service reads them."""
        return self.data.resolve() / "recordings"

    @property
    def secret_file(self) -> Path:
        return self.data.resolve() / "secret.key"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raise ConfigError naming every mistake."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    problems: list[str] = []
    path = environ.get(PREFIX + "CONFIG")
    if path:
        values |= _read_file(Path(path), problems)
    known = set(Settings.model_fields)
    for name, value in environ.items():
        field = name.removeprefix(PREFIX).lower()
        if name.startswith(PREFIX) and value != "":
            if field in known:
                values[field] = value
            elif field not in ("config", "clock_shift_seconds", "supervised"):
                problems.append(f"{name} is not a setting that liaison knows; check its spelling")
    try:
        settings = Settings(**values)
    except ValidationError as exc:
        problems += [_sentence(error) for error in exc.errors()]
        raise ConfigError(problems) from None
    if problems:
        raise ConfigError(problems)
    return settings


def _read_file(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.append(f"LIAISON_CONFIG names {path}, which does not exist")
    except (OSError, tomllib.TOMLDecodeError) as exc:
        problems.append(f"{path} could not be read: {exc}")
    return {}


def _sentence(error: Any) -> str:
    where = ".".join(str(part) for part in error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{PREFIX}{where.upper()}: {message}" if where else message
