"""`bihuan letter send|show|post-list`: letters that stand in the database; the others are in `command`."""

from __future__ import annotations

import contextlib
import datetime as dt
from pathlib import Path
from typing import Annotated, Any

import typer

from bihuan.console.output import JsonOption, fail, finish
from bihuan.documents.letters.command import FactsFile, app, read_object, refusal, refusal_text

__all__ = ["app"]
Actor = Annotated[str, typer.Option("--actor", help="Who writes 经办")]


@app.command("send")
def send(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a letter 函件")],
    facts: FactsFile,
    key: Annotated[str, typer.Option("--key", help="Names the occasion; the same twice is one letter 事由编号")],
    actor: Actor = "cli:letters",
    as_json: JsonOption = False,
) -> None:
    """Write and send a letter by hand; FACTS.json as for `render`, its number is given here. 签发函件"""
    world, district = _world()
    from bihuan.documents.letters.addressing import LetterTo
    from bihuan.documents.letters.catalogue import letter_named
    from bihuan.documents.letters.gathering import LetterOccasion, gather_facts
    from bihuan.documents.letters.pure.composing import LetterRefused
    from bihuan.documents.letters.reading import described_row
    from bihuan.documents.letters.sending import write_letter
    from bihuan.loop.models import CaseRow
    from bihuan.registers.isolation import in_district

    declared, given = letter_named(name), read_object(facts)
    said = given.get("facts") if isinstance(given.get("facts"), dict) else given
    lines = given.get("addressee") if isinstance(given.get("addressee"), list) else [given.get("addressee")]
    named = tuple(str(line) for line in lines or () if line)
    contact = dict(zip(("name", "address"), named, strict=False)) | (
        {"email": str(given["email"])} if given.get("email") else {}
    )
    try:
        with in_district(district):
            case = CaseRow.objects.filter(number=str(given.get("case") or "")).first()
            occasion = LetterOccasion(f"hand:{key}", world.now, declared.programme, {}, case, actor)
            known = gather_facts(declared.letter, occasion, dict(said or {}), world)
            written = write_letter(declared, known, LetterTo(named or ("",), contact=contact), occasion, world)
            told = described_row(written.row)
    except LetterRefused as refused:
        finish(refusal(refused), as_json=as_json, text=refusal_text(refused))
        return
    finish({"ok": True, "fresh": written.fresh, **told}, as_json=as_json, text=told["number"]["zh"])


@app.command("show")
def show(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="Number of a letter, or its id 编号")],
    as_json: JsonOption = False,
) -> None:
    """Show a letter that stands: basis, remedies, digests, deliveries; nobody is named. 查看函件"""
    _, district = _world()
    from uuid import UUID

    from django.db.models import Q

    from bihuan.documents.letters.delivering import told_deliveries
    from bihuan.documents.letters.models import LetterRow
    from bihuan.documents.letters.reading import described_row
    from bihuan.registers.isolation import in_district

    asked = Q(number__zh=number) | Q(number__en=number)
    with contextlib.suppress(ValueError):
        asked |= Q(pk=UUID(number))
    with in_district(district):
        row = LetterRow.objects.filter(asked).first()
        told: dict[str, Any] = described_row(row) | {"deliveries": list(told_deliveries(row.id))} if row else {}
    if not told:
        fail(f"没有函件 · there is no letter {number}", "see the list on /letters/")
    lines = [f"{told['number']['zh']}  {told['letter']}  {told['dated']}  until {told['remedy_until'] or '-'}"]
    lines += [f"  {name}  {digest}" for name, digest in told["files"].items()]
    lines += [f"  {each['at']}  {each['way']}  {each['status']}" for each in told["deliveries"]]
    finish({"ok": True, **told}, as_json=as_json, text="\n".join(lines))


@app.command("post-list")
def post_list(
    out: Annotated[Path, typer.Argument(metavar="OUT.csv", help="number,dated,name,address 邮寄清单")],
    actor: Actor = "cli:letters",
    as_json: JsonOption = False,
) -> None:
    """Write the envelopes that wait, once; each is recorded as handed over, each name as opened. 邮寄清单"""
    world, _ = _world()
    from bihuan.documents.letters.delivering import take_post_list
    from bihuan.readers import CsvWriter

    lines = take_post_list(world, actor)
    with out.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = CsvWriter(stream, ["number", "dated", "name", "address"], "\r\n")
        for line in lines:
            writer.write([line.number, line.dated, line.name, line.address])
    out.chmod(0o600)
    finish({"ok": True, "letters": len(lines)}, as_json=as_json, text=f"{len(lines)} letters, {out}")


@app.command("deliver")
def deliver(as_json: JsonOption = False) -> None:
    """Write and send what is due now, as the worker does. 立即送达"""
    world, district = _world()
    from bihuan.documents.letters.delivering import deliver_due
    from bihuan.documents.letters.following import follow_events
    from bihuan.registers.isolation import in_district

    with in_district(district):
        passed = follow_events(world)
    finish({"ok": True, "events": passed, "tried": deliver_due(world)}, as_json=as_json, text=f"{passed} events")


def _world() -> tuple[Any, str]:
    from bihuan.console.bootstrap import start_django

    start_django()
    from bihuan.loop.store import current_facts

    world = current_facts(dt.datetime.now(dt.UTC))
    return world, world.registers.district.code
