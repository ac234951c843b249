"""Queries that programmes bring for their indicators: read-only SQL over published views, checked when read. Pure.

A query answers one row per case that counts, with the columns of COLUMNS in that order. It may read nothing but VIEWS
and must say the same of a case whichever other cases there are: numbers are brought up to date case by case.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bihuan.declare.problems import Problem

COLUMNS = ("case_id", "programme", "area", "unit", "category", "counted")
VIEWS: dict[str, dict[str, str]] = {
    "period": {
        "start": "first instant of the period, included",
        "until": "last instant of the period, excluded",
    },
    "events": {
        "case_id": "the case",
        "version": "place of the event in its case, from 1",
        "kind": "what happened: opened, dispatched, submitted, verified, …",
        "occurred_at": "when it happened",
        "data": "what the event says, as jsonb (docs/reference/events.md); never words or names of persons",
    },
    "cases": {
        "case_id": "the case",
        "programme": "the programme it runs under",
        "area": "code of its place, as known at the end of the period",
        "unit": "key of the unit it was last sent to before the end of the period",
        "category": "its category, as known at the end of the period",
        "opened_at": "when it was opened",
    },
}
"""What a query may read: the events of this district that the log holds below the cut, and the cases they tell of."""

FUNCTIONS = frozenset(
    [
        "abs",
        "array_agg",
        "bool_and",
        "bool_or",
        "ceil",
        "coalesce",
        "count",
        "date_part",
        "date_trunc",
        "dense_rank",
        "exists",
        "extract",
        "first_value",
        "floor",
        "greatest",
        "jsonb_array_elements",
        "jsonb_array_elements_text",
        "jsonb_array_length",
        "jsonb_build_array",
        "jsonb_build_object",
        "jsonb_each_text",
        "jsonb_object_keys",
        "lag",
        "last_value",
        "lead",
        "least",
        "left",
        "length",
        "lower",
        "lpad",
        "max",
        "min",
        "nullif",
        "rank",
        "replace",
        "right",
        "round",
        "row_number",
        "split_part",
        "starts_with",
        "string_agg",
        "substring",
        "sum",
        "trim",
        "upper",
    ]
)
"""Functions a query may call: those whose answer follows from what they are given."""

_RULE = "a query is one SELECT over the published views (docs/topics/indicators.md)"


def query_problems(file: Path) -> Iterator[Problem]:
    """Everything wrong with a query of a programme's own, without asking a database.

    Source: docs/adr/0232 (three views are enough and are checked without a database)
    """
    text = file.read_text(encoding="utf-8")
    name = f"{file.parent.parent.name}/{file.parent.name}/{file.name}"
    for line, what, remedy in _faults(text):
        yield Problem(name, line, "(query)", what, _RULE, remedy)


def _faults(text: str) -> Iterator[tuple[int, str, str]]:
    import sqlglot  # takes a third of a second, and only installations with queries of their own need it
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        statements = [s for s in sqlglot.parse(text, read="postgres") if s is not None]
    except SqlglotError as error:
        first = getattr(error, "errors", None) or [{}]
        yield (
            int(first[0].get("line") or 1),
            f"it is not SQL: {first[0].get('description', error)}",
            "correct that line",
        )
        return
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        yield 1, "it is not one SELECT", "write one statement that begins with SELECT or WITH"
        return
    yield from _forbidden(statements[0], exp)
    named = [column.lower() for column in statements[0].named_selects]
    if tuple(named) != COLUMNS:
        yield 1, f"it answers ({', '.join(named)})", f"answer ({', '.join(COLUMNS)}), in this order"


def _forbidden(statement: Any, exp: Any) -> Iterator[tuple[int, str, str]]:
    made = {each.alias_or_name.lower() for each in statement.find_all(exp.CTE)}
    for table in statement.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            continue  # a function in FROM, checked as a function
        if table.db or table.catalog or table.name.lower() not in made | VIEWS.keys():
            yield _line(table), f"it reads {table.sql()!r}", f"read only {', '.join(VIEWS)}"
    changing = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Command, exp.Into, exp.Lock)
    for part in statement.find_all(*changing):
        yield _line(part), "it changes or locks something", "only read"
    for part in statement.find_all(exp.Parameter, exp.Placeholder):
        yield _line(part), f"it has a parameter {part.sql()!r}", "read start and end from the view period"
    for call in statement.find_all(exp.Func):
        name = _called(call, exp)
        if name is not None and name not in FUNCTIONS:
            yield _line(call), f"it calls {name!r}", f"call only {', '.join(sorted(FUNCTIONS))}"


def _called(call: Any, exp: Any) -> str | None:
    """The name of the function as PostgreSQL knows it; None for operators and forms that sqlglot keeps as functions."""
    forms = (exp.And, exp.Or, exp.Xor, exp.Not, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.Array, exp.Exists)
    if isinstance(call, (*forms, exp.JSONExtract, exp.JSONExtractScalar, exp.JSONBExtract, exp.JSONBExtractScalar)):
        return None
    if isinstance(call, exp.Anonymous):
        return str(call.this).lower()
    return str(call.sql(dialect="postgres")).partition("(")[0].strip().lower()


def _line(node: Any) -> int:
    for each in node.walk():
        if line := each.meta.get("line"):
            return int(line)
    return 1
