# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""What pages of letters share: their words, and a letter as it was sent, to be shown inside a page."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpResponse
from django.utils.safestring import SafeString, mark_safe

from bihuan.documents.letters.catalogue import all_letters
from bihuan.documents.letters.models import LetterRow
from bihuan.documents.letters.reading import explained, file_of
from bihuan.documents.letters.rendering.files import MEDIA_TYPES
from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text

WORDS = {
    "title": Text("函件", "Letters"),
    "lead": Text("每份函件写明事实、依据、决定、救济和截止日；数字摘要载入公开日志。", "Each states facts, basis, decision, remedy and last day; its digests stand in the public log."),
    "number": Text("编号", "Number"),
    "name": Text("名称", "Letter"),
    "dated": Text("日期", "Day"),
    "until": Text("救济截止", "Remedy until"),
    "state": Text("送达", "Delivery"),
    "why": Text("为何收到此函", "Why did I get this"),
    "why_lead": Text("函件中的每个事实及其来源：", "Every fact of the letter, and where it came from:"),
    "fact": Text("事实", "Fact"),
    "value": Text("内容", "Says"),
    "source": Text("来源", "Source"),
    "basis": Text("依据", "Basis"),
    "verified": Text("已与原文核对", "compared with the original"),
    "unverified": Text("未与原文核对", "not yet compared with the original"),
    "remedies": Text("截止日如何算出", "How the last day was worked out"),
    "deliveries": Text("送达记录", "What was sent when"),
    "way": Text("方式", "Way"),
    "at": Text("时间", "When"),
    "files": Text("文件与摘要", "Files and digests"),
    "digest": Text("SHA-256（载入公开日志）", "SHA-256 (stated in the public log)"),
    "erased": Text("内容已依申请删除，编号与摘要保留。", "The contents were erased on request; number and digests stay."),
    "read": Text("阅读函件", "Read a letter"),
    "code": Text("核验码", "Check code"),
    "code_hint": Text("印在函件末尾，也在通知邮件中。", "At the end of the letter, and in the mail that announced it."),
    "show": Text("查看", "Show"),
    "wrong": Text("编号与核验码不符，请核对后重试。", "Number and check code do not belong together. Check both."),
    "slower": Text("尝试过于频繁，请稍候。", "Too many tries; please wait a little."),
    "none": Text("没有函件。", "There are no letters."),
    "next": Text("下一页", "Next page"),
    "post_list": Text("领取邮寄清单", "Take the post list"),
    "record": Text("登记送达情况", "Record a delivery"),
    "case": Text("案件", "Case"),
    "your_letters": Text("给您的函件", "Letters to you"),
    "preview": Text("函件正文", "The letter"),
    "hidden": Text("收件人已隐去；打开原件须有查看身份的权限，并留痕。", "The addressee is left out; opening the file needs the right to see identities and is on record."),
    "from": Text("自", "From"),
    "amount": Text("期限", "Term"),
    "moved": Text("因休息日顺延（日）", "Moved over days off"),
}  # fmt: skip
STATUSES = {
    "sent": Text("已发出", "sent"), "failed": Text("未发出，将再试", "not taken, tried again"),
    "gave_up": Text("多次未能发出", "given up"), "no_address": Text("没有地址", "no address"),
    "served": Text("已送达", "served"), "exported": Text("已交寄", "handed to the post"),
    "bounced": Text("退信", "bounced"), "returned": Text("邮件退回", "returned"),
}  # fmt: skip
WAYS = {
    "page": Text("网页", "page"), "mail": Text("电子邮件", "mail"), "post": Text("邮寄", "post"),
    "webhook": Text("系统推送", "webhook"),
}  # fmt: skip
UNITS = {
    "days": Text("日", "days"), "working_days": Text("个工作日", "working days"), "months": Text("个月", "months"),
    "years": Text("年", "years"),
}  # fmt: skip
_MAIN = re.compile(r"<main>(.*)</main>", re.DOTALL)
_ADDRESSEE = re.compile(r'<p class="addressee">.*?</p>\n?', re.DOTALL)


def letter_words() -> dict[str, str]:
    """The words of pages of letters in the reader's language."""
    return {name: say(text) for name, text in WORDS.items()}


def letter_name(row: LetterRow) -> str:
    """What a letter is called."""
    declared = all_letters().get(row.letter)
    return say(declared.letter.name) if declared else row.letter


def sent_body(row: LetterRow, *, hide: bool) -> SafeString | None:
    """Return the letter as it was sent, to stand in a page; our own rendering escaped it when it was written.

    Args:
        hide: Leave the addressee out.

    Source: docs/adr/0274-letters.md (what was sent is kept).
    """
    content = file_of(row, f"{language()}.html")
    found = _MAIN.search(content.decode()) if content else None
    if found is None:
        return None
    return mark_safe(_ADDRESSEE.sub("", found[1]) if hide else found[1])  # noqa: S308 - escaped by `rendering.page`


def letter_context(row: LetterRow, here: World, *, hide: bool) -> dict[str, Any]:
    """Return what a page of one letter shows: body, facts with sources, basis, terms, digests.

    Source: docs/topics/letters.md, "Why did I get this".
    """
    spoken = language()
    return {
        "words": letter_words(), "row": row, "name": letter_name(row),
        "number": row.number.get(spoken) or row.number["zh"], "body": sent_body(row, hide=hide),
        "facts": explained(row, spoken, here.registers.calendar),
        "basis": [(each["text"][spoken], each.get("citation", ""), bool(each.get("verified"))) for each in row.basis],
        "terms": [
            (each["until"], each["from"], f"{each['amount']} {say(UNITS[each['unit']])}", each.get("moved_days", 0),
             each.get("citation", ""))
            for each in row.remedies.values()
        ],
        "files": sorted(row.files.items()),
    }  # fmt: skip


def file_response(row: LetterRow, name: str) -> HttpResponse | None:
    """Return a file as it was sent; None when there is none. A page among them runs nothing.

    Source: docs/adr/0220 (what is served is what it says it is).
    """
    content = file_of(row, name) if name in row.files else None
    if content is None:
        return None
    form = name.rpartition(".")[2]
    answer = HttpResponse(content, content_type=MEDIA_TYPES[form])
    answer["Content-Disposition"] = f'{"inline" if form == "pdf" else "attachment"}; filename="{row.letter}-{name}"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer
