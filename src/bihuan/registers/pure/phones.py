"""Phone numbers in one written form, so that the same number always has the same blind index.

The form is that of E.164: `+`, country code, number, no spaces. The plan of every country comes from the library
`phonenumbers` (ADR 0221); what practice knows beside it stands in `data/phones.yaml`. Numbers without a country code
are read as dialled in the district, short local ones with its area code.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import phonenumbers
from phonenumbers import PhoneNumber

from bihuan.declare.source import read
from bihuan.registers.pure.errors import RegisterError

_NOISE = re.compile(r"[\s\-‐‑–—·.()（）/]+")
_EXTENSION = re.compile(r"(转|轉|分机|内线|;ext=|ext\.?|x|#)(.*)$", re.IGNORECASE)
_DIALLED = re.compile(r"\+?\d{1,30}")
PRACTICE = Path(__file__).parent.parent / "data" / "phones.yaml"
_EXTENSION_DIGITS = 7  # the longest that the library itself knows
REASONS: dict[str, tuple[str, str]] = {
    "unreadable": ("电话号码无法识别", "a phone number cannot be read"),
    "length": ("电话号码的位数不对", "a phone number has too few or too many digits"),
    "service": (
        "这是短号或服务热线（如 110、12345、95xxx），用它回访不到本人",
        "this is a short service number (such as 110, 12345 or 95xxx): nobody can be called back under it",
    ),
    "plan": ("号码规划中没有这样的号码", "the numbering plan has no such phone number"),
}
"""Why a number is refused, in Chinese and English. No sentence repeats the number."""


class PhoneError(RegisterError):
    """A number under which nobody can be called back; `words` say why, in Chinese and English."""

    def __init__(self, reason: str) -> None:
        self.reason, self.words = reason, REASONS[reason]
        super().__init__(
            self.words[1],
            where="phone",
            rule="a number of its country's plan, with a country code or as dialled in the district",
            remedy="ask for the number again, or leave it out",
        )


class Phone(NamedTuple):
    """A number in the form of E.164 and the digits of its extension, which may be empty."""

    number: str
    extension: str = ""

    @property
    def written(self) -> str:
        """Number and extension as RFC 3966 writes them: `+861062345678;ext=803`."""
        return f"{self.number};ext={self.extension}" if self.extension else self.number


def read_phone(text: str, country: str = "+86", area: str = "") -> Phone:
    """Return a phone number under which somebody can be called back.

    Args:
        text: As spoken or typed; full-width digits, spaces, dashes and an extension are allowed.
        country: Country code of the district; area: its area code without the trunk 0, for local numbers.

    Raises PhoneError when it cannot be one. The message never repeats it.

    Source: ITU-T E.164; docs/adr/0221; practice beside the plan: `data/phones.yaml`.
    """
    dialled, extension = _parts(text)
    number = _parsed(dialled, country, area)
    if reason := _fault(number):
        raise PhoneError(reason)
    return Phone(_e164(number), extension)


def search_forms(text: str, country: str = "+86", area: str = "") -> tuple[str, ...]:
    """Return the forms under which a number may be stored, the present one first.

    A number is looked for whether or not the plan of today still knows it, and foreign ones also as earlier editions
    stored them, with the digits as typed.

    Raises PhoneError when the text is no number at all.

    Source: docs/adr/0221 (a search also takes what today's plan no longer knows).
    """
    dialled, _ = _parts(text)
    typed = f"+{dialled[2:]}" if dialled.startswith("00") else dialled
    forms = [_e164(_parsed(dialled, country, area)), *([typed] if typed.startswith("+") else [])]
    return tuple(dict.fromkeys(forms))


def number_of(written: str) -> str:
    """The number alone of a stored phone, as an SMS needs it. Source: RFC 3966 (`;ext=`)."""
    return written.partition(";ext=")[0]


def _parts(text: str) -> tuple[str, str]:
    """What is dialled, and the digits of the extension; words behind `转` are no extension."""
    plain = unicodedata.normalize("NFKC", text).strip()
    found = _EXTENSION.search(plain)
    dialled = _NOISE.sub("", plain[: found.start()] if found else plain)
    if not _DIALLED.fullmatch(dialled):
        raise PhoneError("unreadable")
    extension = re.search(r"\d+", _NOISE.sub("", found[2])) if found else None
    return dialled, extension[0][:_EXTENSION_DIGITS] if extension else ""


def _parsed(dialled: str, country: str, area: str) -> PhoneNumber:
    is_local = len(dialled) in (7, 8) and dialled[0] not in "01+"
    try:
        return phonenumbers.parse(f"{country}{area}{dialled}" if is_local and area else dialled, _region(country))
    except phonenumbers.NumberParseException as error:
        long = error.error_type == phonenumbers.NumberParseException.TOO_LONG
        raise PhoneError("length" if long or len(dialled) > 1 else "unreadable") from None


def _fault(number: PhoneNumber) -> str | None:
    """Why nobody can be called back under a number; None when somebody can."""
    may, never = _practice().get(f"+{number.country_code}", ((), ()))
    national = phonenumbers.national_significant_number(number)
    for digits, reason in never:
        if digits.fullmatch(national):
            return reason
    if any(digits.fullmatch(national) for digits in may) or phonenumbers.is_valid_number(number):
        return None
    return "plan" if phonenumbers.is_possible_number(number) else "length"


def _e164(number: PhoneNumber) -> str:
    return f"+{number.country_code}{phonenumbers.national_significant_number(number)}"


def _region(country: str) -> str:
    return str(phonenumbers.region_code_for_country_code(int(country.removeprefix("+"))))


type _Rows = tuple[tuple[re.Pattern[str], ...], tuple[tuple[re.Pattern[str], str], ...]]


@lru_cache(maxsize=1)
def _practice() -> dict[str, _Rows]:
    """By country code: what may be called beside the plan, and what never, with the reason."""
    return {
        country: (
            tuple(re.compile(row["digits"]) for row in rows["may"]),
            tuple((re.compile(row["digits"]), row["reason"]) for row in rows["never"]),
        )
        for country, rows in read(PRACTICE).items()
    }
