# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Draws of whom to visit and who goes: what was committed to, what was drawn, and how anybody repeats it.

Source: docs/topics/draws.md, "What is published".
"""

from __future__ import annotations

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from bihuan.draws.catalogue import all_draws
from bihuan.draws.drawing import all_records, record_named
from bihuan.draws.pure.lists import recusals_of
from bihuan.draws.pure.record import DrawRecord, DrawRefused
from bihuan.faces.parts.language import say
from bihuan.faces.parts.world import world
from bihuan.loop.kernel.model import Text

MOST = 500
WORDS = {
    "title": Text("双随机抽取", "Random draws"),
    "lead": Text("先公布名单摘要，再用之后产生的公开随机数抽取；任何人都可以复算。", "The digest of all lists is public first; a public value of a later day draws. Anybody can repeat it."),
    "name": Text("抽取", "Draw"), "kind": Text("方案", "Declared as"), "day": Text("名单日期", "Lists as of"), "state": Text("状态", "State"),
    "committed": Text("已承诺，待抽取", "Committed to, not drawn yet"), "drawn": Text("已抽取", "Drawn"), "blocked": Text("无法派齐，未生效", "Cannot be staffed; nothing was written"),
    "commitment": Text("承诺", "Commitment"), "lists": Text("名单摘要", "Digest of the lists"), "source": Text("公开随机数来源", "Which public value decides"),
    "entropy": Text("公开随机数", "Public values"), "seed": Text("种子", "Seed"), "basis": Text("依据", "Basis"),
    "strata": Text("分层比例", "Strata"), "stratum": Text("层", "Stratum"), "listed": Text("对象数", "Listed"), "share": Text("比例（‰）", "Share in ‰"), "count": Text("抽中", "Drawn"),
    "going": Text("派员", "Who goes"), "object": Text("对象", "Object"), "department": Text("部门", "Department"), "lead_person": Text("主检", "Lead"), "second": Text("协检", "Second"),
    "recusals": Text("回避", "Recused"), "recusal_count": Text("因利害关系（含集团内其他企业）不得前往的人次", "Inspectors who may not go to a drawn object, because of an interest in its firm or in another of its group"),
    "later": Text("抽取后回避", "Recused after the draw"), "reason": Text("理由", "Reason"), "again": Text("重新派员", "Assigned anew"), "inspector": Text("人员", "Inspector"),
    "blocking": Text("不能同时派齐的任务", "What cannot be served together"),
    "repeat": Text("自行复算", "Repeat it"), "repeat_how": Text("下载公开记录，用下面的命令复算；不需要本系统的服务器，结果不符时会指出第一处。", "Download the public record and repeat it with the command below. It needs no server of ours and names the first part that does not follow."),
    "record": Text("下载公开记录（JSON）", "Download the public record (JSON)"), "most": Text("仅列前 500 行，全部见公开记录。", "The first 500 rows; all of them stand in the public record."),
}  # fmt: skip


def catalogue(request: HttpRequest) -> HttpResponse:
    """Every draw that was committed to, the newest first. Source: docs/topics/draws.md, "What is published"."""
    world(request)
    records = sorted((record_named(name) for name in all_records()), key=lambda r: (r.day, r.name), reverse=True)
    rows = [(each.name, _kind(each), each.day, *_state(each)) for each in records]
    return render(request, "faces/public/draws.html", {"rows": rows, "words": _words()})


def one(request: HttpRequest, name: str) -> HttpResponse:
    """One draw: commitment, public values, strata, who goes, who was recused later.

    Raises:
        Http404: there is none of that name.

    Source: docs/topics/draws.md, "What is published"
    """
    record, names = _record(request, name), world(request).names
    chosen = {each for drawn in record.drawn.values() for each in drawn}
    strata = [
        (stratum, len(listed), record.lists.per_mille.get(stratum, 0), len(record.drawn.get(stratum, ())))
        for stratum, listed in record.lists.strata().items()
    ]
    people: dict[tuple[str, str], dict[str, str]] = {}
    for seat in record.now_going():
        people.setdefault((seat.object, seat.department), {})[seat.role] = seat.inspector
    going = [(slot[0], names.unit(slot[1]), two["lead"], two["second"]) for slot, two in sorted(people.items())]
    context = {
        "words": _words(), "record": record, "kind": _kind(record), "strata": strata, "going": going[:MOST],
        "more": len(going) > MOST, "recusals": len(recusals_of(record.lists, chosen)), "state": _state(record),
        "lists": record.lists.digest(), "source": record.definition["entropy_source"], "basis": _basis(record),
        "later": [(each.inspector, each.reason, len(each.slots)) for each in record.recused],
    }  # fmt: skip
    return render(request, "faces/public/draw.html", context)


def record(request: HttpRequest, name: str) -> HttpResponse:
    """The public record, from which anybody repeats the draw.

    Raises:
        Http404: there is none of that name.

    Source: docs/topics/draws.md, "Anybody repeats it"
    """
    found = _record(request, name)
    answer = HttpResponse(msgspec.json.encode(found), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="draw-{found.name}.json"'
    return answer


def _record(request: HttpRequest, name: str) -> DrawRecord:
    world(request)
    try:
        return record_named(name)
    except (DrawRefused, ValueError):
        raise Http404(_("There is nothing of that name.")) from None


def _state(record: DrawRecord) -> tuple[str, str]:
    """Its state in words, and their colour."""
    if not record.entropy:
        return say(WORDS["committed"]), "warn"
    return (say(WORDS["drawn"]), "ok") if record.feasible else (say(WORDS["blocked"]), "bad")


def _kind(record: DrawRecord) -> str:
    known = all_draws().get(record.draw)
    return say(known.file.name) if known else record.draw


def _basis(record: DrawRecord) -> str:
    known = all_draws().get(record.draw)
    return known.file.basis if known else ""


def _words() -> dict[str, str]:
    return {name: say(text) for name, text in WORDS.items()}
