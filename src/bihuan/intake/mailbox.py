"""Mail as a channel: maildir and IMAP. A mail becomes a report, or a supplement to the case it answers.

A mail answers a case when it replies to one of our notices or to an earlier mail of the same thread, or gives case
number and access code. Each mail is handled in a transaction of its own and only then marked as seen; a mail handled
twice has one effect, because its Message-ID is the report's external number.
"""

import imaplib
import mailbox
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import structlog
from django.db import transaction

from bihuan.intake import access, mail
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport, Reporter
from bihuan.loop import media, scope
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.models import ReportRow
from bihuan.loop.store import Order, append, current_facts
from bihuan.notices.models import Notice
from bihuan.registers.pure.ids import new_id

log = structlog.get_logger(__name__)
SOURCE = "mail"
CHANNEL = Actor(id="system:mail", roles=frozenset({"operator", "integrator"}))
AT_ONCE = 100


@dataclass
class Handled:
    """What became of some mails."""

    received: int = 0
    supplemented: int = 0
    known: int = 0
    automatic: int = 0
    refused: int = 0

    @property
    def total(self) -> int:
        """How many mails were handled."""
        return self.received + self.supplemented + self.known + self.automatic + self.refused


def read_maildir(folder: Path, programme: str, kind: str) -> Handled:
    """Handle up to `AT_ONCE` new mails of a maildir; a handled mail moves to `cur` and is marked seen.

    Raises:
        FileNotFoundError: there is no such maildir.
    """
    box = mailbox.Maildir(folder, create=False)
    handled = Handled()
    # In the order of arrival, which the names begin with: a reply comes after what it answers.
    for key in sorted(box.keys(), key=lambda name: ([int(n) for n in re.findall(r"\d+", name)], name)):
        message = box[key]
        if "S" in message.get_flags():
            continue
        take(box.get_bytes(key), programme, kind, handled)
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
    """
    handled = Handled()
    with _imap() as server:
        _, found = server.uid("SEARCH", "UNSEEN")
        for uid in found[0].split()[:AT_ONCE]:
            _, parts = server.uid("FETCH", uid.decode(), "(BODY.PEEK[])")
            raw = next((part[1] for part in parts if isinstance(part, tuple)), None)
            if raw is not None:
                take(raw, programme, kind, handled)
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


def take(raw: bytes, programme: str, kind: str, handled: Handled) -> None:
    """Handle one mail in one transaction."""
    facts = current_facts()
    message = mail.read(raw, facts.now)
    if message.automatic:
        handled.automatic += 1
        return
    with transaction.atomic(), scope.district(facts.registers.district.code):
        if ReportRow.objects.filter(external_source=SOURCE, external_number=message.id).exists():
            handled.known += 1
            return
        case = _answered(message)
        if case is not None and _supplement(message, case, facts):
            handled.supplemented += 1
            return
        outcome = receive([_report(message, programme, kind, facts)], actor=CHANNEL, facts=facts)[0]
        if outcome.refusal is not None:
            handled.refused += 1
            log.warning("mail refused", code=outcome.refusal.code, mail=message.id)
        else:
            handled.received += 1


def _answered(message: mail.Mail) -> UUID | None:
    """The case the mail is about, when it proves to know it."""
    if message.reference and (found := access.find(*message.reference)):
        return found.case_id
    for answered in message.answers:
        earlier = ReportRow.objects.filter(external_source=SOURCE, external_number=answered).first()
        if earlier is not None:
            return earlier.case_id
        notice = _notice(answered)
        if notice is not None and notice.recipient.startswith("report:"):
            return notice.case_id
    return None


def _notice(message_id: str) -> Notice | None:
    try:
        return Notice.objects.filter(pk=UUID(message_id.partition("@")[0])).first()
    except ValueError:
        return None


def _supplement(message: mail.Mail, case: UUID, facts: LoopFacts) -> bool:
    """Add the mail to its case; False when the case takes no more (it has ended)."""
    reporter = Actor(id=f"reporter:{case}", roles=frozenset({"reporter"}), case=str(case))
    kept = _attachments(message, facts)
    private = {"text": f"{message.subject}\n\n{message.text}".strip(), **({"media": kept} if kept else {})}
    result = append([Order(Command("supplement", reporter, facts.now, {}, private), case)], facts=facts)[0]
    if result.refusal is not None:
        return False
    ReportRow.objects.create(
        id=new_id(), district_id=facts.registers.district.code, case_id=case, channel="mail", received_at=message.at,
        external_source=SOURCE, external_number=message.id,
    )  # fmt: skip
    return True


def _report(message: mail.Mail, programme: str, kind: str, facts: LoopFacts) -> NewReport:
    return NewReport(
        key=f"{SOURCE}:{message.id}",
        programme=programme,
        kind=kind,
        channel="mail",
        at=message.at,
        title=message.subject or message.text[:60] or "(无主题)",
        text=message.text,
        reporter=Reporter(name=message.name, email=message.sender),
        source=SOURCE,
        external_number=message.id,
        media=tuple(_attachments(message, facts)),
    )


def _attachments(message: mail.Mail, facts: LoopFacts) -> list[str]:
    district, at = facts.registers.district.code, datetime.now(UTC)
    kept = []
    for _, content in message.attachments:
        with suppress(media.Unacceptable):  # a signature file or a calendar entry does not keep the report out
            kept.append(media.keep(content, CHANNEL.id, at, district).sha256)
    return kept
