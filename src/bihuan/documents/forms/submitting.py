"""Sending a form: checked as a whole, put on record with a leaf, handed through its door; once, however often it comes.

One transaction holds the submission, what it sealed, the promised leaf and what the door opened. The statement in the
log commits to everything that was said by a salted hash; nothing can be guessed from it, nothing changed behind it.
Source: docs/adr/0279-forms.md; docs/adr/0220 (keys are bound to their caller and to what was asked).
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection, transaction

from bihuan.declare.fieldtype import Words
from bihuan.documents.forms import drafts
from bihuan.documents.forms.catalogue import DeclaredForm
from bihuan.documents.forms.models import ContentRow, SubmissionRow
from bihuan.documents.forms.pure.checking import Answers, CheckedForm, Defect, check_form
from bihuan.documents.forms.pure.telling import handed_values
from bihuan.documents.forms.world import asking_for
from bihuan.extend import DOORS, DoorAnswer, Handed
from bihuan.ledger.statements import promise_statement
from bihuan.loop.codes import code_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Actor
from bihuan.loop.keys import KEY_REUSED, bound
from bihuan.loop.models import ReportRow
from bihuan.registers.identity import sealer
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.ids import new_id

STATEMENT = "form_submission"


@dataclass(frozen=True)
class Sender:
    """Who sends: the actor, what only this caller knows (such as a browser's secret), the language, and the facts."""

    actor: Actor
    caller: str
    facts: LoopFacts
    language: str = "zh"


@dataclass
class Sent:
    """The answer to one sent form.

    Args:
        submission: Its id, None with defects. case, number: What was opened; `access` lets its sender follow it.
        hash: The commitment that stands in the log, hex. duplicate: It was sent before; nothing was done.
        checked: What was understood; not of a repetition.
    """

    submission: UUID | None = None
    case: UUID | None = None
    number: str = ""
    access: str = ""
    signed: Mapping[str, Any] | None = None
    hash: str = ""
    duplicate: bool = False
    defects: list[Defect] = field(default_factory=list)
    checked: CheckedForm | None = None


def check_answers(
    declared: DeclaredForm, answers: Answers, uploads: Mapping[str, Sequence[str]], facts: LoopFacts
) -> CheckedForm:
    """Return what a form would be understood as if it were sent now; nothing is written.

    Args:
        uploads: Field → ids of uploads. answers: Its files are not looked at.

    Source: docs/topics/forms.md, "All defects at once".
    """
    files: dict[str, tuple[str, ...]] = {}
    lost: list[Defect] = []
    try:
        files = drafts.hashes_of_uploads(declared.form.form, uploads, facts.registers.district.code, facts.now)
    except drafts.NoUpload as error:
        lost.append(_lost(*error.args))
    asking = asking_for(declared.form, declared.programme, facts)
    checked = check_form(declared.form, replace(answers, files=files), asking)
    checked.defects += lost
    return checked


def submit_form(
    declared: DeclaredForm, answers: Answers, uploads: Mapping[str, Sequence[str]], key: str, sender: Sender
) -> Sent:
    """Send a form.

    Args:
        uploads: Field → ids of uploads that were stored before. key: The same key of the same caller has one effect.

    Returns:
        Either the receipt, or every defect of what was sent.

    Source: docs/topics/forms.md, "Sent once".
    """
    form, district = declared.form, sender.facts.registers.district.code
    known_by = bound("form", f"{sender.actor.id}|{sender.caller}|{form.form}", key)
    digest = _digest(form.form, answers, uploads)
    try:
        with transaction.atomic(), in_district(district):
            _queue(known_by)
            known = SubmissionRow.objects.filter(district_id=district, key=known_by).first()
            if known is not None:
                return _again(known, digest)
            checked = check_answers(declared, answers, uploads, sender.facts)
            if checked.defects:
                return Sent(defects=checked.defects, checked=checked)
            submission = new_id()
            answered = _through(declared, checked, sender, submission)
            return _recorded(declared, checked, sender, _Act(submission, known_by, digest, answered, uploads))
    except _DoorClosed as error:
        return Sent(defects=[error.defect])


class _DoorClosed(Exception):
    """The door refused: nothing of the act stands."""

    def __init__(self, defect: Defect) -> None:
        super().__init__(defect.code)
        self.defect = defect


@dataclass(frozen=True)
class _Act:
    """What is put on record: under which id and key, what it said, what the door answered."""

    submission: UUID
    key: str
    digest: bytes
    answered: DoorAnswer
    uploads: Mapping[str, Sequence[str]]


def _recorded(declared: DeclaredForm, checked: CheckedForm, sender: Sender, act: _Act) -> Sent:
    form, facts, answered = declared.form, sender.facts, act.answered
    district = facts.registers.district.code
    content = msgspec.json.encode(
        {
            "form": form.form, "edition": form.edition, "declared": form.digest, "values": checked.values,
            "files": checked.files, "signed": checked.signed,
            "taken": {name: dict(taken.citation) for name, taken in checked.taken.items()},
        },
        order="deterministic",
    )  # fmt: skip
    salt = os.urandom(32)
    commitment = hashlib.sha256(salt + content).digest()
    statement = promise_statement(
        STATEMENT,
        {
            "submission": str(act.submission), "district": district, "form": form.form, "edition": form.edition,
            "declared": form.digest, "hash": commitment.hex(), "case": str(answered.case) if answered.case else "",
        },
        facts.now,
    )  # fmt: skip
    SubmissionRow.objects.create(
        id=act.submission, district_id=district, form=form.form, edition=form.edition, declared=form.digest,
        programme=declared.programme, key=act.key, digest=act.digest, at=facts.now, actor=sender.actor.id,
        language=sender.language, hash=commitment, case_id=answered.case, number=answered.number,
        statement_id=statement,
        said={name: value for name, value in checked.values.items() if form.fields[name].open},
        taken={name: {"register": taken.register, "found": taken.found} for name, taken in checked.taken.items()},
    )  # fmt: skip
    today = facts.registers.calendar.local_date(facts.now)
    ContentRow.objects.create(
        id=act.submission, district_id=district, key_id=sealer().current_id,
        sealed=sealer().seal_bytes(salt + content, district, act.submission),
        until=today + timedelta(days=form.retention.days),
    )  # fmt: skip
    drafts.forget_uploads([each for ids in act.uploads.values() for each in ids])
    return Sent(
        act.submission, answered.case, answered.number, answered.access, answered.signed, commitment.hex(),
        checked=checked,
    )  # fmt: skip


def _through(declared: DeclaredForm, checked: CheckedForm, sender: Sender, submission: UUID) -> DoorAnswer:
    form = declared.form
    door = next(each for each in DOORS.all() if each.name == form.through.door)
    answered = door.receive(
        Handed(
            key=f"form:{submission}", programme=declared.programme, kind=form.through.case,
            values=handed_values(form, checked, sender.language),
            media=tuple(dict.fromkeys(each for files in checked.files.values() for each in files)),
            actor=sender.actor, language=sender.language, at=sender.facts.now, facts=sender.facts,
        )
    )  # fmt: skip
    if answered.code:
        raise _DoorClosed(_refused(answered))
    return answered


def _again(known: SubmissionRow, digest: bytes) -> Sent:
    """The receipt of a form that was sent before; other words under the same key are refused."""
    if bytes(known.digest) != digest:
        text, remedy = KEY_REUSED.text, KEY_REUSED.remedy
        assert remedy is not None
        what = Words(text.zh, text.en)
        return Sent(defects=[Defect("", KEY_REUSED.code, what, what, Words(remedy.zh, remedy.en))])
    report = ReportRow.objects.filter(case_id=known.case_id).order_by("id").first() if known.case_id else None
    return Sent(
        known.pk, known.case_id, known.number, code_of(report.pk) if report else "", None, bytes(known.hash).hex(),
        duplicate=True,
    )  # fmt: skip


def _queue(key: str) -> None:
    """Two of one key follow each other, so that the second finds the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _digest(form: str, answers: Answers, uploads: Mapping[str, Sequence[str]]) -> bytes:
    """32 keyed bytes over what was sent, so that nobody who has the database can try answers against them."""
    said = msgspec.json.encode(
        [form, dict(answers.values), {name: list(ids) for name, ids in uploads.items() if ids}, dict(answers.signed)],
        order="deterministic",
    )
    return hmac.digest(settings.BIHUAN_INDEX_KEY.encode(), said, "sha256")


def _refused(answered: DoorAnswer) -> Defect:
    what = Words(*answered.what)
    return Defect(answered.field, answered.code, what, what, Words(*answered.remedy))


def _lost(name: str, _key: str) -> Defect:
    what = Words("上传的文件已过期或不存在", "the upload is gone or was never there")
    return Defect(name, "no_upload", what, Words("文件先上传，再引用编号", "files are uploaded first"),
                  Words("请重新上传", "Upload it again"))  # fmt: skip
