"""What is planned with, by command: groups, templates, polls, and the sessions that officers ask for."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import click

from ..domain.actor import SYSTEM
from ..domain.errors import NotFound
from .parts import WHEN, line, local, moment, office, texts

# ---------------------------------------------------------------- groups and templates


@click.group()
def groups() -> None:
    """Groups of points."""


@groups.command("list")
def list_groups() -> None:
    """Print slug, name and points of every group."""
    from ..services.point_groups import list_groups

    house = office()
    for one in list_groups(house, SYSTEM):
        line(one.slug, house.network.text(one.name, "en"), " ".join(one.points))


@groups.command("save")
@click.argument("slug")
@click.option("--name", "names", multiple=True, required=True, metavar="TEXT or LANGUAGE=TEXT", help="May be repeated.")
@click.option("--point", "points", multiple=True, required=True, metavar="SLUG", help="May be repeated.")
def save_group(slug: str, names: tuple[str, ...], points: tuple[str, ...]) -> None:
    """Make the group SLUG, or change it: these are its points afterwards."""
    from ..services.point_groups import save_group

    house = office()
    save_group(house, SYSTEM, slug, texts(house, names), points)


@groups.command("delete")
@click.argument("slug")
def delete_group(slug: str) -> None:
    """Throw a group away; sessions keep their points."""
    from ..services.point_groups import delete_group

    delete_group(office(), SYSTEM, slug)


@groups.command("export")
@click.argument("file", type=click.File("w", encoding="utf-8"), default="-")
def export_groups(file: Any) -> None:
    """Write the office's own groups as CSV to FILE (standard output without it)."""
    from ..services.point_groups import export_groups

    file.write(export_groups(office(), SYSTEM))


@groups.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Only say what would be added, changed and refused.")
def import_groups(file: Any, dry_run: bool) -> None:
    """Bring in the CSV FILE: all of it or, when a row is refused, nothing."""
    from ..services.point_groups import import_groups, look_through

    house, data = office(), file.read()
    rows = look_through(house, SYSTEM, data)
    for row in rows:
        wrong = [f"{error['field']}: {error['message'] % error if '%(' in error['message'] else error['message']}" for error in row.errors]
        line(row.line, "refused" if row.errors else "added" if row.new else "kept", row.slug, "; ".join(wrong))
    if any(row.errors for row in rows):
        sys.exit(1)
    if not dry_run:
        import_groups(house, SYSTEM, data)


@click.group()
def templates() -> None:
    """Templates of sessions."""


@templates.command("list")
def list_templates() -> None:
    """Print id, name, rule and time."""
    from ..services.templates import list_templates

    house = office()
    for one in list_templates(house, SYSTEM):
        line(one.id, house.network.text(one.name, "en"), one.rule, one.time)


@templates.command("make")
@click.argument("session", metavar="SESSION")
@click.option("--name", "names", multiple=True, required=True, metavar="TEXT or LANGUAGE=TEXT", help="May be repeated.")
@click.option("--group", "groups_", multiple=True, metavar="SLUG", help="Its points are left to the group; may be repeated.")
def make_template(session: str, names: tuple[str, ...], groups_: tuple[str, ...]) -> None:
    """Keep the session of this number as a template: everything but its date; prints the id."""
    from ..services.templates import make_template

    house = office()
    click.echo(make_template(house, SYSTEM, _session_of(house, session), texts(house, names), groups_).id)


def _session_of(house: Any, number: str) -> str:
    """The id of the session with a number such as ``2027-0042``. Raises NotFound."""
    from ..services.session_lists import SessionFilter, list_sessions

    found = next((one.id for one in list_sessions(house, SYSTEM, SessionFilter(q=number)).items if one.number == number), None)
    if found is None:
        raise NotFound()
    return found


@templates.command("delete")
@click.argument("template_id", metavar="ID")
def delete_template(template_id: str) -> None:
    """Throw a template away; sessions made with it stay."""
    from ..services.templates import delete_template

    delete_template(office(), SYSTEM, template_id)


# ---------------------------------------------------------------- polls


@click.group()
def polls() -> None:
    """Date polls."""


@polls.command("list")
def list_polls() -> None:
    """Print id, state, title and last day; below each its times: id, start, yes, if need be, no, open."""
    from ..services.polls import list_polls

    house = office()
    for one in list_polls(house, SYSTEM):
        line(one.id, one.status, house.network.text(one.plan.title, "en"), local(house, one.answer_by))
        for time in one.times:
            line("", time.time_id, local(house, time.starts_at), time.yes, time.if_need_be, time.no, time.open)


@polls.command("close")
@click.argument("poll_id", metavar="ID")
@click.option("--time", "time_id", metavar="ID", help="Book the session at this time; without it the poll is closed without a session.")
def close_poll(poll_id: str, time_id: str | None) -> None:
    """Close a poll; prints the number of the session booked."""
    from ..services.polls import close_poll, drop_poll

    if time_id:
        click.echo(close_poll(office(), SYSTEM, poll_id, time_id).number)
    else:
        drop_poll(office(), SYSTEM, poll_id)


# ---------------------------------------------------------------- sessions that are asked for


@click.group()
def requests() -> None:
    """Sessions that officers ask for."""


@requests.command("list")
@click.option("--waiting", is_flag=True, help="The waiting list for taken times instead.")
@click.option("--all", "all_", is_flag=True, help="Also those that are decided, the newest first.")
def list_requests(waiting: bool, all_: bool) -> None:
    """Print id, state, from, until, title, points, who asks and what stands in the way."""
    from ..domain.booking_requests import RequestKind
    from ..services.booking_requests import list_requests

    house, kind = office(), RequestKind.WAITING if waiting else RequestKind.REQUEST
    for one in list_requests(house, SYSTEM, kind, not all_):
        taken = [f"{item['point']}: {item['session']['number']}" for item in one.conflicts]
        line(one.id, one.state, local(house, one.plan.starts_at), local(house, one.plan.ends_at), house.network.text(one.plan.title, "en"),
             " ".join(one.plan.all_points), one.asked_by.name if one.asked_by else "", "; ".join(taken))


@requests.command("approve")
@click.argument("request_id", metavar="ID")
@click.option("--from", "starts_at", metavar=WHEN, help="At another time than was asked for.")
@click.option("--minutes", type=int, help="Of another length.")
@click.option("--point", "points", multiple=True, metavar="SLUG", help="With these points instead; may be repeated.")
@click.option("--note", default="", help="Words to the officer.")
@click.option("--despite-maintenance", is_flag=True, help="Although work on a point is entered for that time.")
def approve_request(request_id: str, starts_at: str | None, minutes: int | None, points: tuple[str, ...], note: str,
                    despite_maintenance: bool) -> None:
    """Book what was asked for, or a change of it; the officer and the points are told. Prints the session's number."""
    from ..domain.closures import CONFIRMABLE
    from ..services.booking_checks import ON_HOLIDAYS
    from ..services.booking_requests import approve_request, get_request

    house = office()
    wanted = {"starts_at": moment(house, starts_at), "duration_minutes": minutes, "points": points}
    changes: dict[str, Any] = {name: value for name, value in wanted.items() if value}
    plan = replace(get_request(house, SYSTEM, request_id).plan, **changes) if changes else None
    click.echo(approve_request(house, SYSTEM, request_id, plan, note, CONFIRMABLE if despite_maintenance else ON_HOLIDAYS).number)


@requests.command("decline")
@click.argument("request_id", metavar="ID")
@click.option("--reason", required=True, help="The officer reads it.")
def decline_request(request_id: str, reason: str) -> None:
    """Say no."""
    from ..services.booking_requests import decline_request

    decline_request(office(), SYSTEM, request_id, reason)
