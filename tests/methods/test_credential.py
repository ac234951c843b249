"""Certificates with selective disclosure and status lists: published vectors, properties, and each way to be wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey

from bihuan.methods.parts import jose, selective, status_list
from bihuan.methods.parts.selective import TrustedWorld, verify_certificate
from tests.examples import examples
from tests.methods.running import run

ISSUER, LIST, AT = "https://district.example", "https://district.example/certificates/status/1", 1_800_000_000
KEY, HOLDER, STRANGER = (ec.derive_private_key(secret, ec.SECP256R1()) for secret in (11, 22, 33))
CLAIMS = {"plan": "P-1", "works": "示范工程", "loads": 12}
FRAME = {"iss": ISSUER, "vct": f"{ISSUER}/certificates/types/waste", "iat": AT - 100, "exp": AT + 100}
STATUS = {"status": {"status_list": {"idx": 5, "uri": LIST}}}


def issued(key: Any = KEY, hidden: tuple[str, ...] = ("works", "loads"), **frame: Any) -> str:
    salts = iter(f"salt-{n}-of-128-bits" for n in range(99))
    kid = jose.write_key(key.public_key())["kid"]
    told = {name: value for name, value in (FRAME | frame).items() if value is not None}
    return selective.issue_certificate(told, CLAIMS, hidden, {"kid": kid}, key, lambda: next(salts))


def world(statuses: Mapping[int, int] | None = None, at: float = AT) -> TrustedWorld:
    lists = {} if statuses is None else {LIST: status_list.pack_statuses(statuses, 64, 2)}
    return TrustedWorld({ISSUER: [jose.write_key(KEY.public_key())]}, lists, at)


def reason(token: str, there: TrustedWorld | None = None, audience: str = "", nonce: str = "") -> str:
    return verify_certificate(token, there or world(), audience, nonce).reason


def payload(token: str) -> dict[str, Any]:
    return jose.read_compact(token.partition("~")[0]).payload


# -- published vectors -------------------------------------------------------------------------------------


def test_the_digests_of_rfc_9901_are_ours() -> None:
    """RFC 9901 §4.2.1, §4.2.3: the digest is over the text as the issuer spelt it."""
    first = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
    escaped = jose.encode_bytes(rb'["_26bc4LT-ac6q2KI6cBW5es", "family_name", "M\u00f6bius"]')
    assert selective.digest_of(first) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    assert escaped.endswith("ICJNXHUwMGY2Yml1cyJd")
    assert selective.digest_of(escaped) == "BwU3T4PB1Wk6TbA1HUOm9XenJYLZfYtJGn8hMl77zwg"
    assert selective._opened(first) == selective._opened(escaped)


def test_the_status_lists_of_the_draft_are_read() -> None:
    """draft-ietf-oauth-status-list §4.1, §4.2: the first bit is the least significant."""
    found = status_list.read_list({"bits": 1, "lst": "eNrbuRgAAhcBXQ"})
    assert "".join(str(found.at(n)) for n in range(16)) == "1001110111000101"
    assert (found.at(16), found.at(-1), found.raw) == (None, None, bytes([0xB9, 0xA3]))
    two = status_list.pack_statuses({0: 1, 1: 2, 3: 3, 5: 1, 7: 1, 8: 1, 9: 2, 10: 3, 11: 3}, 12, 2)
    assert two.raw == bytes([0xC9, 0x44, 0xF9])
    assert status_list.read_list({"bits": 2, "lst": "eNo76fITAAPfAgc"}).raw == two.raw


def test_signatures_and_thumbprints_of_the_rfcs_are_ours() -> None:
    """RFC 7515 A.3 (ES256), RFC 8037 A.3 (thumbprint)."""
    key = {
        "kty": "EC", "crv": "P-256", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }  # fmt: skip
    token = (
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp"
        "0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
    )
    assert jose.fits(jose.read_compact(token), key)
    assert not jose.fits(jose.read_compact(token.replace(".DtE", ".EtE")), key)
    edwards = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert jose.thumbprint_of(edwards) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_another_library_reads_what_we_sign() -> None:
    token = issued().partition("~")[0]
    found = jws.deserialize_compact(token, ECKey.import_key(jose.write_key(KEY.public_key())), algorithms=["ES256"])
    assert json.loads(found.payload or b"")["plan"] == "P-1"
    assert found.headers()["typ"] == "dc+sd-jwt"


# -- each way to be wrong ----------------------------------------------------------------------------------


def test_a_whole_presentation_is_valid_and_a_part_shows_only_its_part() -> None:
    token = issued()
    assert verify_certificate(token, world()).claims == CLAIMS
    part = selective.present_certificate(token, ["loads"])
    assert verify_certificate(part, world()).claims == {"plan": "P-1", "loads": 12}
    assert "示范工程" not in part
    assert selective.names_disclosed(part) == ["loads"]
    assert verify_certificate(selective.present_certificate(token, []), world()).claims == {"plan": "P-1"}


def test_a_claim_that_is_absent_is_not_counted() -> None:
    whole, fewer = (
        issued(),
        selective.issue_certificate(FRAME, {"plan": "P-2"}, ("works", "loads"), {}, KEY, lambda: "x"),
    )
    assert len(payload(whole)["_sd"]) == len(payload(fewer)["_sd"]) == 2
    assert payload(whole)["_sd"] == sorted(payload(whole)["_sd"])


def test_each_fault_has_its_reason() -> None:
    token = issued()
    first, *disclosures = token.split("~")[:-1]
    other = selective.write_disclosure("salt", "works", "别的工程")
    overwrites = _signed(
        {**FRAME, "plan": "x", "_sd": [selective.digest_of(o := selective.write_disclosure("s", "plan", 1))]}
    )
    for text, said in (
        ("", "malformed"), (first, "malformed"), ("a.b.c~", "malformed"), (f"{first}~中~", "malformed"),
        (_signed(FRAME, alg="HS256"), "algorithm_not_allowed"), (_signed(FRAME | {"_sd_alg": "md5"}), "algorithm_not_allowed"),
        (_signed(FRAME | {"iss": "https://other.example"}), "unknown_issuer"), (issued(STRANGER), "bad_signature"),
        (_signed(FRAME | {"plan": "P-2"}, sign=STRANGER), "bad_signature"),
        (f"{first}~!~", "disclosure_malformed"), (f"{first}~{jose.encode_bytes(b'[1,2,3]')}~", "disclosure_malformed"),
        (f"{first}~{disclosures[0]}~{disclosures[0]}~", "duplicate_disclosure"),
        (f"{overwrites}{o}~", "claim_overwritten"), (f"{first}~{other}~", "disclosure_not_promised"),
        (issued(nbf=AT + 1), "not_yet_valid"), (issued(exp=AT), "expired"), (issued(exp="soon"), "malformed"),
        (issued(**STATUS), "status_unavailable"), (token, "ok"),
    ):  # fmt: skip
        assert reason(text) == said, (text[:40], said)


@pytest.mark.parametrize(
    ("statuses", "said"),
    [({}, "ok"), ({5: 1}, "revoked"), ({5: 2}, "suspended"), ({5: 3}, "status_unavailable"), ({4: 1, 6: 1}, "ok")],
)
def test_a_status_decides(statuses: dict[int, int], said: str) -> None:
    assert reason(issued(**STATUS), world(statuses)) == said


def test_a_place_beyond_the_list_and_a_status_of_another_kind_decide_nothing() -> None:
    far = {"status": {"status_list": {"idx": 64, "uri": LIST}}}
    assert reason(issued(**far), world({})) == "status_out_of_range"
    assert reason(issued(status={"other": 1}), world({})) == "status_unavailable"


def test_a_holder_proves_to_one_verifier_and_one_question() -> None:
    bound = issued(cnf={"jwk": jose.write_key(HOLDER.public_key())})
    part = selective.present_certificate(bound, ["works"])
    proved = selective.bind_holder(part, HOLDER, "window", "n-1", AT)
    assert reason(proved, audience="window", nonce="n-1") == "ok"
    assert reason(part, audience="window", nonce="n-1") == "holder_proof_missing"
    whole = selective.bind_holder(bound, HOLDER, "window", "n-1", AT).rpartition("~")[2]
    for text, audience, nonce in (
        (proved, "other", "n-1"), (proved, "window", "n-2"), (part + whole, "window", "n-1"),
        (selective.bind_holder(part, STRANGER, "window", "n-1", AT), "window", "n-1"), (part + "x", "window", "n-1"),
        (selective.bind_holder(issued(), HOLDER, "window", "n-1", AT), "window", "n-1"),
    ):  # fmt: skip
        assert reason(text, audience=audience, nonce=nonce) == "holder_proof_wrong"


def test_names_twice_and_numbers_that_are_none_are_refused() -> None:
    for text in ('{"a":1,"a":2}', '{"a":NaN}', "[" * 5000):
        with pytest.raises(jose.TokenError):
            jose.read_json(text)
    with pytest.raises(jose.TokenError):
        status_list.read_list({"bits": 3, "lst": "eNrbuRgAAhcBXQ"})


def _signed(said: dict[str, Any], alg: str = "ES256", sign: Any = KEY) -> str:
    header = {"typ": "dc+sd-jwt"}
    if alg == "ES256":
        return jose.sign_compact(header, said, sign) + "~"
    parts = [jose.encode_bytes(json.dumps(each).encode()) for each in ({**header, "alg": alg}, said)]
    return ".".join([*parts, "AAAA"]) + "~"


# -- properties --------------------------------------------------------------------------------------------

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6).filter(
    lambda name: name not in selective.FRAME | {"..."}
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=examples(60), deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=6), st.data(), st.booleans())
def test_what_is_shown_is_read_back_and_nothing_else(
    claims: dict[str, Any], data: st.DataObject, edwards: bool
) -> None:
    names = sorted(claims)
    hidden = data.draw(st.sets(st.sampled_from(names))) if names else set()
    shown = data.draw(st.sets(st.sampled_from(sorted(hidden)))) if hidden else set()
    key = ed25519.Ed25519PrivateKey.from_private_bytes(b"7" * 32) if edwards else KEY
    salts = iter(f"salt-{n}" for n in range(99))
    token = selective.issue_certificate(FRAME, claims, hidden, {}, key, lambda: next(salts))
    there = TrustedWorld({ISSUER: [jose.write_key(key.public_key())]}, {}, AT)
    found = verify_certificate(selective.present_certificate(token, shown), there)
    assert found.reason == "ok"
    assert found.claims == {name: value for name, value in claims.items() if name not in hidden or name in shown}


@settings(max_examples=examples(80), deadline=None)
@given(st.integers(0, 10_000), st.characters(codec="ascii", categories=["Lu", "Ll", "Nd"]))
def test_no_character_of_a_certificate_can_be_changed(place: int, other: str) -> None:
    """The last character of a signature has bits that say nothing (RFC 4648 §3.5); every other one counts."""
    token = issued()
    place %= len(token)
    if token[place] in ("~", ".", other) or token[place + 1 : place + 2] == "~":
        return
    assert reason(token[:place] + other + token[place + 1 :]) != "ok"


@settings(max_examples=examples(60))
@given(st.sampled_from(status_list.WIDTHS), st.data())
def test_a_list_says_what_was_packed(bits: int, data: st.DataObject) -> None:
    said = data.draw(st.dictionaries(st.integers(0, 255), st.integers(0, (1 << bits) - 1)))
    found = status_list.read_list(status_list.write_list(status_list.pack_statuses(said, 256, bits)))
    assert {n: found.at(n) for n in range(256)} == {n: said.get(n, 0) for n in range(256)}


def test_the_command_tells_every_reason() -> None:
    rows = [("1", issued(**STATUS), "", ""), ("2", issued(exp=AT - 1), "", ""), ("3", issued(), "window", "n")]
    credentials = "\n".join(["id,token,audience,nonce", *map(",".join, rows)])
    issuers = json.dumps({ISSUER: {"keys": [jose.write_key(KEY.public_key())]}})
    status = json.dumps({LIST: status_list.write_list(status_list.pack_statuses({}, 64, 1))})
    found, outcome = run("credential", credentials, issuers, status, at="2027-01-15T16:00:00+08:00")
    assert [each["reason"] for each in found] == ["ok", "expired", "holder_proof_missing"]
    assert json.loads(found[0]["claims"]) == CLAIMS
    assert [each["claims"] for each in found[1:]] == ["", ""]
    assert outcome.facts["valid"] == 1
