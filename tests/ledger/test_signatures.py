"""Keys, signed notes, heads and receipts, against Go's published signed-note example and every kind of alteration."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bihuan.ledger.core.errors import SignatureError
from bihuan.ledger.core.heads import Head, open_head, sign_head
from bihuan.ledger.core.keys import COSIGNATURE_TYPE, KeyRing, PublicKey, SigningKey
from bihuan.ledger.core.notes import Note
from bihuan.ledger.core.receipts import Receipt, sign_receipt, verify_receipt

# From the documentation of Go's golang.org/x/mod/sumdb/note (the format C2SP signed-note describes).
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

ORIGIN = "district.example/log"
AT = datetime(2026, 3, 1, 1, 2, 3, tzinfo=UTC)
KEY = SigningKey(ORIGIN, bytes(range(32)))
RING = KeyRing([KEY.public])
HEAD = Head(ORIGIN, 7, bytes(range(32)))


def test_the_published_note_verifies_and_is_reproduced() -> None:
    note = Note.parse(GO_NOTE)
    assert [seal.key.text() for seal in note.seals(KeyRing.parse(GO_PUBLIC))] == [GO_PUBLIC]
    key = SigningKey.parse(GO_PRIVATE)
    assert key.public.text() == GO_PUBLIC
    assert key.text() == GO_PRIVATE
    assert str(Note(note.text).signed(key)) == GO_NOTE == str(note)


def test_an_altered_note_is_refused_and_an_unknown_signer_ignored() -> None:
    with pytest.raises(SignatureError, match=r"PeterNeumann .* does not match the text"):
        Note.parse(GO_NOTE.replace("answer", "cause")).seals(KeyRing.parse(GO_PUBLIC))
    assert Note.parse(GO_NOTE).seals(RING) == []


def test_a_known_checksum_database_key_parses() -> None:
    text = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
    assert PublicKey.parse(text).text() == text


def test_a_private_key_is_never_printed() -> None:
    assert repr(KEY) == f"SigningKey({ORIGIN}, id {KEY.id})"
    with pytest.raises(SignatureError) as caught:
        SigningKey.parse(GO_PRIVATE.replace("c74f20a3", "00000000"))
    assert "AYEKFALV" not in str(caught.value)


@pytest.mark.parametrize("form", ["000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", KEY.text()])
def test_a_seed_may_come_as_hex_or_note_form(form: str) -> None:
    assert SigningKey.parse(form, ORIGIN).public == KEY.public


def test_a_seed_may_come_as_base64_of_either_alphabet() -> None:
    plain, safe = "+/" * 21 + "8=", "-_" * 21 + "8"
    assert SigningKey.parse(plain, ORIGIN).public == SigningKey.parse(safe, ORIGIN).public


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "is not a public key"),
        ("name+00000000+!!!!", "not base64"),
        (GO_PUBLIC.replace("c74f20a3", "c74f20a4"), "states the id c74f20a4 but has c74f20a3"),
        ("a b+00000000+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "not a key name"),
        ("name+00000000+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "not of type Ed25519"),
        ("name+00000000+AQ==", "is 0 bytes"),
    ],
)
def test_a_malformed_public_key_is_named(text: str, message: str) -> None:
    with pytest.raises(SignatureError, match=message):
        PublicKey.parse(text)


@pytest.mark.parametrize("text", ["", "abc", "PRIVATE+KEY+cut", "z" * 64])
def test_a_malformed_signing_key_is_refused(text: str) -> None:
    with pytest.raises(SignatureError, match="signing key"):
        SigningKey.parse(text, ORIGIN)


def test_a_head_is_a_checkpoint_with_a_signed_time() -> None:
    note = sign_head(HEAD, KEY, AT)
    assert note.text == f"{ORIGIN}\n7\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    opened = open_head(str(note), RING)
    assert opened.head == HEAD
    assert opened.signed_at == AT
    assert opened.as_json() == {
        "origin": ORIGIN,
        "size": 7,
        "root": HEAD.root.hex(),
        "signed_at": "2026-03-01T01:02:03Z",
        "keys": [KEY.id],
        "note": str(note),
    }


@pytest.mark.parametrize(("old", "new"), [("\n7\n", "\n8\n"), ("AAEC", "AAED"), (ORIGIN + "\n", "other.example/log\n")])
def test_an_altered_head_is_refused(old: str, new: str) -> None:
    with pytest.raises(SignatureError):
        open_head(str(sign_head(HEAD, KEY, AT)).replace(old, new, 1), RING)


def test_the_time_of_a_head_cannot_be_altered() -> None:
    plain, stamped = sign_head(HEAD, KEY, AT).signatures
    assert stamped.key_id == KEY.public.signature_id(COSIGNATURE_TYPE)
    later = replace(stamped, value=(int(AT.timestamp()) + 1).to_bytes(8) + stamped.value[8:])
    with pytest.raises(SignatureError, match="does not match the text"):
        open_head(str(Note(HEAD.text(), (plain, later))), RING)


def test_a_hostile_time_does_not_crash_the_reader() -> None:
    plain, stamped = sign_head(HEAD, KEY, AT).signatures
    absurd = replace(stamped, value=b"\xff" * 8 + stamped.value[8:])
    with pytest.raises(SignatureError, match="does not match the text"):
        open_head(str(Note(HEAD.text(), (plain, absurd))), RING)


def test_a_head_by_another_origin_or_unknown_key_is_refused() -> None:
    stranger = SigningKey("stranger.example", bytes(32))
    with pytest.raises(SignatureError, match=r"not district.example/log; a log signs with a key of its origin"):
        sign_head(HEAD, stranger, AT)
    forged = str(Note(HEAD.text()).signed(stranger))
    with pytest.raises(SignatureError, match=r"not signed by a known key of that origin \(signers: stranger.example\)"):
        open_head(forged, KeyRing([KEY.public, stranger.public]))


def test_after_a_change_of_key_old_heads_still_verify() -> None:
    newer = SigningKey(ORIGIN, b"n" * 32)
    both = KeyRing([KEY.public, newer.public])
    assert open_head(str(sign_head(HEAD, KEY, AT)), both).signed_at == AT
    assert open_head(str(sign_head(HEAD, newer, AT)), both).signed_at == AT
    with pytest.raises(SignatureError, match="not signed by a known key"):
        open_head(str(sign_head(HEAD, KEY, AT)), KeyRing([newer.public]))


@pytest.mark.parametrize("text", ["", "a\n1\n", "a\n01\nAA==\n", "a\n-1\nAA==\n", "a\n1\n!!\n", "\n1\nAA==\n"])
def test_a_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(SignatureError):
        Head.parse(text)


@pytest.mark.parametrize(
    "source", ["no signatures\n", "t\n\nnot a line\n", "t\n\n— a !!!\n", "t\n\n— a AAA=\n", "t\n\n— a"]
)
def test_a_malformed_note_is_refused(source: str) -> None:
    with pytest.raises(SignatureError):
        Note.parse(source)


def receipt() -> Receipt:
    return sign_receipt(KEY, case="HD-2026-000001", report="r1", leaf=bytes(32), at=AT, max_merge_delay=60)


def test_a_receipt_is_verified_after_a_round_trip() -> None:
    again = Receipt.from_json(receipt().as_json())
    assert again == receipt()
    assert again.leaf_hash == bytes(32)
    verify_receipt(again, RING)


@pytest.mark.parametrize("field", ["case", "report", "leaf", "time", "max_merge_delay", "signature"])
def test_an_altered_receipt_is_refused(field: str) -> None:
    source = receipt().as_json()
    source[field] = 61 if field == "max_merge_delay" else source[field][:-2] + "xx"
    with pytest.raises(SignatureError):
        verify_receipt(Receipt.from_json(source), RING)


def test_a_receipt_by_an_unknown_key_or_another_origin_is_refused() -> None:
    with pytest.raises(SignatureError, match=f"key {KEY.id} is not known"):
        verify_receipt(receipt(), KeyRing())
    with pytest.raises(SignatureError, match="belongs to"):
        verify_receipt(replace(receipt(), origin="other.example"), RING)


def test_a_receipt_with_an_unsigned_member_is_refused() -> None:
    with pytest.raises(SignatureError, match="check: note"):
        Receipt.from_json({**receipt().as_json(), "note": "also promised"})
    with pytest.raises(SignatureError, match="max_merge_delay has the wrong type"):
        Receipt.from_json({**receipt().as_json(), "max_merge_delay": "60"})


def test_a_head_signature_cannot_pass_for_a_receipt() -> None:
    body = receipt().as_json()
    body["signature"] = sign_head(HEAD, KEY, AT).signatures[0].line().split()[-1]
    with pytest.raises(SignatureError):
        verify_receipt(Receipt.from_json(body), RING)
