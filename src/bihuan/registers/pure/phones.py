"""Phone numbers in one written form, so that the same number always has the same blind index.

The form is that of E.164: `+`, country code, number, no spaces. Numbers without a country code are read as dialled in
the district: mobile numbers and numbers with a trunk 0 get the country code, short local ones also the area code.
"""

from __future__ import annotations

import re
import unicodedata

from bihuan.registers.pure.errors import RegisterError

_NOISE = re.compile(r"[\s\-‐‑–—·.()（）/]+")
_EXTENSION = re.compile(r"(转|ext\.?|x|#).*$", re.IGNORECASE)
MIN_DIGITS, MAX_DIGITS = 7, 15
# National numbers of China (+86) by 《电信网编号计划》 (the numbering plan; not verified):
# mobile 1[3-9] and 11 digits; area codes 10 and 2x with 8 digits, others of three digits with 7 or 8; 400/800 services.
CHINA = re.compile(r"1[3-9]\d{9}|(10|2[0-9])[2-9]\d{7}|[3-9]\d{2}[2-9]\d{6,7}|[48]00\d{7}")


def normalise_phone(text: str, country: str = "+86", area: str = "") -> str:
    """Return a phone number as `+<country><number>`.

    Args:
        text: As spoken or typed; full-width digits, spaces, dashes and an extension are allowed.
        country: Country code of the district; area: its area code without the trunk 0, for local numbers.

    Raises RegisterError when it is not a phone number. The message never repeats it.
    """
    plain = _NOISE.sub("", _EXTENSION.sub("", unicodedata.normalize("NFKC", text).strip()))
    if plain.startswith("+"):
        digits = plain[1:]
        national = digits.removeprefix(country[1:])
        return _checked(f"{country}{national.removeprefix('0')}" if national != digits else plain, text)
    if plain.startswith("00"):
        return normalise_phone("+" + plain[2:], country, area)
    if plain.startswith("0"):
        return _checked(country + plain[1:], text)
    code = country[1:]
    if plain.startswith(code) and len(plain) >= len(code) + 10 and _in_plan("+" + plain):
        return _checked("+" + plain, text)
    is_local = len(plain) in (7, 8) and plain[:1] not in ("0", "1")
    return _checked(country + (area if is_local else "") + plain, text)


def masked(phone: str) -> str:
    """Return a number with its middle hidden, as the desk may show it: `138****5678`."""
    national = phone[3:] if phone.startswith("+86") else phone
    if len(national) < MIN_DIGITS:
        return "*" * len(national)
    return f"{national[:3]}****{national[-4:]}"


def _in_plan(number: str) -> bool:
    """Whether a number can exist in its country's plan; only China's is known here, others are believed."""
    return not number.startswith("+86") or CHINA.fullmatch(number[3:]) is not None


def _checked(number: str, text: str) -> str:
    if not re.fullmatch(rf"\+\d{{{MIN_DIGITS},{MAX_DIGITS}}}", number) or not _in_plan(number):
        raise RegisterError(
            f"a phone number of {len(text)} characters cannot be read",
            where="phone",
            rule=f"{MIN_DIGITS} to {MAX_DIGITS} digits, with a country code or as dialled in the district",
            remedy="ask for the number again, or leave it out",
        )
    return number
