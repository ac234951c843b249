"""Erasure on request: one person asks, another decides, then every place of the register is emptied at once.

Events, leaves and proofs stay; a signed statement in the log says what went, on which ground and by whom
(`ledger.erasure`), and `audit verify` says "content erased". Only ended cases are erased: an open one needs its words,
its reporter withdraws it first. Places come from the one register `server.emptying`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from bihuan.faults import Fault
from bihuan.ledger import erasure
from bihuan.loop import media
from bihuan.loop.kernel.model import Actor, Text
from bihuan.loop.models import CaseRow, ErasureRow, MediaRow, ReportRow
from bihuan.loop.store import visible_to
from bihuan.registers import identity
from bihuan.registers.models import Identity
from bihuan.registers.pure.ids import new_id
from bihuan.registers.pure.roles import who_may
from bihuan.registers.pure.tables import District
from bihuan.server import emptying, security_log

GROUNDS: dict[str, Text] = {
    "request": Text("本人要求（个人信息保护法第四十七条）", "The person asks (PIPL art. 47)"),
    "order": Text("主管机关或法院要求", "An authority or court orders it"),
    "misplaced": Text("误录的个人信息", "Personal words in the wrong place"),
}
"""Grounds a person may give; retention is the clock's. Personal Information Protection Law of the PRC, article 47."""
MOST_LISTED = 200


class ErasureRefused(Fault):
    """The erasure may not happen; `text` says why in both languages, `code` for programs."""

    def __init__(self, code: str, zh: str, en: str, remedy: tuple[str, str]) -> None:
        super().__init__(f"{zh} · {en}", f"{remedy[0]} · {remedy[1]}", code=code)
        self.code, self.text, self.what_to_do = code, Text(zh, en), Text(*remedy)


def ask_erasure(number: str, ground: str, reason: str, actor: Actor, now: datetime) -> ErasureRow:
    """Ask for the personal content of a case to be erased.

    Args:
        number: of a case that the actor may see.
        ground: one of `GROUNDS`; reason: what the person who decides reads, without personal words.

    Raises:
        ErasureRefused: role, case, ground or reason are missing, the case is open, or a request waits already.

    Source: 个人信息保护法第四十七条; docs/topics/operations.md, "Erasure on request" (two people)
    """
    _need(actor, "ask_erasure")
    row = visible_to(actor).filter(number=number).first()
    if row is None:
        raise ErasureRefused("no_case", f"没有 {number} 号案件", f"there is no case {number}", CHECK_NUMBER)
    if row.ended_at is None:
        raise ErasureRefused("still_open", "案件尚未办结", "the case is still open", WITHDRAW_FIRST)
    if ground not in GROUNDS:
        known = ", ".join(GROUNDS)
        raise ErasureRefused("unknown_ground", f"未知事由 {ground}", f"unknown ground {ground!r}", (known, known))
    if not 1 <= len(reason.strip()) <= 500 or "\0" in reason:
        raise ErasureRefused("no_reason", "请写明理由（500 字内）", "a reason of at most 500 characters", SAY_WHY)
    try:
        with transaction.atomic():
            made = ErasureRow.objects.create(
                id=new_id(), district_id=row.district_id, case_id=row.id, ground=ground, reason=reason.strip(),
                asked_by=actor.id, asked_at=now,
            )  # fmt: skip
            return _logged(made)
    except IntegrityError:
        raise ErasureRefused("waits", "已有待复核的申请", "a request waits already", DECIDE_IT) from None


def ask_as_reporter(case: UUID, actor: Actor, district: str, now: datetime) -> ErasureRow:
    """The reporter asks for what was said and shown in their report to be erased: a request for a person, never an act.

    It may be made while the case is open; it is decided once the case has ended. Nothing is written beside it, so that
    a request for erasure is not itself a new place of personal words (PIPL art. 47 asks for no reason).

    Args:
        case: of the report; actor: its reporter (`actors.reporter_of`).

    Raises:
        ErasureRefused: somebody else asks, or a request waits already.
    """
    if actor.case != str(case):
        raise ErasureRefused("no_case", "没有这个案件", "there is no such case", CHECK_NUMBER)
    try:
        with transaction.atomic():
            made = ErasureRow.objects.create(
                id=new_id(), district_id=district, case_id=case, ground="request", reason="",
                asked_by=actor.id, asked_at=now,
            )  # fmt: skip
            return _logged(made)
    except IntegrityError:
        raise ErasureRefused("waits", "已有待处理的申请", "a request waits already", WAIT_FOR_IT) from None


def asked_by_reporter(case: UUID, actor: Actor) -> ErasureRow | None:
    """The newest request of this reporter about a case. Source: docs/topics/operations.md, "Erasure on request"."""
    return ErasureRow.objects.filter(case_id=case, asked_by=actor.id).order_by("-asked_at").first()


def decide(request: UUID, actor: Actor, district: District, now: datetime, *, approve: bool) -> ErasureRow:
    """Decide a request; approved, everything of the case goes in this transaction, files right after it.

    Raises:
        ErasureRefused: role is missing, there is no such request, it was decided, or the same person asked.

    Source: 个人信息保护法第四十七条; docs/topics/operations.md, "Erasure on request" (two people)
    """
    _need(actor, "decide_erasure")
    with transaction.atomic():
        row = ErasureRow.objects.select_for_update().filter(pk=request, district_id=district.code).first()
        if row is None or not visible_to(actor).filter(pk=row.case_id).exists():
            raise ErasureRefused("no_request", "没有这项申请", "there is no such request", CHECK_NUMBER)
        if row.outcome is not None:
            raise ErasureRefused("decided", "该申请已处理", "it was decided already", CHECK_NUMBER)
        if row.asked_by == actor.id:
            raise ErasureRefused("same_person", "申请人不得自行复核", "who asked may not decide", SECOND_PERSON)
        row.decided_by, row.decided_at = actor.id, now
        row.outcome = "approved" if approve else "refused"
        if approve:
            row.erased = _erase(row, actor, district)
        row.save(update_fields=["decided_by", "decided_at", "outcome", "erased"])
        security_log.record(
            "erasure_decided", committed=True, actor=actor.id, erasure=row.id, case=row.case_id, outcome=row.outcome
        )
    return row


def files_of(case: UUID) -> list[str]:
    """List paths below the media folder of files that belong to this case alone; read before its places are emptied.

    Source: docs/topics/operations.md, "Erasure on request".
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT m.path FROM loop_media m WHERE m.case_id = %s AND m.path <> '' AND NOT EXISTS ("
            "SELECT FROM loop_media o WHERE o.path = m.path AND o.case_id IS DISTINCT FROM m.case_id)",
            [case],
        )
        return [path for (path,) in cursor.fetchall()]


def requests(district: str) -> list[dict[str, Any]]:
    """The newest requests, those that wait first, with the case's number, how many reported, and whether it is open.

    Source: docs/topics/operations.md, "Erasure on request".
    """
    rows = list(ErasureRow.objects.filter(district_id=district).order_by("decided_at", "-asked_at")[:MOST_LISTED])
    rows.sort(key=lambda row: row.outcome is not None)
    found = CaseRow.objects.filter(id__in={row.case_id for row in rows}).values_list(
        "id", "number", "reporters", "ended_at"
    )
    cases = {key: (number, reporters, ended is None) for key, number, reporters, ended in found}
    told = [(row, *cases.get(row.case_id, ("", 1, False))) for row in rows]
    return [{"row": row, "number": n, "reporters": reporters, "open": still} for row, n, reporters, still in told]


def _erase(row: ErasureRow, actor: Actor, district: District) -> dict[str, int]:
    case = CaseRow.objects.select_for_update().get(pk=row.case_id)
    if case.ended_at is None:  # reopened since it was asked
        raise ErasureRefused("still_open", "案件尚未办结", "the case is still open", WITHDRAW_FIRST)
    files = files_of(case.id)
    digests = list(MediaRow.objects.filter(path__in=files).values_list("sha256", flat=True).distinct())
    sealed = _identities(case.id)
    erasure.erase_case(case.id, by=actor.id, ground=row.ground, files=sorted(digests))
    counted = {place: number for place, number in emptying.empty_places(case.id).items() if number}
    for each in sealed:
        identity.erase_identity(each, district, actor.id, f"erasure {row.id}")
    transaction.on_commit(lambda: [media.remove(path) for path in files])
    return counted | {"registers_identity": len(sealed), "files": len(files)}


def _logged(made: ErasureRow) -> ErasureRow:
    security_log.record(
        "erasure_asked", committed=True, actor=made.asked_by, erasure=made.id, case=made.case_id, ground=made.ground
    )
    return made


def _identities(case: UUID) -> list[UUID]:
    """Identities behind this case alone that still hold somebody; one that another case needs stays with that."""
    reports = ReportRow.objects.filter(case_id=case).values_list("identity_id", flat=True)
    mine = {key for key in reports if key is not None} | set(emptying.identities_beside(case))
    shared = ReportRow.objects.filter(identity_id__in=mine).exclude(case_id=case).values_list("identity_id", flat=True)
    mine -= {key for key in shared if key is not None}
    return sorted(Identity.objects.filter(pk__in=mine, erased_at=None).values_list("pk", flat=True))


def _need(actor: Actor, capability: str) -> None:
    if not actor.may(capability):
        who = who_may(capability)
        raise ErasureRefused(
            "role_missing", f"需要角色：{who.zh}", f"one of these roles is needed: {who.en}", ASK_ADMIN
        )


CHECK_NUMBER = ("请核对编号", "check the number")
WITHDRAW_FIRST = ("先办结或由诉求人撤回，再申请", "end it or let its reporter withdraw it, then ask")
SAY_WHY = ("写明依据，不写个人信息", "say on what it rests, without personal words")
WAIT_FOR_IT = ("请等待工作人员处理", "wait for the staff to decide it")
DECIDE_IT = ("请先复核该申请", "decide that one first")
SECOND_PERSON = ("请另一位有权限的人员复核", "let another person with the role decide")
ASK_ADMIN = ("请管理员授予角色", "the administrator can give the role")
