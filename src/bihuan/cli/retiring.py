"""`bihuan programme list|retire|resume`: which programmes take new cases, and since when one does not."""

from __future__ import annotations

import datetime as dt
import getpass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.loop.kernel.programme import Programme

Key = Annotated[str, typer.Argument(help="A programme's id. 事项编号")]
Reason = Annotated[str, typer.Option("--reason", help="Public reason, without personal words 公开理由，勿写个人信息")]


def add_to(app: typer.Typer) -> None:
    """Add these commands to the group of programmes."""
    for name, command in (("list", list_), ("retire", retire), ("resume", resume)):
        app.command(name)(command)


def list_(as_json: JsonOption = False) -> None:
    """Every programme, its edition, its cases, and since when it takes no new ones. 事项清单

    See docs/topics/operations.md, "Upgrade".
    """
    known = _known()
    from django.db.models import Count, Q

    from bihuan.loop.models import CaseRow
    from bihuan.loop.retiring import retirements

    district, today = _district()
    retired = retirements(district)
    counted = {
        row["programme"]: row
        for row in CaseRow.objects.values("programme").annotate(
            all=Count("id"), open=Count("id", filter=Q(ended_at__isnull=True))
        )
    }
    rows: list[dict[str, Any]] = []
    for key in sorted(known.keys() | counted.keys() | retired.keys()):
        programme, counts, ended = known.get(key), counted.get(key, {"all": 0, "open": 0}), retired.get(key)
        rows.append({
            "id": key, "name": programme.name.model_dump() if programme else None,
            "edition": programme.edition if programme else None, "cases": counts["all"], "open": counts["open"],
            "retired": ended and {"since": ended.since.isoformat(), "reason": ended.reason, "by": ended.by},
            "takes_new_cases": programme is not None and (ended is None or ended.since > today),
        })  # fmt: skip
    finish({"ok": True, "programmes": rows}, as_json=as_json, text="\n".join(map(_line, rows)))


def retire(
    key: Key,
    reason: Reason,
    since: Annotated[
        str | None, typer.Option("--from", help="First day without new cases; default today 起始日，默认今天")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Take no new cases of a programme from a day on; open ones go on to their end. 停止受理新件

    See docs/topics/operations.md, "Upgrade".
    """
    programme = declared(key)
    from bihuan.loop import retiring
    from bihuan.loop.models import CaseRow

    district, today = _district()
    found = retiring.retire(programme.id, district, _day(since) if since else today, today, reason, _by(), _now())
    going_on = CaseRow.objects.filter(programme=key, ended_at__isnull=True).count()
    result = {"ok": True, "programme": key, "since": found.since.isoformat(), "reason": found.reason, "open": going_on}
    finish(
        result,
        as_json=as_json,
        text=f"{key}：自 {found.since} 起停止受理新件，{going_on} 件未结案件继续办理 · "
        f"no new cases from {found.since}; {going_on} open ones go on. `bihuan programme resume {key}`",
    )


def resume(key: Key, reason: Reason, as_json: JsonOption = False) -> None:
    """Take new cases of a retired programme again. 恢复受理

    See docs/topics/operations.md, "Upgrade".
    """
    programme = declared(key)
    from bihuan.loop import retiring

    district, today = _district()
    retiring.resume(programme.id, district, today, reason, _by(), _now())
    finish({"ok": True, "programme": key}, as_json=as_json, text=f"{key}：恢复受理 · takes new cases again")


def retired_today(key: str) -> bool:
    """Whether a programme takes no new cases now; nothing is retired before a district is loaded."""
    from bihuan.loop.store import current_facts
    from bihuan.registers.pure.errors import RegisterError

    try:
        return current_facts().retired(key, _now()) is not None
    except RegisterError:
        return False


def declared(key: str) -> Programme:
    """A programme of the catalogue, with the database ready; older editions are read from there.

    Raises:
        Failure: there is none of that id.
    """
    known = _known()
    if key not in known:
        fail(f"no programme {key!r}", f"use one of: {', '.join(sorted(known))}")
    return known[key]


def _known() -> dict[str, Programme]:
    start_django()
    from bihuan.declare.problems import DeclarationError
    from bihuan.loop.programmes import all_programmes

    try:
        return dict(all_programmes())
    except DeclarationError as error:
        fail(str(error), "correct the declaration, then check it with `bihuan programme check`")


def _line(row: dict[str, Any]) -> str:
    name = f"{row['name']['zh']} · {row['name']['en']}" if row["name"] else "（已无声明 · no longer declared）"
    said = f"{row['id']:24} {row['edition'] or '–':10} {row['open']:>6}/{row['cases']:<7} {name}"
    if row["retired"]:
        since, reason = row["retired"]["since"], row["retired"]["reason"]
        said += f"\n{'':24} 自 {since} 起停止受理新件：{reason} · no new cases from {since}"
    return said


def _district() -> tuple[str, dt.date]:
    """The district's code and its day."""
    from bihuan.loop.store import current_facts

    registers = current_facts().registers
    return registers.district.code, registers.calendar.local_date(_now())


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return fail(f"{text!r} is not a day", "write it as YYYY-MM-DD, for example 2027-01-01")


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def _by() -> str:
    return f"cli:{getpass.getuser()}"
