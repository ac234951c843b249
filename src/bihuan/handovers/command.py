"""`bihuan handover`: what is declared, what is matched and open, the book brought up to date, EPCIS out."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, finish

app = typer.Typer(no_args_is_help=True, help="Handovers: list, show, post, export · 交接")
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="A handover 交接")]
AtOption = Annotated[str, typer.Option("--at", help="The instant; default now 时刻")]
MOST = 200


@app.command("list")
def list_handovers(as_json: JsonOption = False) -> None:
    """List the handovers that are declared, and files that are set aside. 交接列表"""
    start_django()
    from bihuan.handovers.catalogue import known_handovers

    known = known_handovers()
    found = [
        {"handover": name, "programme": each.programme, "zh": each.declared.name.zh, "en": each.declared.name.en,
         "given": each.declared.given.subject, "received": each.declared.received.subject,
         "within": each.declared.within}
        for name, each in sorted(known.found.items())
    ]  # fmt: skip
    aside = [problem.as_dict() for problem in known.problems]
    text = "\n".join(f"{each['handover']:<20} {each['zh']} · {each['en']}" for each in found) or "none is declared"
    finish({"ok": not aside, "handovers": found, "aside": aside}, as_json=as_json, text=text)


@app.command("show")
def show(
    name: NameArgument,
    at: AtOption = "",
    group: Annotated[str, typer.Option("--group", help="Only of this group 只看")] = "",
    as_json: JsonOption = False,
) -> None:
    """Count what is matched, on its way and wrong; name what is open. 交接情况"""
    found, district, moment = _begin(name, at)
    from bihuan.handovers.facts import ending, plain, told_of
    from bihuan.handovers.reading import ask_handover

    answer = ask_handover(found, district, moment)
    acts = [each for each in answer.acts if not group or each.given.group == group]
    tail = ending(found)
    told: dict[str, Any] = {
        "ok": True, "handover": name, "at": moment.isoformat(), "acts": len(acts), **told_of(acts, None, ending(found)),
        "states": dict(sorted(Counter(flag for each in acts for flag in (each.flags or (each.state,))).items())),
        "left": dict(sorted(Counter(each.flag for each in answer.left).items())),
        "scales": [{"side": each.side, "place": each.place, "percent": str(round(float(each.share) * 100, 2)),
                    "pairs": each.pairs} for each in answer.scales],
        "rows": [
            {"number": each.given.number, "ticket": each.received.key if each.received else None, "state": each.state,
             f"out{tail}": plain(each.given.weighed.net),
             f"in{tail}": plain(each.received.weighed.net) if each.received else None,
             f"tolerance{tail}": None if each.tolerance is None else str(each.tolerance)}
            for each in acts if each.open
        ][:MOST],
    }  # fmt: skip
    text = f"{told['acts']} acts  {told['states']}  left over: {told['left']}  scales: {told['scales']}\n" + "\n".join(
        f"{row['number']:<16} {row['state']:<24} {row[f'out{tail}']} → {row[f'in{tail}'] or '-'}"
        f" (±{row[f'tolerance{tail}']})"
        for row in told["rows"]
    )
    finish(told, as_json=as_json, text=text.rstrip())


@app.command("post")
def post(name: NameArgument, at: AtOption = "", as_json: JsonOption = False) -> None:
    """Bring the book of a handover up to what the registers say. 入账"""
    found, district, moment = _begin(name, at)
    from bihuan.handovers.posting import post_handover
    from bihuan.registers.isolation import in_district

    with in_district(district):
        done = post_handover(found, district, moment)
    told = {"ok": not done.refused, "posted": done.posted, "reversed": done.reversed,
            "refused": [list(each) for each in done.refused[:MOST]]}  # fmt: skip
    text = f"{done.posted} posted, {done.reversed} reversed, {len(done.refused)} refused"
    finish(told, as_json=as_json, text=text)


@app.command("export")
def export(
    name: NameArgument,
    out: Annotated[Path, typer.Option("--out", help="File to write 输出文件")],
    at: AtOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write shipping and receiving events as an EPCIS 2.0 document (JSON-LD). 导出EPCIS"""
    found, district, moment = _begin(name, at)
    from bihuan.handovers.pure.epcis import UOMS, epcis_document
    from bihuan.handovers.reading import ask_handover

    unit = found.declared.counted.unit if found.declared.counted else "kg"
    if unit not in UOMS:
        reason = f"{name} counts {unit}; EPCIS tells of things: {', '.join(UOMS)}"
        finish({"ok": False, "reason": reason}, as_json=as_json, text=reason)
    document = epcis_document(name, ask_handover(found, district, moment), moment, unit)
    out.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    events = len(document["epcisBody"]["eventList"])
    finish({"ok": True, "events": events, "out": str(out)}, as_json=as_json, text=f"{events} events in {out}")


@app.command("receipts")
def receipts(
    name: NameArgument,
    out: Annotated[Path, typer.Option("--out", help="File to write 输出文件")],
    at: AtOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write what arrived as receiving records (JSON), each with what is missing from it. 导出接收记录"""
    found, district, moment = _begin(name, at)
    from bihuan.handovers.pure.receipts import receiving_records
    from bihuan.handovers.reading import ask_handover, ask_receipts

    rule = found.declared.receipts
    if rule is None:
        reason = f"{name} 未声明接收记录 · {name} declares no `receipts`"
        finish({"ok": False, "reason": reason}, as_json=as_json, text=reason)
        return
    facts = ask_receipts(found, rule, district, moment)
    records = receiving_records(ask_handover(found, district, moment), facts)
    out.write_text(json.dumps(records, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    gaps = sum(bool(each["missing"]) for each in records)
    told = {"ok": True, "records": len(records), "with_gaps": gaps, "out": str(out)}
    finish(told, as_json=as_json, text=f"{len(records)} records in {out}, {gaps} with gaps")


def _begin(name: str, at: str) -> tuple[Any, str, datetime]:
    start_django()
    from django.utils import timezone

    from bihuan.handovers.catalogue import handover_named
    from bihuan.registers.live import current_registers, default_district

    district = default_district()
    moment = datetime.fromisoformat(at) if at else timezone.now()
    zone = current_registers(district).calendar.zone
    return handover_named(name), district, (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(zone)
