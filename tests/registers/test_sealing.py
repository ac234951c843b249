"""Phone numbers in one form, and the encryption of identities."""

from __future__ import annotations

import base64
import hashlib
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.phones import read_phone
from bihuan.registers.sealing import FIELDS, Keyring, SealBroken, Sealer

KEY, OTHER, INDEX = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2, 3))
ID = UUID("0190a1b2-0000-7000-8000-000000000001")
PERSON = {"name": "张三", "phone": "+8613800138000"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("13800138000", "+8613800138000"),
        (" 138-0013 8000 ", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("86 13800138000", "+8613800138000"),
        ("0086-13800138000", "+8613800138000"),
        ("62345678", "+861062345678"),
        ("010-62345678", "+861062345678"),
        ("(010) 62345678 转 803", "+861062345678"),
        ("+86 (010) 6234 5678", "+861062345678"),
        ("0755-26001234", "+8675526001234"),
        ("400-810-1234", "+864008101234"),
        ("+1 617 635 4500", "+16176354500"),
    ],
)
def test_one_number_has_one_form(text: str, number: str) -> None:
    assert read_phone(text, "+86", "10").number == number


@pytest.mark.parametrize("text", ["", "no", "12", "+", "138001380001234567", "138O0138000"])
def test_what_is_no_number_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(RegisterError) as caught:
        read_phone(text)
    assert len(text) < 3 or text not in str(caught.value)


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True))
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = read_phone(text).number
    assert read_phone(once).number == once
    assert read_phone(f"0086 {text[:3]}-{text[3:]}").number == once


def sealer(keys: str = KEY, index: str = INDEX) -> Sealer:
    return Sealer.from_text(keys, index)


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text()))
def test_what_is_sealed_opens_again(fields: dict[str, str]) -> None:
    box = sealer()
    sealed = box.seal(fields, "110108", ID)
    assert box.unseal(sealed, box.current_id, "110108", ID) == fields


def test_nothing_of_the_person_is_readable_and_no_two_seals_are_equal() -> None:
    box = sealer()
    first, second = (box.seal(PERSON, "110108", ID) for _ in range(2))
    assert first != second
    assert "张三".encode() not in first
    assert b"13800138000" not in first


def test_an_altered_or_moved_row_does_not_open() -> None:
    box = sealer()
    sealed = box.seal(PERSON, "110108", ID)
    for position in (0, 12, len(sealed) - 1):
        wrong = sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :]
        with pytest.raises(SealBroken):
            box.unseal(wrong, box.current_id, "110108", ID)
    for district, identity in (("110105", ID), ("110108", uuid4())):
        with pytest.raises(SealBroken):
            box.unseal(sealed, box.current_id, district, identity)


def test_old_keys_open_and_the_first_key_seals() -> None:
    old = sealer(KEY)
    sealed = old.seal(PERSON, "110108", ID)
    both = sealer(f"{OTHER},{KEY}")
    assert both.current_id != old.current_id
    assert both.unseal(sealed, old.current_id, "110108", ID) == PERSON
    with pytest.raises(SealBroken, match="not in the ring"):
        sealer(OTHER).unseal(sealed, old.current_id, "110108", ID)


def test_the_blind_index_needs_its_key() -> None:
    phone = PERSON["phone"]
    assert sealer().phone_index(phone) == sealer().phone_index(phone)
    assert sealer(index=OTHER).phone_index(phone) != sealer().phone_index(phone)
    assert sealer().phone_index(phone) != hashlib.sha256(phone.encode()).digest()


@pytest.mark.parametrize("text", ["", " , ", "short", base64.b64encode(bytes(range(16))).decode(), "ä" * 44])
def test_a_bad_key_is_named_and_never_shown(text: str) -> None:
    with pytest.raises(RegisterError, match="BIHUAN_IDENTITY_KEY") as caught:
        Keyring.parse(text)
    assert not text.strip(" ,") or text not in str(caught.value)


def test_an_identity_holds_only_what_it_may() -> None:
    with pytest.raises(RegisterError, match="id_card"):
        sealer().seal({"id_card": "11010819900101001X"}, "110108", ID)
