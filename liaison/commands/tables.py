"""``export`` and ``import`` of ``liaison points``, ``liaison people`` and ``liaison texts``: tables for spreadsheets, with a dry run."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import IO, Any

import click

from ..cli import settings_or_exit
from .serve import prepare


def add_table_commands(group: click.Group, key: str) -> None:
    """Give a group of commands the two for one table."""

    @group.command("export")
    @click.argument("file", type=click.File("w", encoding="utf-8"), default="-")
    def export(file: IO[str]) -> None:
        """Write everything as CSV to FILE (standard output without it)."""
        from ..domain.actor import SYSTEM
        from ..services.csv_tables import export_table
        from ..services.tables_kept import find_table

        file.write(export_table(prepare(settings_or_exit()), SYSTEM, find_table(key)))

    @group.command("import")
    @click.argument("file", type=click.File("rb"))
    @click.option("--dry-run", is_flag=True, help="Only say what would be added, changed and refused.")
    def import_(file: IO[bytes], dry_run: bool) -> None:
        """Bring in the CSV FILE: all of it or, when a row is refused, nothing."""
        _import(key, file.read(), dry_run)


def _import(key: str, data: bytes, dry_run: bool) -> None:
    from ..domain.actor import SYSTEM
    from ..services.csv_tables import Verdict, carry_out, look_through
    from ..services.tables_kept import find_table

    house, table = prepare(settings_or_exit()), find_table(key)
    outcome = look_through(house, SYSTEM, table, data)
    if outcome.fine and not dry_run:
        outcome = carry_out(house, SYSTEM, table, data)
    for row in outcome.rows:
        if row.verdict is not Verdict.SAME:
            told = [f"{change.field}: {change.before or '-'} -> {change.after or '-'}" for change in row.changes]
            wrong = [f"{error['field']}: {_sentence(error)}" for error in row.errors]
            click.echo(f"{row.line}\t{row.verdict}\t{row.named(table.needed)}\t{'; '.join(wrong or told)}")
    counts = outcome.counts()
    done = "nothing done" if dry_run or not outcome.fine else "done"
    click.echo(", ".join(f"{count} {verdict}" for verdict, count in counts.items()) + f": {done}", err=True)
    if not outcome.fine:
        sys.exit(1)


def _sentence(error: Mapping[str, Any]) -> str:
    message = str(error["message"])
    return message % error if "%(" in message else message
