# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Sealed boxes: how many took part while one is open, the count line by line afterwards, and how anybody recounts.

Source: docs/topics/boxes.md, "Pages".
"""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from bihuan.boxes.catalogue import DeclaredBox, UnknownBox, all_boxes, box_named
from bihuan.boxes.codes import holds_receipt
from bihuan.boxes.opening import lots_of, opened
from bihuan.boxes.pure.record import BoxRecord, BoxRefused, sheet_of_record
from bihuan.boxes.putting import lot_of, participation, span_of
from bihuan.declare.model import Name
from bihuan.faces.parts.language import say
from bihuan.faces.parts.world import World, world
from bihuan.loop.kernel.model import Text
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.revising import may_edit

MOST = 300
WORDS = {
    "title": Text("密封表决", "Sealed votes"),
    "lead": Text("截止前任何人都看不到内容，只公布参与情况；截止后逐张公开，任何人都可以复算。", "Until the close nobody sees what was put in; only how many took part is told. Afterwards every envelope is public, and anybody can recount."),
    "number": Text("编号", "Number"), "about": Text("事项", "About"), "box": Text("密封箱", "Box"), "closes": Text("截止", "Closes"), "state": Text("状态", "State"),
    "sealed": Text("密封中", "Sealed"), "waiting": Text("已截止，待开启", "Closed, not opened yet"), "early": Text("未开始", "Not open yet"), "opened": Text("已开启", "Opened"),
    "basis": Text("依据", "Basis"), "span": Text("起止", "From and to"), "live": Text("参与情况", "Who took part"), "heads": Text("参与人数", "Heads"),
    "weight": Text("参与权重", "Weight"), "missing": Text("还差", "Missing"), "enough": Text("已达到法定参与比例", "Enough take part"),
    "no_tendency": Text("开启前不公布任何意见倾向。", "No tendency is told before the opening."), "counted": Text("计票", "The count"), "row": Text("项目", "Line"), "value": Text("数值", "Figure"),
    "envelopes": Text("逐张清单", "Every envelope"), "voter": Text("代码", "Code"), "channel": Text("渠道", "Channel"), "put": Text("投入", "Put in"), "receipt": Text("回执", "Receipt"), "aside": Text("不计入原因", "Why it does not count"),
    "repeat": Text("自行复算", "Recount it"), "repeat_how": Text("下载公开记录，用下面的命令复算；不需要本系统的服务器。您的回执应当在清单中。", "Download the public record and recount it with the command below, without any server of ours. Your receipt must stand in the list."),
    "sheet": Text("逐行对照", "Held against the law, line by line"), "have": Text("实际", "There is"), "of": Text("基数", "Of"), "bar": Text("须达到", "Asked for"), "met": Text("是否达到", "Reached"),
    "at_least": Text("不少于 {share}，即 {bar}", "at least {share}, that is {bar}"), "more_than": Text("超过 {share}，即多于 {bar}", "more than {share}, that is above {bar}"), "yes": Text("达到", "Yes"), "no": Text("未达到", "No"),
    "vote": Text("凭投票码网上投票", "Vote online with your code"), "codes": Text("生成并下载投票码", "Make and download voting codes"), "codes_note": Text("每名业主一码，只在此文件中出现；重新生成后旧码失效，次数记入日志。", "One code for each owner, in this file alone; made again, the earlier ones no longer open. How often is stated in the log."),
    "mine": Text("核对我的回执", "Look for my receipt"), "mine_label": Text("回执（64 位）", "Receipt (64 digits)"), "look": Text("查找", "Look"), "stands": Text("在清单中：{number}", "It stands in the list: {number}"), "kept": Text("在密封箱中，截止后列入清单。", "It is in the box, and will be in the list after the close."), "absent": Text("没有这张回执。请核对；确为本系统发出的，请向审计页反映。", "There is no such receipt. Compare it; if this system gave it to you, report it on the audit page."),
    "record": Text("下载公开记录（JSON）", "Download the public record (JSON)"), "root": Text("清单的根", "Root over all envelopes"), "most": Text("仅列前 300 张，全部见公开记录。", "The first 300; all of them stand in the public record."),
}  # fmt: skip


def catalogue(request: HttpRequest) -> HttpResponse:
    """Every lot of every box, the last to close first. Source: docs/topics/boxes.md, "Pages"."""
    here = world(request)
    rows = []
    for name, box in all_boxes().items():
        for held in lots_of(box, here.now):
            title = str(held.values.get(box.file.lot.title) or held.key)
            closes = str(held.values.get(box.file.lot.closes) or "")
            state, colour = _state(here, box, held)
            rows.append((closes, name, held.key, title, say(box.file.name), say(WORDS[state]), colour))
    rows.sort(reverse=True)
    return render(request, "faces/public/boxes.html", {"rows": rows[:MOST], "words": _words()})


def one(request: HttpRequest, box: str, lot: str) -> HttpResponse:
    """One lot: participation while it is open, the count and every envelope afterwards.

    Raises:
        Http404: there is none of that name.

    Source: docs/topics/boxes.md, "Pages".
    """
    here, declared = world(request), _box(box)
    try:
        held = lot_of(declared, lot, here.now)
    except BoxRefused:
        raise Http404(_("There is nothing of that name.")) from None
    live, span, record = participation(declared, lot, here.now), span_of(declared, held), opened(declared, lot)
    state, colour = _state(here, declared, held)
    quorum = declared.file.quorum
    context: dict[str, Any] = {
        "words": _words(), "box": declared.file, "name": say(declared.file.name), "about": say(declared.file.about),
        "lot": lot, "title": str(held.values.get(declared.file.lot.title) or lot),
        "state": (say(WORDS[state]), colour), "live": live, "unit": say(declared.file.unit) if declared.file.unit else "",
        "span": [each.isoformat() for each in span] if span else [], "record": record,
        "missing": live.missing(quorum.of) if quorum else None, "quorum": quorum,
        "share": 100 * live.heads_in // live.heads if live.heads else 0, "open": state == "sealed",
        "may_issue": bool(declared.file.online) and state in ("early", "sealed") and here.staff
        and may_edit(subject_type(declared.file.lot.subject), here.actor.roles),
    }  # fmt: skip
    context |= _receipt(request.GET.get("receipt", "").strip().lower()[:64], box, lot, record)
    if record is not None:
        context |= _told(declared, record)
    return render(request, "faces/public/box.html", context)


def record(request: HttpRequest, box: str, lot: str) -> HttpResponse:
    """The public record of an opened lot, from which anybody recounts.

    Raises:
        Http404: there is none, or it is still sealed.

    Source: docs/topics/boxes.md, "Anybody recounts".
    """
    world(request)
    found = opened(_box(box), lot)
    if found is None:
        raise Http404(_("There is nothing of that name."))
    answer = HttpResponse(msgspec.json.encode(found), content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="box-record.json"'
    return answer


def _receipt(digest: str, box: str, lot: str, record: BoxRecord | None) -> dict[str, str]:
    """Whether a receipt that somebody holds stands in the list, or is still in the box."""
    if not digest:
        return {"receipt": "", "receipt_told": "", "receipt_state": ""}
    number = next((each.number for each in record.envelopes if each.digest == digest), "") if record else ""
    found = "stands" if number else "kept" if record is None and holds_receipt(box, lot, digest) else "absent"
    told = say(WORDS[found]).format(number=number)
    return {"receipt": digest, "receipt_told": told, "receipt_state": "bad" if found == "absent" else "ok"}


def _box(name: str) -> DeclaredBox:
    try:
        return box_named(name)
    except UnknownBox:
        raise Http404(_("There is nothing of that name.")) from None


def _state(here: World, box: DeclaredBox, held: Any) -> tuple[str, str]:
    span = span_of(box, held)
    if span is None or here.now < span[0]:
        return "early", ""
    if here.now < span[1]:
        return "sealed", "warn"
    return ("opened", "ok") if opened(box, held.key) is not None else ("waiting", "warn")


def _told(box: DeclaredBox, record: BoxRecord) -> dict[str, Any]:
    """The answer of the count with the names of its columns, and the envelopes with their words."""
    from bihuan.methods.declared.finding import method_named

    lines = []
    for column in method_named(record.method).output:
        value = record.counted.get(column.name, "")
        words: Name | Any = dict(column.choices).get(value)
        lines.append((say(column.label), say(words) if words is not None else value))
    reasons = {bar.id: say(bar.reason) for bar in box.file.barred}
    rows = []
    for each in record.envelopes[:MOST]:
        values = [say(box.file.values[name].choices[each.values[name]]) for name in box.file.values]
        channel = box.file.channels.get(each.channel)
        rows.append((
            each.number, each.voter, values, say(channel) if channel else each.channel, each.put_at[:16].replace("T", " "),
            each.digest[:16], reasons.get(each.aside, each.aside),
        ))  # fmt: skip
    heads = [say(value.name) for value in box.file.values.values()]
    sheet = [
        (say(Text(each["zh"], each["en"])), each["have"], each["of"], each["met"],
         say(WORDS[each["rule"]]).format(share=each["share"], bar=each["bar"]))
        for each in sheet_of_record(record)
    ]  # fmt: skip
    return {"lines": lines, "sheet": sheet, "rows": rows, "heads": heads, "more": len(record.envelopes) > MOST}


def _words() -> dict[str, str]:
    return {name: say(text) for name, text in WORDS.items()}
