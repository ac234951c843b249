"""Phone numbers: the published plan, what practice knows beside it, extensions, and the form of what is stored."""

from __future__ import annotations

import re

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.registers.pure.phones import REASONS, PhoneError, number_of, read_phone, search_forms

FORMER = re.compile(r"1[3-9]\d{9}|(10|2[0-57-9])[2-9]\d{7}|[3-9]\d{2}[2-9]\d{6,7}|[48]00\d{7}")
"""What the edition before the library took for a national number of China; it stored `+86` and these digits."""


@pytest.mark.parametrize(("text", "number"), [
    ("138 0000 1111", "+8613800001111"), ("86-10-68881234", "+861068881234"), ("+86 (0)10 6888 1234", "+861068881234"),
    ("0755-82345678", "+8675582345678"), ("400-810-1234", "+864008101234"), ("800-810-1234", "+868008101234"),
    ("+1 212 555 0100", "+12125550100"), ("+44 (0)20 7946 0958", "+442079460958"), ("+852 2123 4567", "+85221234567"),
    ("010-80012345", "+861080012345"), ("80012345", "+861080012345"), ("021-80012345", "+862180012345"),
    ("149 1234 5678", "+8614912345678"), ("0951-2345678", "+869512345678"), ("86123456", "+861086123456"),
])  # fmt: skip
def test_numbers_follow_the_plan_and_what_practice_knows_beside_it(text: str, number: str) -> None:
    assert read_phone(text, "+86", "10").number == number


@pytest.mark.parametrize(("text", "reason"), [
    ("110", "service"), ("12345", "service"), ("12315", "service"), ("95588", "service"), ("95588转1", "service"),
    ("010-12345", "service"), ("01012345", "service"), ("021-95588", "service"), ("010-96156", "service"),
    ("+86 95588", "service"), ("16812345", "service"), ("1381234567", "length"), ("138123456789", "length"),
    ("010-1234567", "length"), ("86-10-123", "length"), ("138001380001234567", "length"), ("12345678901", "plan"),
    ("0755-12345678 ext. 3", "plan"), ("010-01234567", "plan"), ("+1 111 111 1111", "plan"), ("+44 20 7946", "plan"),
    ("138O0138000", "unreadable"), ("no", "unreadable"), ("", "unreadable"),
])  # fmt: skip
def test_numbers_that_cannot_be_called_back_are_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(PhoneError) as caught:
        read_phone(text, "+86", "10")
    assert caught.value.words == REASONS[reason]
    assert len(text) < 7 or text not in str(caught.value), "a refusal never repeats the number"


@pytest.mark.parametrize("text", [
    "68881234转8012", "(010) 6888 1234 转分机 8012", "010-68881234 ext. 8012", "010-68881234#8012",
    "6888 1234 内线8012", "+861068881234;ext=8012", "０１０－６８８８１２３４＃８０１２",
])  # fmt: skip
def test_an_extension_is_kept_and_is_no_part_of_the_number(text: str) -> None:
    phone = read_phone(text, "+86", "10")
    assert phone == ("+861068881234", "8012")
    assert read_phone(phone.written, "+86", "10") == phone
    assert number_of(phone.written) == phone.number
    assert read_phone("68881234转王先生", "+86", "10") == ("+861068881234", "")


@pytest.mark.parametrize("kind", ["FIXED_LINE", "MOBILE", "TOLL_FREE"])
@pytest.mark.parametrize("region", ["CN", "HK", "MO", "TW", "US", "GB", "DE", "JP", "KR", "RU", "IT", "FR", "AU"])
def test_the_plans_own_examples_are_read(region: str, kind: str) -> None:
    example = phonenumbers.example_number_for_type(region, getattr(phonenumbers.PhoneNumberType, kind))
    if region == "CN" and kind == "FIXED_LINE":
        example = phonenumbers.parse("01062345678", "CN")  # the published one begins with the 1 of services
    assert example is not None
    written = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    assert read_phone(written).number == phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)


@given(st.from_regex(FORMER, fullmatch=True).filter(str.isascii))
@pytest.mark.slow
def test_what_was_stored_before_is_found_again(national: str) -> None:
    assert f"+86{national}" in search_forms(f"+86{national}", "+86", "10")
    assert f"+86{national}" in search_forms(f"0086-{national}", "+86", "10")


def test_foreign_numbers_are_also_looked_for_as_they_were_typed() -> None:
    assert search_forms("+44 (0)20 7946 0958") == ("+442079460958", "+4402079460958")
    assert search_forms("0044 20 7946 0958") == ("+442079460958",)
    with pytest.raises(PhoneError):
        search_forms("nobody")
