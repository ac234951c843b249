"""Mail as a channel: maildir and IMAP. A mail becomes a report, or a supplement to the case it answers.

A mail answers a case when it gives case number and access code, or when it replies to one of our notices or to an
earlier mail of the same thread *and* comes from the address that the reporter gave: whoever else writes in a thread
makes a report of their own. Of Message-IDs only a keyed digest is kept. Each mail is handled in its own transaction
and only then marked as seen; a mail handled twice has one effect, because that digest is the report's external number.
"""

import imaplib
import mailbox
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from django.db import InterfaceError, OperationalError, transaction

from bihuan.intake import access, mail, mailleft
from bihuan.intake.mailleft import LeftReason
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport, Reporter
from bihuan.loop import media, scope
from bihuan.loop.actors import reporter_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Command, acting_as
from bihuan.loop.keys import bound
from bihuan.loop.merging import merged_into, root_of
from bihuan.loop.models import ReportRow
from bihuan.loop.store import Order, append, current_facts
from bihuan.notices.models import Notice
from bihuan.registers import identity
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.ids import new_id
from bihuan.server.log_lines import log

SOURCE = "mail"
CHANNEL = acting_as("mailbox")
AT_ONCE = 100
MOST_ANSWERS = 50  # message ids of a thread that are looked up
MOST_REPORTERS = 20  # reporters of one case whose address is compared
LARGEST = 40_000_000  # bytes of a mail; a larger one is listed unread


class TooLarge(ValueError):
    """A mail that is not even read."""


@dataclass
class Handled:
    """What became of some mails."""

    received: int = 0
    supplemented: int = 0
    known: int = 0
    automatic: int = 0
    refused: int = 0
    broken: int = 0
    partly: int = 0  # of those received or supplemented: something of them was not taken

    @property
    def total(self) -> int:
        """How many mails were handled. Source: docs/topics/import.md, "Mail"."""
        taken = self.received + self.supplemented + self.known
        return taken + self.automatic + self.refused + self.broken


def read_maildir(folder: Path, programme: str, kind: str) -> Handled:
    """Handle up to `AT_ONCE` new mails of a maildir; a handled mail moves to `cur` and is marked seen.

    Raises:
        FileNotFoundError: there is no such maildir.

    Source: maildir(5) (new and cur, flags in the name); docs/topics/import.md, "Mail".
    """
    box = mailbox.Maildir(folder, create=False)
    handled = Handled()
    # In the order of arrival, which the names begin with: a reply comes after what it answers.
    for key in sorted(box.keys(), key=lambda name: ([int(n) for n in re.findall(r"\d+", name)], name)):
        message = box[key]
        if "S" in message.get_flags():
            continue
        take_safely(box.get_bytes(key), programme, kind, handled)
        message.set_subdir("cur")
        message.add_flag("S")
        box[key] = message
        if handled.total >= AT_ONCE:
            break
    return handled


def read_imap(programme: str, kind: str) -> Handled:
    """Handle up to `AT_ONCE` unseen mails of the mailbox that BIHUAN_IMAP_HOST, _USER, _PASSWORD and _FOLDER name.

    Raises:
        imaplib.IMAP4.error, OSError: the server refuses or cannot be reached; mails stay unseen.

    Source: RFC 3501 (SEARCH UNSEEN, the flag Seen); docs/topics/import.md, "Mail".
    """
    handled = Handled()
    with _imap() as server:
        _, found = server.uid("SEARCH", "UNSEEN")
        for uid in found[0].split()[:AT_ONCE]:
            _, parts = server.uid("FETCH", uid.decode(), "(BODY.PEEK[])")
            raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if raw is not None:
                take_safely(raw, programme, kind, handled)
                server.uid("STORE", uid.decode(), "+FLAGS", r"(\Seen)")
    return handled


@contextmanager
def _imap() -> Iterator[imaplib.IMAP4]:
    host, port = os.environ["BIHUAN_IMAP_HOST"], int(os.environ.get("BIHUAN_IMAP_PORT", "993"))
    plain = os.environ.get("BIHUAN_IMAP_PLAIN") == "1"  # for a server on this machine only
    server = imaplib.IMAP4(host, port, timeout=30) if plain else imaplib.IMAP4_SSL(host, port, timeout=30)
    with server:
        server.login(os.environ["BIHUAN_IMAP_USER"], os.environ["BIHUAN_IMAP_PASSWORD"])
        server.select(os.environ.get("BIHUAN_IMAP_FOLDER", "INBOX"))
        yield server


def take_safely(raw: bytes, programme: str, kind: str, handled: Handled) -> None:
    """Handle one mail whatever it does: one that cannot be handled is kept and listed as `broken`, the next ones go on.

    Raises:
        django.db.OperationalError, InterfaceError: the database is away; that is no fault of the mail.

    Source: docs/topics/import.md, "Mail" (a mail that cannot be handled stops no other).
    """
    try:
        if len(raw) > LARGEST:
            raise TooLarge
        take_mail(raw, programme, kind, handled)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:  # noqa: BLE001 - whatever one mail raises, the next ones go on; logged and listed
        log("mail_broken", error)
        facts = current_facts()
        with transaction.atomic(), scope.district(facts.registers.district.code):
            mailleft.leave_mail(raw, None, "broken", [LeftReason("broken", type(error).__name__)], facts)
        handled.broken += 1


def take_mail(raw: bytes, programme: str, kind: str, handled: Handled, *, even_automatic: bool = False) -> UUID | None:
    """Handle one mail in one transaction; what is not taken of it is listed (`mailleft`), never dropped.

    Args:
        raw: The mail.
        programme, kind: Where a new report goes.
        handled: Counts what became of it.
        even_automatic: A person says that it is no machine's.

    Returns:
        the case that got it, None when none did.

    Source: docs/topics/import.md, "Mail"; whose mail it is: docs/adr/0220.
    """
    facts = current_facts()
    with transaction.atomic(), scope.district(facts.registers.district.code):
        message = mail.read_mail(raw, facts.now)
        if ReportRow.objects.filter(external_source=SOURCE, external_number__in=traces_of(message.id)).exists():
            handled.known += 1
            return None
        if message.automatic and not even_automatic:
            handled.automatic += 1
            mailleft.leave_mail(raw, message, "automatic", [LeftReason(message.automatic)], facts, _about(message))
            return None
        return _taken(raw, message, (programme, kind), facts, handled)


def _taken(raw: bytes, message: mail.Mail, to: tuple[str, str], facts: LoopFacts, handled: Handled) -> UUID | None:
    kept, left = _attachments(message, facts)
    left += [LeftReason(code) for code in message.remarks]
    answered = _answered(message, facts)
    case = answered.case_id if answered else None
    if answered is not None and _supplement(message, answered, kept, facts):
        handled.supplemented += 1
    else:
        outcome = receive([_report(message, *to, kept)], actor=CHANNEL, facts=facts)[0]
        case = outcome.case
        if outcome.refusal is not None:
            handled.refused += 1
            reasons = [LeftReason("refused", outcome.refusal.code), *left]
            mailleft.leave_mail(raw, message, "refused", reasons, facts, _about(message))
            return None
        handled.received += 1
    if left:
        handled.partly += 1
        mailleft.leave_mail(raw, message, "partly", left, facts, case)
    return case


def traces_of(message_id: str) -> tuple[str, str]:
    """Under what a Message-ID is known: a keyed digest, and as earlier versions kept it.

    Source: docs/adr/0220 (Message-IDs are kept as keyed digests).
    """
    return bound(SOURCE, "", message_id), message_id


def _answered(message: mail.Mail, facts: LoopFacts) -> ReportRow | None:
    """Return the report the mail is about, when its sender proves to be the reporter."""
    if message.reference and (found := access.find_report(*message.reference)):
        return found
    earlier = _thread(message)
    return _of_sender(message.sender, earlier, facts) if earlier else None


def _thread(message: mail.Mail) -> ReportRow | None:
    """Return the report that a mail answers, whoever sends it."""
    for answered in message.answers[:MOST_ANSWERS]:
        earlier = ReportRow.objects.filter(external_source=SOURCE, external_number__in=traces_of(answered)).first()
        notice = None if earlier else _notice(answered)
        if earlier is None and notice is not None and notice.recipient.startswith("report:"):
            earlier = ReportRow.objects.filter(pk=notice.recipient.removeprefix("report:")).first()
        if earlier is not None:
            return earlier
    return None


def _about(message: mail.Mail) -> UUID | None:
    """Return the case that a mail speaks of, so that it goes when that is erased."""
    named = access.find_report(*message.reference) if message.reference else None
    found = named or _thread(message)
    return root_of(found.case_id) if found else None


def _of_sender(sender: str, report: ReportRow, facts: LoopFacts) -> ReportRow | None:
    """Return the report of that matter whose reporter gave this address; None when the sender is somebody else.

    What was added to a merged report stands in the case it is handled in, so all that was merged there is looked at.
    """
    cases = {case for case, _ in merged_into([root_of(report.case_id)])}
    rows = ReportRow.objects.filter(case_id__in=cases, identity_id__isnull=False).order_by("received_at")
    for row in rows[:MOST_REPORTERS]:
        assert row.identity_id is not None
        try:
            known = identity.reveal(row.identity_id, facts.registers.district, CHANNEL.id, "sender of a reply")
        except RegisterError:
            continue  # erased meanwhile: nobody can prove any more to be this reporter
        if sender and known.get("email", "").casefold() == sender:
            return row
    return None


def _notice(message_id: str) -> Notice | None:
    try:
        return Notice.objects.filter(pk=UUID(message_id.partition("@")[0])).first()
    except ValueError:
        return None


def _supplement(message: mail.Mail, report: ReportRow, kept: list[str], facts: LoopFacts) -> bool:
    """Add the mail to its case; False when the case takes no more (it has ended)."""
    case = root_of(report.case_id)  # a merged report is handled in the case it was merged into
    reporter = reporter_of(report.id, case)
    private = {"text": f"{message.subject}\n\n{message.text}".strip(), **({"media": kept} if kept else {})}
    result = append([Order(Command("supplement", reporter, facts.now, {}, private), case)], facts=facts)[0]
    if result.refusal is not None:
        return False
    ReportRow.objects.create(
        id=new_id(), district_id=facts.registers.district.code, case_id=case, channel="mail", received_at=message.at,
        external_source=SOURCE, external_number=traces_of(message.id)[0],
    )  # fmt: skip
    return True


def _report(message: mail.Mail, programme: str, kind: str, kept: list[str]) -> NewReport:
    return NewReport(
        key=traces_of(message.id)[0],
        programme=programme,
        kind=kind,
        channel="mail",
        at=message.at,
        title=message.subject or message.text[:60] or "(无主题)",
        text=message.text,
        reporter=Reporter(name=message.name, email=message.sender),
        source=SOURCE,
        external_number=traces_of(message.id)[0],
        media=tuple(kept),
    )


def _attachments(message: mail.Mail, facts: LoopFacts) -> tuple[list[str], list[LeftReason]]:
    """Hashes of the attachments that were kept, and why the others were not; those never keep the report out."""
    district, at = facts.registers.district.code, datetime.now(UTC)
    kept, left = [], []
    for _, content in message.attachments:
        try:
            kept.append(media.keep(content, CHANNEL.id, at, district).sha256)
        except media.Unacceptable as refusal:
            left.append(LeftReason(f"attachment_{refusal.why}"))
    return kept, left
