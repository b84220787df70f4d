"""The network as data: ``network.toml`` and ``points.csv``, shipped in ``liaison/data`` or given by ``LIAISON_NETWORK_DIR``."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Group:
    """A shorthand of the booking form, such as all districts."""

    key: str
    name: dict[str, str]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Network:
    """Name, zone, languages (fallback order), kinds and groups of points, templates of sessions."""

    name: dict[str, str]
    timezone: str
    languages: tuple[str, ...]
    holidays_country: str
    help_desk_phone: str
    kinds: dict[str, dict[str, str]]
    groups: tuple[Group, ...]
    points_file: Path
    map_file: Path  # outlines of the provinces; need not be there
    templates: dict[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def text(self, texts: Mapping[str, str] | None, language: str) -> str:
        """The text in the reader's language, else the first there is in the network's order."""
        texts = texts or {}
        for code in (language, *self.languages):
            if texts.get(code):
                return texts[code]
        return next((text for text in texts.values() if text), "")

    def point_rows(self) -> list[dict[str, Any]]:
        """The CSV's points: slug, kind, province, name, seat (by language), lat, lon, also_known_as, phone, email."""
        with self.points_file.open(encoding="utf-8", newline="") as file:
            return [self._row(row) for row in csv.DictReader(file)]

    def _row(self, row: dict[str, str]) -> dict[str, Any]:
        def by_language(stem: str) -> dict[str, str]:
            return {code: row[f"{stem}_{code}"] for code in self.languages if row.get(f"{stem}_{code}")}
        return {
            "slug": row["slug"], "kind": row["kind"], "province": row["province"] or None,
            "name": by_language("name"), "seat": by_language("seat"),
            "lat": float(row["lat"]) if row["lat"] else None, "lon": float(row["lon"]) if row["lon"] else None,
            "also_known_as": [part for part in row["also_known_as"].split(";") if part],
            "phone": row.get("phone") or "", "email": row.get("email") or "",
        }


def load_network(folder: Path | None = None) -> Network:
    """Read ``network.toml`` of ``folder`` (default: the shipped data)."""
    folder = folder or DATA
    raw = tomllib.loads((folder / "network.toml").read_text(encoding="utf-8"))
    groups = tuple(Group(key, {k: v for k, v in group.items() if k != "kinds"}, tuple(group["kinds"]))
                   for key, group in raw.get("groups", {}).items())
    return Network(name=raw["name"], timezone=raw["timezone"], languages=tuple(raw["languages"]),
                   holidays_country=raw.get("holidays_country", ""), help_desk_phone=raw.get("help_desk_phone", ""),
                   kinds=raw["kinds"], groups=groups, points_file=folder / "points.csv",
                   templates=raw.get("templates", {}), map_file=folder / "map" / "outlines.json")
