"""A mail as a report: who, what, when, which attachments, and what it answers. Pure.

Automatic mail (bounces, out-of-office, lists) is recognised by RFC 3834 and its kin and never becomes a report: else
two machines would write to each other for ever.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import Message
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256

from bihuan.intake.mailwords import decode_header_text, header_text, words_of

REFERENCE = re.compile(r"\b(\d{13})[ -]([0-9A-HJKMNP-TV-Z]{10})\b")
REPLY = re.compile(r"^\s*(re|aw|sv|antw|回复|回覆|答复|答覆)\s*[:：\[]", re.I)
FORWARD = re.compile(r"^\s*(fwd?|wg|转发|轉寄|轉發)\s*[:：\[]", re.I)
LONGEST_ID = 120
TEXT_LIMIT = 20_000


@dataclass(frozen=True)
class Mail:
    """One mail, read.

    Args:
        id: Its Message-ID (or a hash of the mail when it has none): the same mail is received once.
        sender, name: Address and display name.
        at: When it was received, by our clock.
        sent_at: When its sender says it was sent; a remark, nothing is counted from it. None when it does not say.
        subject, text: Words; the text of a reply without what it quotes.
        answers: Message-IDs it answers, nearest first.
        reference: Case number and access code, when the subject or text gives both.
        attachments: File name and content.
        automatic: Why it is taken as no person's (`auto_submitted`, `bulk`, `list`, `machine`, `no_sender`); '' else.
        remarks: What a person should know about the reading: `encoding_guessed`, `text_cut`.
    """

    id: str
    sender: str
    name: str
    at: datetime
    subject: str
    text: str
    sent_at: datetime | None = None
    answers: tuple[str, ...] = ()
    reference: tuple[str, str] | None = None
    attachments: tuple[tuple[str, bytes], ...] = ()
    automatic: str = ""
    remarks: tuple[str, ...] = ()


def read_mail(raw: bytes, now: datetime) -> Mail:
    """Read one mail; whatever is broken in it is left out, never raised.

    Args:
        raw: RFC 5322 bytes.
        now: When it is received (aware).
    """
    # Not the default policy: its header parser raises on malformed headers and decodes only well-labelled ones.
    message = BytesParser(policy=policy.compat32).parsebytes(raw)
    name, sender = _sender(message)
    subject, answers = header_text(message, "Subject"), _answers(message)
    words = words_of(message)
    text = words.text(reply=_is_reply(subject, answers))
    found = REFERENCE.search(f"{subject}\n{text}".upper())
    remarks = [*words.remarks, *(["text_cut"] if len(text) > TEXT_LIMIT else [])]
    return Mail(
        id=_id(message, raw),
        sender=sender,
        name=name,
        at=now,
        sent_at=_sent_at(message),
        subject=subject[:200],
        text=text[:TEXT_LIMIT],
        answers=answers,
        reference=(found[1], found[2]) if found else None,
        attachments=tuple(words.attachments),
        automatic=_automatic(message, sender),
        remarks=tuple(dict.fromkeys(remarks)),
    )


def _is_reply(subject: str, answers: tuple[str, ...]) -> bool:
    """Return whether the mail answers another: only then may it quote. What is passed on is told, not quoted."""
    return not FORWARD.match(subject) and (bool(answers) or REPLY.match(subject) is not None)


def _sender(message: Message) -> tuple[str, str]:
    # Addresses are split before words are decoded: a decoded name may hold commas and angle brackets.
    raw = next((str(value) for key, value in message.raw_items() if key.casefold() == "from"), "")
    unfolded = " ".join(raw.replace("\0", "").split())
    pairs = [pair for pair in getaddresses([unfolded], strict=False) if "@" in pair[1]]
    return (
        (decode_header_text(pairs[0][0])[:100], decode_header_text(pairs[0][1]).casefold()[:200]) if pairs else ("", "")
    )


def _id(message: Message, raw: bytes) -> str:
    found = header_text(message, "Message-ID").strip("<> ")
    return found if 0 < len(found) <= LONGEST_ID else f"sha256-{sha256(found.encode() or raw).hexdigest()}"


def _sent_at(message: Message) -> datetime | None:
    try:
        at = parsedate_to_datetime(header_text(message, "Date"))
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _answers(message: Message) -> tuple[str, ...]:
    ids = re.findall(r"<([^<>\s]+)>", f"{header_text(message, 'References')} {header_text(message, 'In-Reply-To')}")
    return tuple(dict.fromkeys(reversed(ids)))


def _automatic(message: Message, sender: str) -> str:
    submitted = header_text(message, "Auto-Submitted").casefold()
    if submitted not in ("", "no") or header_text(message, "Return-Path") == "<>":
        return "auto_submitted"
    if header_text(message, "Precedence").casefold() in ("bulk", "junk", "list", "auto_reply"):
        return "bulk"
    if header_text(message, "List-Id") or header_text(message, "X-Auto-Response-Suppress"):
        return "list"
    if not sender:
        return "no_sender"
    return "machine" if sender.split("@")[0] in ("mailer-daemon", "postmaster", "no-reply", "noreply") else ""
