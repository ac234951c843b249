"""A mail as a report: who, what, when, which attachments, and what it answers. Pure (standard library only).

Automatic mail (bounces, out-of-office, lists) is recognised by RFC 3834 and its kin and never becomes a report: else
two machines would write to each other for ever.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.errors import HeaderParseError
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from hashlib import sha256
from html.parser import HTMLParser

QUOTED = re.compile(
    r"^(>.*|On .{5,120} wrote:|在.{2,80}写道[:：]|发件人[:：].*|From: .*"
    r"|-{2,}\s*(Original Message|原始邮件|回复的原邮件)\s*-{2,}.*)$",
    re.M,
)
REFERENCE = re.compile(r"\b(\d{13})[ -]([0-9A-HJKMNP-TV-Z]{10})\b")
LONGEST_ID = 120
TEXT_LIMIT = 20_000


@dataclass(frozen=True)
class Mail:
    """One mail, read.

    Args:
        id: Its Message-ID (or a hash of the mail when it has none): the same mail is received once.
        sender, name: Address and display name.
        at: When it was sent; never later than it was read.
        subject, text: Words; the text without what it quotes.
        answers: Message-IDs it answers, nearest first.
        reference: Case number and access code, when the subject or text gives both.
        attachments: File name and content.
        automatic: No person wrote it.
    """

    id: str
    sender: str
    name: str
    at: datetime
    subject: str
    text: str
    answers: tuple[str, ...] = ()
    reference: tuple[str, str] | None = None
    attachments: tuple[tuple[str, bytes], ...] = ()
    automatic: bool = False


def read(raw: bytes, now: datetime) -> Mail:
    """Read one mail; whatever is broken in it is left out, never raised.

    Args:
        raw: RFC 5322 bytes.
        now: When it is read (aware).
    """
    message = BytesParser(policy=policy.default).parsebytes(raw)
    assert isinstance(message, EmailMessage)
    name, sender = _sender(message)
    subject, text = _header(message, "Subject"), _text(message)
    found = REFERENCE.search(f"{subject}\n{text}".upper())
    return Mail(
        id=_id(message, raw),
        sender=sender,
        name=name,
        at=_at(message, now),
        subject=subject[:200],
        text=text[:TEXT_LIMIT],
        answers=_answers(message),
        reference=(found[1], found[2]) if found else None,
        attachments=_attachments(message),
        automatic=_automatic(message, sender),
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        value = message.get(name)
    except (HeaderParseError, ValueError, IndexError):
        return ""  # the header parser gives up on some malformed headers; such a header tells nothing
    return " ".join(str(value).replace("\0", "").split()) if value is not None else ""


def _sender(message: EmailMessage) -> tuple[str, str]:
    pairs = [pair for pair in getaddresses([_header(message, "From")]) if "@" in pair[1]]
    return (pairs[0][0][:100], pairs[0][1].casefold()[:200]) if pairs else ("", "")


def _id(message: EmailMessage, raw: bytes) -> str:
    found = _header(message, "Message-ID").strip("<> ")
    return found if 0 < len(found) <= LONGEST_ID else f"sha256-{sha256(found.encode() or raw).hexdigest()}"


def _at(message: EmailMessage, now: datetime) -> datetime:
    try:
        at = parsedate_to_datetime(_header(message, "Date"))
    except (ValueError, TypeError):
        return now
    at = at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    return min(at, now)


def _answers(message: EmailMessage) -> tuple[str, ...]:
    ids = re.findall(r"<([^<>\s]+)>", f"{_header(message, 'References')} {_header(message, 'In-Reply-To')}")
    return tuple(dict.fromkeys(reversed(ids)))


def _text(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        words = str(part.get_content())
    except (LookupError, UnicodeError, KeyError):
        payload = part.get_payload(decode=True)
        words = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    if part.get_content_type() == "text/html":
        words = _plain(words)
    quoted = QUOTED.search(words)
    own = words[: quoted.start()] if quoted else words
    return (own if own.strip() else words).replace("\0", "").strip()


def _attachments(message: EmailMessage) -> tuple[tuple[str, bytes], ...]:
    out = []
    for part in message.iter_attachments():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content:
            out.append(((part.get_filename() or "attachment")[:200], content))
    return tuple(out)


def _automatic(message: EmailMessage, sender: str) -> bool:
    submitted = _header(message, "Auto-Submitted").casefold()
    bulk = _header(message, "Precedence").casefold() in ("bulk", "junk", "list", "auto_reply")
    listed = message.get("List-Id") is not None or message.get("X-Auto-Response-Suppress") is not None
    machine = sender.split("@")[0] in ("mailer-daemon", "postmaster", "no-reply", "noreply", "")
    return bulk or listed or machine or submitted not in ("", "no") or _header(message, "Return-Path") == "<>"


class _Stripper(HTMLParser):
    BREAKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "blockquote"})
    HIDDEN = frozenset({"script", "style", "head"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Blocks begin a line; scripts and styles are no words."""
        self.hidden += tag in self.HIDDEN
        if tag in self.BREAKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """See above."""
        self.hidden -= tag in self.HIDDEN and self.hidden > 0

    def handle_data(self, data: str) -> None:
        """Words."""
        if not self.hidden:
            self.words.append(data)


def _plain(html: str) -> str:
    stripper = _Stripper()
    stripper.feed(html)
    stripper.close()
    lines = (" ".join(line.split()) for line in "".join(stripper.words).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
