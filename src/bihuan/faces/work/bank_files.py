# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""A bank's file that a person hands in: camt.053 or CSV, reconciled and kept, or refused with every line and its remedy.

Source: docs/adr/0316-kept-reconciliations.md; docs/topics/books.md, "Ask".
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import get_language

from bihuan.books.catalogue import DeclaredBook
from bihuan.books.kept_reconciling import keep_reconciliation
from bihuan.faces.parts.language import say
from bihuan.faces.parts.world import World
from bihuan.faults import Fault
from bihuan.loop.kernel.model import Text
from bihuan.readers import Rejects
from bihuan.registers.isolation import in_district

MOST_BYTES = 25_000_000
KINDS = (".xml", ".csv")
MOST_TOLD = 100
WORDS = {
    "hand_in": Text("提交银行对账文件", "Hand in a bank's file"),
    "hand_in_lead": Text(
        "camt.053（XML）或 CSV（列：id、day、amount、reference）。同一文件再次提交不重复对账。",
        "camt.053 (XML), or CSV with the columns id, day, amount, reference. A file handed in twice is reconciled once.",
    ),
    "of_account": Text("科目", "Account"),
    "until": Text("对账截止日", "Reconciled at the end of"),
    "bank_file": Text("文件", "File"),
    "send": Text("对账", "Reconcile"),
    "refused": Text("未对账，请按下列说明更正后重新提交。", "Nothing was reconciled. Correct what is said below and send it again."),
    "no_file": Text("请选择文件", "Choose a file"),
    "no_kind": Text(
        "只接受 .xml（camt.053）或 .csv；请向银行索取其中一种。", "Only .xml (camt.053) or .csv is taken: ask the bank for one of them."
    ),
    "too_large": Text("文件大于25 MB；请按月分别提交。", "The file is larger than 25 MB: hand in one for each month."),
    "no_account": Text("请选择科目和截止日", "Choose an account and a day"),
    "row": Text("行", "Row"), "column": Text("列", "Column"), "wrong": Text("问题", "What is wrong"),
    "remedy": Text("更正方法", "Remedy"),
}  # fmt: skip


@dataclass
class HandedIn:
    """What became of a file: the reconciliation that was kept, or why not, line by line."""

    kept: UUID | None = None
    refused: str = ""
    rejects: list[dict[str, Any]] = field(default_factory=list)


def accounts_of(declared: DeclaredBook) -> list[tuple[str, str]]:
    """Return the accounts that a bank may mirror: those that stand for one thing alone, traced ones first.

    Source: docs/topics/books.md, "Ask".
    """
    plain = [
        (not each.traced, name, say(each.name)) for name, each in declared.book.accounts.items() if not each.subject
    ]
    return [(name, told) for _, name, told in sorted(plain)]


def take_bank_file(request: HttpRequest, here: World, declared: DeclaredBook) -> HandedIn:
    """Reconcile what was handed in; all or nothing.

    Source: docs/adr/0316-kept-reconciliations.md.
    """
    upload, account = request.FILES.get("file"), request.POST.get("account", "")
    try:
        at = date.fromisoformat(request.POST.get("at", ""))
    except ValueError:
        return _no("no_account")
    if account not in dict(accounts_of(declared)):
        return _no("no_account")
    if upload is None:
        return _no("no_file")
    suffix = Path(upload.name or "").suffix.lower()
    if suffix not in KINDS:
        return _no("no_kind")
    if (upload.size or 0) > MOST_BYTES:
        return _no("too_large")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"bank{suffix}"
        _write(path, upload)
        return _reconciled(here, declared, account, path, at)


def _write(path: Path, upload: UploadedFile[Any]) -> None:
    with path.open("wb") as out:
        out.writelines(upload.chunks())


def _reconciled(here: World, declared: DeclaredBook, account: str, path: Path, at: date) -> HandedIn:
    try:
        with in_district(here.registers.district.code):
            with Rejects(path.with_suffix(".jsonl"), "en" if get_language() == "en" else "zh") as rejects:
                kept = keep_reconciliation(declared.book, account, path, at, here.actor.id, rejects=rejects)
            if rejects.count:
                raise _Rejected
    except _Rejected:
        return HandedIn(refused=say(WORDS["refused"]), rejects=_told(path.with_suffix(".jsonl")))
    except Fault as fault:
        return HandedIn(refused=f"{fault.message} · {fault.remedy}")
    return HandedIn(kept.row.pk)


class _Rejected(Exception):
    """Undoes a reconciliation of a file with wrong lines: by page a file counts whole or not at all."""


def _told(rejects: Path) -> list[dict[str, Any]]:
    with rejects.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in islice(lines, MOST_TOLD)]


def _no(word: str) -> HandedIn:
    return HandedIn(refused=say(WORDS[word]))
