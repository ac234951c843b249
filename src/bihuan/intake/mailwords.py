"""The words of a mail: its text parts in their order, in the right encoding, without what a reply quotes. Pure.

Only a reply quotes, and only marked quotations go: what a person wrote above, between or below them stays. A mail of
which nothing would be left is kept whole.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from html.parser import HTMLParser

from bihuan.readers import encodings

_ENCODED = re.compile(r"=\?([^?\s]{1,40})\?([bBqQ])\?([^?]*)\?=")
_SEPARATOR = re.compile(
    r"\s*-{2,}\s*(original message|原始邮件|原始郵件|回复的原邮件|ursprüngliche nachricht)\s*-{2,}\s*", re.IGNORECASE
)
_HEADERS = (
    "from:", "sent:", "date:", "to:", "cc:", "subject:", "发件人", "发送时间", "时间:", "时间：", "日期:", "日期：",
    "收件人", "抄送", "主题", "寄件者", "收件者", "主旨", "von:", "gesendet:", "an:", "betreff:",
)  # fmt: skip
_SENDER = ("from:", "发件人", "寄件者", "von:")
_ATTRIBUTED = ("wrote:", "写道:", "写道：", "寫道:", "寫道：", "schrieb:", "a écrit :", "a écrit:", "escribió:")
LONGEST_ATTRIBUTION = 300
# What opens no tag that ends before the next one; the parser would go over it again and again.
_NO_TAG = re.compile(r"<(?!/?[a-zA-Z][^<>]{0,4000}>)")
LONGEST_HTML = 400_000  # characters; a mail that says more than that says it in an attachment
BEGIN, END = "\x02", "\x03"  # a quotation in HTML, between the stripper and the lines


@dataclass
class MailWords:
    """What a mail says.

    Args:
        own: Text parts of the mail itself, in their order.
        forwarded: What it passes on: forwarded mails with their heads, attached texts under their names.
        attachments: File name and content of everything that is no text.
        remarks: Codes of what a person should know about the reading (`encoding_guessed`).
    """

    own: list[str] = field(default_factory=list)
    forwarded: list[str] = field(default_factory=list)
    attachments: list[tuple[str, bytes]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def text(self, *, reply: bool) -> str:
        """All words; those of a reply without what it quotes.

        Source: docs/topics/import.md, "Mail" (a reply without what it quotes)
        """
        own = "\n\n".join(part for part in self.own if part.strip())
        parts = [own_words(own) if reply else own, *self.forwarded]
        return "\n\n".join(part.strip() for part in parts if part.strip()).replace("\0", "")


def words_of(message: Message) -> MailWords:
    """Collect the words and attachments of a parsed mail (policy `compat32`).

    Source: RFC 2046 (multipart), RFC 2045 (encodings); docs/topics/import.md, "Mail".
    """
    found = MailWords()
    _collect(message, found, forwarded=False)
    return found


def header_text(message: Message, name: str) -> str:
    """A header as one line of text, encoded words decoded; '' when there is none. Source: RFC 2047 (encoded words)."""
    raw = next((str(value) for key, value in message.raw_items() if key.casefold() == name.casefold()), "")
    return decode_header_text(raw)


def decode_header_text(raw: str) -> str:
    """Header text (surrogates stand for raw bytes) with RFC 2047 words and raw bytes decoded.

    Neighbouring words of one encoding are joined before they are decoded: mailers cut characters in two.
    """
    out, at, waiting, label = [], 0, b"", ""
    for match in _ENCODED.finditer(raw):
        between = raw[at : match.start()]
        name = match[1].partition("*")[0]
        if between.strip() or name != label:
            out.append(_finish(waiting, label))
            waiting = b""
        if between.strip() or not label:
            out.append(_plain_header(between))
        waiting, label, at = waiting + _encoded(match[2], match[3]), name, match.end()
    out += [_finish(waiting, label), _plain_header(raw[at:])]
    return " ".join("".join(out).replace("\0", "").split())


def _finish(data: bytes, label: str) -> str:
    return encodings.decode_leniently(data, label)[0] if data else ""


def _encoded(kind: str, text: str) -> bytes:
    raw = text.encode("ascii", "ignore")
    try:
        if kind in "bB":
            return binascii.a2b_base64(raw.rstrip(b"=") + b"=" * (-len(raw.rstrip(b"=")) % 4))
        return binascii.a2b_qp(raw, header=True)
    except binascii.Error:
        return raw


def _plain_header(text: str) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    return encodings.decode_leniently(raw)[0] if not raw.isascii() else text


# -- parts ---------------------------------------------------------------------------------------------


def _collect(message: Message, found: MailWords, *, forwarded: bool) -> None:
    kind = message.get_content_type()
    if kind == "multipart/alternative":
        _alternative(message, found, forwarded=forwarded)
    elif kind == "message/rfc822" and message.is_multipart():
        for inner in _children(message):
            found.forwarded.append(_head(inner))
            _collect(inner, found, forwarded=True)
    elif message.is_multipart():
        for part in _children(message):
            _collect(part, found, forwarded=forwarded)
    else:
        _leaf(message, found, forwarded=forwarded)


def _children(message: Message) -> list[Message]:
    payload = message.get_payload()
    return [part for part in payload if isinstance(part, Message)] if isinstance(payload, list) else []


def _alternative(message: Message, found: MailWords, *, forwarded: bool) -> None:
    """The plain form when it says something, else the first that does; attachments of every form are kept."""
    forms = []
    for part in _children(message):
        form = MailWords()
        _collect(part, form, forwarded=forwarded)
        forms.append((part.get_content_type() != "text/plain", form))
    best = next((form for _, form in sorted(forms, key=lambda f: f[0]) if form.text(reply=False)), None)
    if best is not None:
        found.own += best.own
        found.forwarded += best.forwarded
        found.remarks += best.remarks
    for _, form in forms:
        found.attachments += form.attachments


def _head(message: Message) -> str:
    lines = [f"{name}: {value}" for name in ("From", "Date", "Subject") if (value := header_text(message, name))]
    return "\n".join(["---------- 转发 / Forwarded ----------", *lines])


def _leaf(part: Message, found: MailWords, *, forwarded: bool) -> None:
    data, kind = _bytes(part), part.get_content_type()
    name = decode_header_text(str(part.get_filename() or ""))[:200]
    if kind not in ("text/plain", "text/html") or not _is_text(data):
        if data:
            found.attachments.append((name or "attachment", data))
        return
    label = part.get_content_charset()
    text, certain = encodings.decode_leniently(data, str(label) if label else None)
    if not certain:
        found.remarks.append("encoding_guessed")
    if kind == "text/html":
        text = html_words(text)
    attached = part.get_content_disposition() == "attachment"
    if attached and text.strip():
        found.forwarded.append(f"[{name or 'attachment'}]\n{text}")
    else:
        (found.forwarded if forwarded else found.own).append(text.replace("\r\n", "\n"))


def _is_text(data: bytes) -> bool:
    """Return whether bytes called text are: zeros stand only in UTF-16 and in what is no text."""
    return b"\0" not in data[:1000] or data.startswith((b"\xff\xfe", b"\xfe\xff"))


def _bytes(part: Message) -> bytes:
    try:
        data = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):  # what the standard library cannot unpack is taken as it stands
        data = str(part.get_payload()).encode("utf-8", "surrogateescape")
    return data if isinstance(data, bytes) else b""


# -- quotations ----------------------------------------------------------------------------------------


def own_words(text: str) -> str:
    """Return a reply without what it quotes; the whole text when nothing else would be left.

    Source: docs/topics/import.md, "Mail" (only a reply quotes; quotation marks as in RFC 3676 §4.5).
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    end = next((i for i in range(len(lines)) if _begins_original(lines, i) and "".join(lines[:i]).strip()), len(lines))
    kept = [not line.startswith(">") for line in lines[:end]]
    for i in range(end):
        if not kept[i] and (i == 0 or kept[i - 1]):
            for attribution in _attribution(lines, i):
                kept[attribution] = False
    own = "\n".join(line for line, keep in zip(lines, kept, strict=False) if keep).strip()
    return re.sub(r"\n{3,}", "\n\n", own) if own else text.strip()


def _begins_original(lines: list[str], i: int) -> bool:
    """Return whether the mail answered begins here: a separator, or three lines of a mail's head one after another."""
    if _SEPARATOR.fullmatch(lines[i]):
        return True
    if not lines[i].strip().casefold().startswith(_SENDER):
        return False
    return all(line.strip(" *\t").casefold().startswith(_HEADERS) for line in (lines[i + 1 : i + 3] or ["-"])) and (
        len(lines) > i + 2
    )


def _attribution(lines: list[str], quote: int) -> Iterator[int]:
    """Yield the lines just above a quotation that say who wrote it (`On … wrote:`, also broken over two lines)."""
    last = quote - 1
    while last >= 0 and not lines[last].strip():
        last -= 1
    if last < 0 or not _says_who(lines[last]):
        return
    yield last
    first = lines[last].strip()
    if not first.startswith(("On ", "在", "Am ", "Le ", "El ")) and last and _opens(lines[last - 1]):
        yield last - 1


def _says_who(line: str) -> bool:
    text = line.strip()
    return len(text) <= LONGEST_ATTRIBUTION and text.endswith(_ATTRIBUTED)


def _opens(line: str) -> bool:
    text = line.strip()
    return len(text) <= LONGEST_ATTRIBUTION and text.startswith(("On ", "在", "Am ", "Le ", "El "))


# -- HTML ----------------------------------------------------------------------------------------------


class _Stripper(HTMLParser):
    BREAKS = frozenset({"p", "div", "br", "li", "tr", "h1", "h2", "h3", "table", "hr"})
    HIDDEN = frozenset({"script", "style", "head", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Blocks begin a line; scripts and styles are no words."""
        self.hidden += tag in self.HIDDEN
        if tag in self.BREAKS:
            self.words.append("\n")
        elif tag == "blockquote":
            self.words.append(BEGIN)

    def handle_endtag(self, tag: str) -> None:
        """See above."""
        self.hidden -= tag in self.HIDDEN and self.hidden > 0
        if tag == "blockquote":
            self.words.append(END)
        elif tag in ("p", "div", "table"):
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        """Words."""
        if not self.hidden:
            self.words.append(data.replace(BEGIN, "").replace(END, ""))


def _tamed(html: str) -> str:
    """HTML without comments and declarations, in one pass: at an unclosed one the parser begins again and again."""
    parts, at = [], 0
    while (start := html.find("<!--", at)) >= 0:
        parts.append(html[at:start])
        end = html.find("-->", start + 4)
        if end < 0:
            at = start + 4  # never closed: it hides nothing, the words after it count
            break
        at = end + 3
    rest = html[at:].replace("<!--", " ")
    known = re.sub(r"<[!?][^<>]{0,300}>?", " ", "".join([*parts, rest]))
    return _NO_TAG.sub("&lt;", known)


def html_words(html: str) -> str:
    """Return the words of an HTML text, a line per block; quotations are marked with `>` as in plain mail.

    Source: WHATWG HTML (blocks, quotations); docs/topics/import.md, "Mail".
    """
    stripper = _Stripper()
    stripper.feed(_tamed(html[:LONGEST_HTML]))
    stripper.close()
    lines, depth = [], 0
    for piece in re.split(f"([{BEGIN}{END}\n])", "".join(stripper.words)):
        if piece in (BEGIN, END):
            depth = max(0, depth + (1 if piece == BEGIN else -1))
        elif piece != "\n":
            line = " ".join(piece.split())
            lines.append(("> " * depth + line) if line else "")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
