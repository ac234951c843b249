"""What a frame says: header, flag bits, and the values of its factors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation

VERSIONS = {0: "2005", 1: "2017", 2: "2025"}
NORMAL = "N"
MISSING = Decimal(-999)
KINDS = ("Rtd", "Avg", "Cou", "Val")
"""Which of a factor's numbers is its value: the momentary one, else the mean, else the sum of the period."""

type Decipher = Callable[[str, bytes], bytes]
"""Takes an MN and what lies between `&&` and `&&`, gives it in plain; the field hook of 2025."""


class NoMessageError(ValueError):
    """A segment that has a good check sum and still says nothing that can be used."""


@dataclass(frozen=True, slots=True)
class FactorReading:
    """A number of a factor at an instant.

    Args:
        factor: Code of HJ 524, such as w01018. at: Instant of `DataTime`. value: Its digits, or empty when missing.
        flag: Letter of the data flag; N where none is said. quality: good, flagged or missing.
    """

    factor: str
    at: datetime
    value: str
    flag: str
    quality: str


@dataclass(frozen=True, slots=True)
class DataMessage:
    """A message, or one packet of it.

    Args:
        header: Fields before `CP`, names as sent. body: What lies between `&&` and `&&`, still in bytes.
    """

    header: Mapping[str, str]
    body: bytes

    @property
    def mn(self) -> str:
        """Number of the device. Source: HJ 212-2017 §6.3.2."""
        return self.header.get("MN", "")

    @property
    def qn(self) -> str:
        """Number of the request, an instant to the millisecond. Source: HJ 212-2017 §6.3.2."""
        return self.header.get("QN", "")

    @property
    def cn(self) -> str:
        """Code of the command. Source: HJ 212-2017 §6.6."""
        return self.header.get("CN", "")

    @property
    def flag(self) -> int:
        """The flag byte; 0 where none is said, as of 2005. Source: HJ 212-2017 §6.3.2."""
        told = self.header.get("Flag", "")
        return int(told) if told.isdigit() and int(told) < 256 else 0

    @property
    def version(self) -> str:
        """Edition that the six upper bits name. Source: HJ 212-2025; DOMAIN §7."""
        return VERSIONS.get(self.flag >> 2, str(self.flag >> 2))

    @property
    def wants_answer(self) -> bool:
        """Whether bit 0 asks for an acknowledgement. Source: HJ 212-2017 §6.3.2."""
        return bool(self.flag & 1)

    @property
    def packets(self) -> int:
        """How many packets the message has; 1 where bit 1 does not say that it is cut. Source: HJ 212-2017 §6.3.2."""
        return _number(self.header.get("PNUM", "")) if self.flag & 2 else 1

    @property
    def packet(self) -> int:
        """Which of them this is, from 1. Source: HJ 212-2017 §6.3.2."""
        return _number(self.header.get("PNO", "")) if self.flag & 2 else 1


def message_of(segment: bytes) -> DataMessage:
    """Read a segment.

    Raises:
        NoMessageError: it has no `MN`, or no `CP=&&…&&`.

    Source: HJ 212-2017 §6.3.2. Blanks around names and values are ignored.
    """
    before, mark, behind = segment.partition(b"CP=&&")
    if not mark:
        raise NoMessageError("no CP=&&…&&")
    pairs = (part.partition("=") for part in text_of(before).split(";"))
    header = {name.strip(): value.strip() for name, equals, value in pairs if equals}
    if not header.get("MN"):
        raise NoMessageError("no MN")
    return DataMessage(header, behind.rpartition(b"&&")[0] if b"&&" in behind else behind)


def text_of(raw: bytes) -> str:
    """Text of a segment: GBK, as the standard's Chinese remarks are; what is none is replaced.

    Source: HJ 212-2017 §6.2 (GBK is what loggers send; no delimiter is a second byte of GBK).
    """
    return raw.decode("gbk", errors="replace")


def readings_of(body: bytes, zone: tzinfo) -> Iterator[FactorReading]:
    """The readings of a joined body.

    Raises:
        NoMessageError: it has readings and no `DataTime` that is an instant.

    Source: HJ 212-2017 §6.6 and appendix B.
    """
    at: datetime | None = None
    told: dict[str, dict[str, str]] = {}
    for pair in text_of(body).replace(",", ";").split(";"):
        name, equals, value = pair.partition("=")
        factor, dash, kind = name.strip().partition("-")
        if dash and equals:
            kinds = told.get(factor)
            if kinds is None:
                kinds = told[factor] = {}
            kinds.setdefault(kind.strip(), value.strip())
        elif equals and factor == "DataTime":
            at = instant_of(value.strip(), zone)
    for factor, kinds in told.items():
        number = next((kinds[kind] for kind in KINDS if kind in kinds), None)
        if number is None:
            continue
        if at is None:
            raise NoMessageError("no DataTime")
        yield _reading(factor, at, number, kinds.get("Flag") or NORMAL)


def instant_of(text: str, zone: tzinfo) -> datetime:
    """`YYYYMMDDhhmmss` (milliseconds may follow) in a zone. Raises `NoMessageError`. Source: HJ 212-2017 §6.3.2."""
    told = text[:14]
    try:
        if len(told) < 14 or not told.isdecimal():
            raise ValueError(told)
        day = int(told[:4]), int(told[4:6]), int(told[6:8])
        return datetime(*day, int(told[8:10]), int(told[10:12]), int(told[12:14]), tzinfo=zone)
    except ValueError as error:
        raise NoMessageError(f"no instant: {text!r}") from error


def _reading(factor: str, at: datetime, number: str, flag: str) -> FactorReading:
    try:
        value = Decimal(number)
        if not value.is_finite() or value == MISSING:
            return FactorReading(factor, at, "", flag, "missing")
    except InvalidOperation:
        return FactorReading(factor, at, "", flag, "missing")
    return FactorReading(factor, at, number, flag, "good" if flag == NORMAL else "flagged")


def _number(text: str) -> int:
    return int(text) if text.isdigit() and len(text) <= 4 else 0
