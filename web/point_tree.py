"""The points as the picker and the filters show them: the centre, each province with its districts, then the mobile points."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _

from liaison.network import Network
from liaison.services.mobile_points import KIND as MOBILE
from liaison.services.points import PointView


@dataclass(frozen=True)
class Leaf:
    """One point: what is read, and what a search finds (every language, seats, other names)."""

    slug: str
    kind: str
    name: str
    seat: str
    search: str


@dataclass(frozen=True)
class Branch:
    """A province, the centre (slug ``centre``) or the mobile points (slug ``mobile``)."""

    slug: str
    name: str
    leaves: tuple[Leaf, ...]


def point_tree(points: Iterable[PointView], network: Network, language: str) -> list[Branch]:
    """Points without a province first, then provinces in the order of the list, each beginning with its own office; vans last."""
    everything = list(points)
    listed = [point for point in everything if point.kind != MOBILE]
    names = {point.slug: network.text(point.name, language) for point in listed}
    provinces = dict.fromkeys(point.province for point in listed if point.province)
    centre = tuple(_leaf(point, network, language) for point in listed if not point.province)
    branches = [Branch("centre", _("Centre"), centre)] if centre else []
    for slug in provinces:
        inside = sorted((point for point in listed if point.province == slug), key=lambda point: point.slug != slug)
        branches.append(Branch(slug, names.get(slug, slug), tuple(_leaf(point, network, language) for point in inside)))
    mobile = tuple(_leaf(point, network, language) for point in everything if point.kind == MOBILE)
    return [*branches, Branch(MOBILE, _("Mobile points"), mobile)] if mobile else branches


def _leaf(point: PointView, network: Network, language: str) -> Leaf:
    seat = network.text(point.seat, language)
    words = (point.slug, *point.name.values(), *point.seat.values(), *point.also_known_as)
    return Leaf(point.slug, point.kind, network.text(point.name, language), seat, " ".join(words).casefold())
