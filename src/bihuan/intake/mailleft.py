"""Mails that were not, or not wholly, taken: kept sealed, listed with the reason, opened with a logged purpose.

A person settles each: takes it after all (then it is handled as if it had just come), or dismisses it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from bihuan.intake import mail
from bihuan.intake.models import MailLeft
from bihuan.loop import scope
from bihuan.loop.facts import LoopFacts
from bihuan.registers import identity
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.ids import new_id
from bihuan.server.log_lines import log_committed

KEPT = timedelta(days=180)  # how long a mail that was not taken can still be opened

WORDS = {
    "auto_submitted": ("自动发出的邮件", "sent by a machine (RFC 3834)"),
    "bulk": ("群发邮件", "bulk mail"),
    "list": ("邮件列表", "from a mailing list"),
    "machine": ("发件人是程序", "its sender is a program"),
    "no_sender": ("没有发件人", "names no sender"),
    "broken": ("读取时出错", "could not be read"),
    "refused": ("系统拒收", "was refused"),
    "attachment_kind": ("附件类型不收", "an attachment of a kind that is not taken"),
    "attachment_size": ("附件过大或为空", "an attachment that is empty or too large"),
    "attachment_heic": ("HEIC照片，请以JPEG发送", "a photo in HEIC format; ask for it as JPEG"),
    "attachment_pixels": ("图片像素过大", "a picture with too many points"),
    "attachment_broken": ("图片或文件已损坏", "a damaged picture or file"),
    "attachment_locked": ("文件设有密码", "a document locked by a password"),
    "attachment_unclean": ("无法去除个人痕迹的文件", "a file whose traces of its maker cannot be taken out"),
    "encoding_guessed": ("文字编码不确定，可能有错字", "its encoding is uncertain; words may be wrong"),
    "text_cut": ("文字过长，已截短", "its text was too long and is cut"),
}
"""Reason → Chinese and English. Other codes are shown as they stand."""


@dataclass(frozen=True)
class LeftReason:
    """Why something of a mail was not taken; `detail` holds nothing personal."""

    code: str
    detail: str = ""

    def words(self, language: str) -> str:
        """For a person. Source: docs/topics/import.md, "Mail" (listed with its reasons)."""
        zh, en = WORDS.get(self.code, (self.code, self.code))
        return f"{zh if language.startswith('zh') else en}{f' ({self.detail})' if self.detail else ''}"


def leave_mail(
    raw: bytes, message: mail.Mail | None, outcome: str, reasons: Iterable[LeftReason], facts: LoopFacts,
    case: UUID | None = None,
) -> None:  # fmt: skip
    """List a mail, inside the caller's transaction and district; the same mail is listed once.

    Args:
        raw: The whole mail; message: as read, None when it could not be.
        outcome: As in `MailLeft`; reasons: at least one.
        case: The case that got what could be taken, or that it speaks of: erased with it.

    Source: docs/topics/import.md, "Mail" (nothing vanishes: listed with the reason, sealed, for 180 days).
    """
    reasons = list(dict.fromkeys(reasons))
    district, digest = facts.registers.district, sha256(raw).hexdigest()
    if MailLeft.objects.filter(district_id=district.code, digest=digest).exists():
        return
    key, until = new_id(), (facts.now + KEPT).date()
    who = {"name": message.name, "email": message.sender} if message else {}
    sealed = identity.seal_identity(who, district, facts.now, until)
    identity.insert_identities([sealed])
    MailLeft.objects.create(
        id=key,
        district_id=district.code,
        digest=digest,
        size=len(raw),
        received_at=facts.now,
        sent_at=message.sent_at if message else None,
        outcome=outcome,
        reasons=[{"code": reason.code, "detail": reason.detail} for reason in reasons],
        case_id=case,
        identity=sealed.id,
        content=identity.sealer().seal_bytes(raw, district.code, key),
        key_id=identity.sealer().current_id,
        retention_until=until,
    )
    log_committed("mail_left", why=outcome, reasons=sorted({reason.code for reason in reasons}), case=case)


def waiting_mails(district: str) -> QuerySet[MailLeft]:
    """Return what nobody has settled yet, oldest first; without the sealed content.

    Source: docs/topics/import.md, "Mail" (listed with its reasons)
    """
    return MailLeft.objects.filter(district_id=district, settled_at=None).order_by("received_at", "id").defer("content")


def reasons_of(row: MailLeft) -> list[LeftReason]:
    """Return the reasons of a row. Source: docs/topics/import.md, "Mail" (listed with its reasons)."""
    return [LeftReason(str(item.get("code", "")), str(item.get("detail", ""))) for item in row.reasons]


def open_mail(key: UUID, facts: LoopFacts, actor: str, purpose: str) -> bytes:
    """Return the whole mail; the look is logged like one at an identity.

    Raises:
        RegisterError: there is none, its retention has ended, or no purpose is given.

    Source: docs/topics/import.md, "Mail" (`show ID --purpose …`, logged).
    """
    district = facts.registers.district
    with transaction.atomic(), scope.district(district.code):
        row = MailLeft.objects.filter(pk=key, district_id=district.code).first()
        if row is None or row.content is None:
            what = "there is no such mail" if row is None else "the mail was erased at the end of its retention"
            raise RegisterError(what, where=str(key), remedy="bihuan mail list shows those that wait")
        identity.reveal(row.identity, district, actor, purpose)
        return identity.sealer().unseal_bytes(bytes(row.content), row.key_id, district.code, key)


def mark_handled(key: UUID, facts: LoopFacts, actor: str, how: str, case: UUID | None = None) -> bool:
    """Mark a mail as `taken` or `dismissed`; False when somebody did before.

    Args:
        case: the case that got it; whoever erases that case erases the mail with it.

    Source: docs/topics/import.md, "Mail" (`take`, `dismiss`).
    """
    about = {"case_id": case} if case is not None else {}
    with transaction.atomic(), scope.district(facts.registers.district.code):
        left = MailLeft.objects.filter(pk=key, settled_at=None)
        return bool(left.update(settled_at=facts.now, settled_by=actor, settled_as=how, **about))


def erase_expired(district: str, batch: int = 200) -> int:
    """Erase the content of mails whose retention has ended; returns how many.

    Source: docs/topics/import.md, "Mail" (180 days).
    """
    with transaction.atomic(), scope.district(district):
        due = MailLeft.objects.filter(district_id=district, retention_until__lt=datetime.now(UTC).date())
        keys = list(due.exclude(content=None).values_list("pk", flat=True)[:batch])
        return MailLeft.objects.filter(pk__in=keys).update(content=None)
