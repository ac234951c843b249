"""Changing subjects by hand: somebody asks with a reason, what it would change is shown, a second person agrees.

A type says who may (`edit: {roles: …}`) and whether a second person must agree (`second_person`); without that, what is
asked for holds at once. What is asked for is sealed until it is decided and gone afterwards: then the versions say it,
each with the change, the reason and both persons. Source: docs/topics/subjects.md, "By hand"; DESIGN §14 (subject).
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from bihuan.declare.fieldtype import Words
from bihuan.registers.identity import sealer
from bihuan.registers.isolation import in_district
from bihuan.registers.live import current_registers
from bihuan.registers.pure.ids import new_id
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.loading import Here, load_file
from bihuan.subjects.models import Revision
from bihuan.subjects.pure.cells import CellReader, Rejected, Row, match_columns
from bihuan.subjects.pure.types import SubjectType
from bihuan.subjects.writing import Authorship, Written, end_subjects, write_rows

VALUES, END, FILE = "values", "end", "file"
APPLIED, REFUSED, WITHDRAWN = "applied", "refused", "withdrawn"
MOST_BYTES = 2 * 2**20
"""A file by page; larger ones are loaded by the command."""
MOST_ROWS = 5_000
SHORTEST = 2
"""Characters of a reason."""


class RevisionRefused(ValueError):
    """What cannot be asked for or decided: a code, what is wrong, what to do, and the fields at fault."""

    def __init__(self, code: str, what: Words, remedy: Words, rejects: Sequence[Rejected] = ()) -> None:
        super().__init__(what.en)
        self.code, self.what, self.remedy, self.rejects = code, what, remedy, tuple(rejects)


@dataclass(frozen=True)
class Wish:
    """Who asks for a change, why, and for which days.

    Args:
        district: Its code. actor: `user:…`. roles: The roles that the person holds. now: The moment.
        valid_from: From this day on. valid_to: Until before this day; None: until further notice.
    """

    district: str
    actor: str
    roles: Collection[str]
    reason: str
    now: datetime
    valid_from: date
    valid_to: date | None = None


def may_edit(kind: SubjectType, roles: Collection[str]) -> bool:
    """Return whether somebody with these roles may change subjects of a type by hand.

    Source: docs/topics/subjects.md, "By hand" (a type that names no role is not changed by hand).
    """
    return bool(set(kind.edit.roles) & set(roles))


def propose_values(kind: SubjectType, cells: Mapping[str, str], wish: Wish) -> Revision:
    """Ask for other values of a subject, or for a new one; with nothing to agree to, it holds at once.

    Args:
        kind: The type. cells: Field → text as people write it, the key among them; sealed fields are not taken here.

    Raises:
        RevisionRefused: not this person's, no reason, a wrong value, or nothing would change.

    Source: docs/topics/subjects.md, "By hand".
    """
    _allowed(kind, wish)
    given = {name: text for name, text in cells.items() if name in kind.open_fields}
    row = _row(kind, given, wish)
    looked = write_rows(kind, [row], _act(wish), wish.valid_from, apply=False)
    if not looked.versions:
        what = Words("与已登记内容相同，没有变化", "nothing would change: this is what is known")
        raise RevisionRefused("nothing_changes", what, Words("改动至少一个字段", "change at least one field"))
    return _kept(kind, VALUES, row.key, {"cells": given, **_told(looked)}, looked.counts, wish)


def propose_end(kind: SubjectType, key: str, wish: Wish) -> Revision:
    """Ask that a subject does not exist from `wish.valid_from` on.

    Raises:
        RevisionRefused: not this person's, no reason, or it does not exist on that day.

    Source: docs/topics/subjects.md, "By hand".
    """
    _allowed(kind, wish)
    if _base(wish.district, kind, key, wish.valid_from) is None:
        what = Words("该日没有这一对象", "there is no such subject on that day")
        raise RevisionRefused("no_such_subject", what, Words("核对编号与日期", "check the key and the day"))
    return _kept(kind, END, key, {}, {"ended": 1}, wish)


def propose_file(kind: SubjectType, name: str, body: bytes, wish: Wish, *, complete: bool = False) -> Revision:
    """Ask that a file is loaded; what it would do is counted first.

    Args:
        name: Of the file; its ending says how it is read. body: Its bytes.
        complete: Who is known on that day and not in the file has ended.

    Raises:
        RevisionRefused: not this person's, no reason, too large, or nothing of it can be taken.
        Fault: nothing can be read.

    Source: docs/topics/subjects.md, "By hand" and "Loading".
    """
    _allowed(kind, wish)
    if len(body) > MOST_BYTES:
        what = Words("文件超过 2 MB", "the file has more than 2 MB")
        remedy = Words("请用命令 bihuan register load 导入", "load it by the command bihuan register load")
        raise RevisionRefused("too_large", what, remedy)
    told = _load(kind, name, body, wish.actor, wish.valid_from, complete=complete, apply=False)
    if told["rows"] > MOST_ROWS:
        what = Words(f"超过 {MOST_ROWS} 行", f"more than {MOST_ROWS} rows")
        remedy = Words("请用命令 bihuan register load 导入", "load it by the command bihuan register load")
        raise RevisionRefused("too_many_rows", what, remedy)
    if not told["versions"]:
        what = Words("文件不会改变任何登记", "the file would change nothing")
        remedy = Words("核对列名与被退回的行", "check the columns and the rejected rows")
        raise RevisionRefused("nothing_changes", what, remedy, told["rejected_rows"])
    content = {
        "name": name, "file": base64.b64encode(body).decode(), "complete": complete,
        "differences": told["differences"], "rejects": told["rejects"],
    }  # fmt: skip
    counts = {each: told[each] for each in ("rows", "created", "changed", "ended", "unchanged", "rejected")}
    return _kept(kind, FILE, "", content, counts, wish)


def decide_revision(key: UUID, wish: Wish, *, agree: bool) -> Revision:
    """Agree to what was asked for, so that it holds, or not; the one who asked may only take it back.

    Args:
        key: Of the revision. wish: Who decides; `reason` is needed for a refusal. Its days are not read.

    Raises:
        RevisionRefused: decided already, not this person's, the same person, or what was known has changed since.

    Source: docs/topics/subjects.md, "By hand".
    """
    with in_district(wish.district):
        row = Revision.objects.select_for_update().filter(pk=key).first()
        if row is None or row.decision:
            what = Words("该申请不存在或已办结", "there is no such revision, or it is decided")
            raise RevisionRefused("decided", what, Words("刷新页面", "read the page again"))
        kind = subject_type(row.type)
        if not may_edit(kind, wish.roles):
            raise _not_yours()
        same = wish.actor == row.proposed_by
        if agree and same:
            what = Words("提出人不能自己同意", "whoever asked does not agree")
            raise RevisionRefused("same_person", what, Words("请另一人办理", "somebody else decides"))
        if agree:
            _apply(kind, row, wish.actor)
        elif not same and len(wish.reason.strip()) < SHORTEST:
            raise RevisionRefused("no_reason", *_NO_REASON)
        _decide(row, APPLIED if agree else WITHDRAWN if same else REFUSED, wish)
    return row


def content_of(row: Revision) -> dict[str, Any]:
    """Return what a revision asks for: `differences` and, of a file, `rejects`; empty once it is decided."""
    if row.content is None:
        return {}
    sealed = sealer().unseal_bytes(bytes(row.content), row.key_id, row.district_id, row.id)
    found: dict[str, Any] = msgspec.json.decode(sealed)
    return found


_NO_REASON = (Words("请写明理由", "a reason is needed"), Words("写明为何更改", "say why it changes"))


def _not_yours() -> RevisionRefused:
    what = Words("您的岗位不维护这一名册", "your role does not keep this register")
    return RevisionRefused("not_yours", what, Words("请名册维护岗位办理", "ask whoever keeps it"))


def _allowed(kind: SubjectType, wish: Wish) -> None:
    if not may_edit(kind, wish.roles):
        raise _not_yours()
    if len(wish.reason.strip()) < SHORTEST:
        raise RevisionRefused("no_reason", *_NO_REASON)


def _act(wish: Wish, agreed: str = "") -> Authorship:
    return Authorship(wish.district, wish.actor, "by hand", "edit", wish.reason.strip(), agreed=agreed)


def _row(kind: SubjectType, cells: Mapping[str, str], wish: Wish) -> Row:
    """What was written as a row, or every fault of it."""
    columns = match_columns(kind, [*cells])
    if columns.missing:
        what = Words("缺少编号", "the key is missing")
        raise RevisionRefused("no_key", what, Words("填写编号", "write the key"))
    reader = CellReader(kind, columns, Here(current_registers()))
    taken, rejected = reader.read([1], {name: [text] for name, text in cells.items()})
    if rejected:
        what = Words("有字段填写不符", "some fields are wrong")
        raise RevisionRefused("wrong_fields", what, Words("逐项改正", "mend each of them"), rejected)
    row = taken[0]._replace(valid_from=wish.valid_from, valid_to=wish.valid_to)
    if row.valid_to is not None and row.valid_to <= wish.valid_from:
        what = Words("截止日须晚于起始日", "the last day must be after the first")
        raise RevisionRefused("days", what, Words("核对两个日期", "check both dates"))
    return row


def _told(looked: Written) -> dict[str, Any]:
    return {
        "differences": [
            {"key": d.key, "verdict": d.verdict, "since": d.since.isoformat(), "was": d.was, "now": d.now}
            for d in looked.differences
        ]
    }


def _load(
    kind: SubjectType,
    name: str,
    body: bytes,
    actor: str,
    day: date,
    *,
    complete: bool,
    apply: bool,
    act: Authorship | None = None,
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file{''.join(Path(name).suffixes[-2:])}"
        path.write_bytes(body)
        loaded = load_file(
            kind, path, actor, source=name[:200], day=day, complete=complete, apply=apply,
            rejects=Path(folder) / "rejects.jsonl", act=act,
        )  # fmt: skip
    return loaded.as_dict() | {"rejected_rows": loaded.rejects, "written": loaded.written}


def _kept(
    kind: SubjectType, what: str, key: str, content: dict[str, Any], counts: Mapping[str, int], wish: Wish
) -> Revision:
    with in_district(wish.district):
        made = new_id()
        row = Revision(
            id=made, district_id=wish.district, type=kind.id, kind=what, key=key, valid_from=wish.valid_from,
            valid_to=wish.valid_to, base=_base(wish.district, kind, key, wish.valid_from) if key else None,
            key_id=sealer().current_id, counts=dict(counts), reason=wish.reason.strip()[:400],
            content=sealer().seal_bytes(msgspec.json.encode(content), wish.district, made),
            proposed_by=wish.actor, proposed_at=wish.now,
        )  # fmt: skip
        row.save(force_insert=True)
        if not kind.edit.second_person:
            _apply(kind, row, "")
            _decide(row, APPLIED, wish)
    return row


def _apply(kind: SubjectType, row: Revision, agreed: str) -> None:
    """Write what was asked for; what was known of the subject must be what was known then."""
    if row.key and _base(row.district_id, kind, row.key, row.valid_from) != row.base:
        what = Words("申请之后登记已变化", "what is known has changed since it was asked for")
        raise RevisionRefused("changed_since", what, Words("退回并重新提出", "refuse it and ask anew"))
    content = content_of(row)
    act = Authorship(row.district_id, row.proposed_by, "by hand", "edit", row.reason, agreed=agreed)
    if row.kind == FILE:
        body, name = base64.b64decode(content["file"]), str(content["name"])
        act = Authorship(row.district_id, row.proposed_by, name[:200], "load", row.reason, agreed=agreed)
        told = _load(
            kind, name, body, row.proposed_by, row.valid_from, complete=content["complete"], apply=True, act=act
        )
        row.change_id = told["written"].change
    elif row.kind == END:
        row.change_id = end_subjects(kind, [row.key], act, row.valid_from).change
    else:
        wish = Wish(row.district_id, row.proposed_by, (), row.reason, row.proposed_at, row.valid_from, row.valid_to)
        row.change_id = write_rows(kind, [_row(kind, content["cells"], wish)], act, row.valid_from).change


def _decide(row: Revision, decision: str, wish: Wish) -> None:
    row.decision, row.decided_by, row.decided_at = decision, wish.actor, wish.now
    row.why = "" if decision == APPLIED else wish.reason.strip()[:400]
    row.content, row.key_id = None, ""
    row.save(update_fields=["decision", "decided_by", "decided_at", "why", "content", "key_id", "change_id"])


def _base(district: str, kind: SubjectType, key: str, day: date) -> int | None:
    """The version that is known of a subject on a day; inside no fence, since only its number is read."""
    with in_district(district), connection.cursor() as cursor:
        _enter(district, kind)
        cursor.execute(
            "SELECT id FROM subject_version WHERE district_id = %s AND type = %s AND key = %s "
            "AND superseded_at IS NULL AND valid_from <= %s AND (valid_to IS NULL OR valid_to > %s)",
            [district, kind.id, key, day, day],
        )
        found = cursor.fetchone()
    return int(found[0]) if found else None


def _enter(district: str, kind: SubjectType) -> None:
    from bihuan.subjects import fence

    fence.enter(district, kind, fence.system("edit", f"edit {kind.id}"))
