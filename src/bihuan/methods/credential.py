"""Which presented certificates (SD-JWT) are valid at an instant, what they say, and why each of the others is not.

In: CREDENTIALS (`token`, and the verifier's `audience` and `nonce`; a nonce demands the holder's proof), ISSUERS
`{iss: {"keys": [JWK…]}}`, STATUS `{uri: {bits, lst}}`. Out: a row each; the reason is the first of the declared order
that applies, and a status that cannot be decided is not valid. Claims only of valid ones, without the frame.
Exact: no figure is worked out; instants are whole seconds. Growth: n; a signature costs a tenth of a millisecond.
Source: RFC 9901; draft-ietf-oauth-status-list; RFC 7515 with ES256 and EdDSA.
Compared with: joserfc, the working group's examples (tests/methods/test_credential.py).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from bihuan.methods.declared.cells import ZONE
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.running import WrongCallError
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.jose import TokenError, read_json, write_json
from bihuan.methods.parts.selective import REASONS, SAID, TrustedWorld, instant_of, verify_certificate
from bihuan.methods.parts.status_list import StatusBits, read_list


def verify_credentials(given: Given) -> Answer:
    """The verdict on each certificate. Source: RFC 9901 §7.1, §7.3."""
    rows = given["credentials"]
    world = world_of(given["issuers"].raw, given["status"].raw, _seconds(given.option("at")))
    asked = zip(rows["token"].text(), rows["audience"].text(), rows["nonce"].text(), strict=True)
    found = [verify_certificate(token, world, audience, nonce) for token, audience, nonce in asked]
    reasons = [each.reason for each in found]
    return Answer(
        {
            "id": rows["id"].text(),
            "valid": ["yes" if each.valid else "no" for each in found],
            "reason": reasons,
            "claims": [write_json(each.claims) if each.valid else "" for each in found],
        },
        facts={"valid": reasons.count("ok"), "reasons": dict(sorted(Counter(reasons).items()))},
    )


def world_of(issuers: bytes, status: bytes, at: float) -> TrustedWorld:
    """Return what a verifier trusts, from two files.

    Args:
        issuers: `{iss: {"keys": [JWK…]}}`. status: `{uri: {bits, lst}}`. at: Seconds since 1970.

    Raises:
        WrongCallError: one of them is no JSON object.

    Source: RFC 7517 §5; draft-ietf-oauth-status-list §4.2.
    """
    keys = {name: _keys(each) for name, each in _object(issuers, "ISSUERS").items()}
    return TrustedWorld(keys, _lists(_object(status, "STATUS")), at)


def _seconds(text: str) -> int:
    at = datetime.fromisoformat(text)
    return instant_of(at.replace(tzinfo=at.tzinfo or ZONE))


def _object(raw: bytes, name: str) -> dict[str, Any]:
    try:
        found = read_json(raw)
    except TokenError as error:
        raise WrongCallError(f"{name}：不是JSON · {error}", f"{name} is a JSON object") from error
    if not isinstance(found, dict):
        raise WrongCallError(f"{name}：须为JSON对象 · not a JSON object", f"{name} is a JSON object")
    return found


def _keys(said: Any) -> list[dict[str, Any]]:
    keys = said.get("keys", ()) if isinstance(said, dict) else ()
    return [each for each in keys if isinstance(each, dict)]


def _lists(said: dict[str, Any]) -> dict[str, StatusBits]:
    """The lists that can be read; of the others nothing can be decided."""
    found = {}
    for uri, claim in said.items():
        try:
            found[uri] = read_list(claim)
        except TokenError:
            continue
    return found


METHOD = Method(
    name="credential",
    zh="证书核验",
    en="Verification of certificates",
    inputs=(
        Input(
            "credentials", "证书", "Certificates as presented",
            (
                Column("id", "编号", "Id"), Column("token", "证书", "Token", required=False),
                Column("audience", "核验方", "Audience", required=False, absent=True),
                Column("nonce", "一次性数", "Nonce", required=False, absent=True),
            ),
        ),
        Input("issuers", "信任名单", "Trusted issuers with their keys", kind="bytes"),
        Input("status", "状态表", "Status lists by address", kind="bytes"),
    ),
    options=(Option("at", "时刻", "At the instant", "instant"),),
    output=(
        Column("id", "编号", "Id"),
        Column("valid", "有效", "Valid", "yes_no"),
        Column("reason", "理由", "Reason", "choice", choices=tuple((each, SAID[each]) for each in REASONS)),
        Column("claims", "内容", "Claims as JSON", required=False),
    ),
    facts=(
        AnswerKey("valid", "有效数", "Valid ones", {"type": "integer"}),
        AnswerKey("reasons", "各理由数", "How many by reason", {"type": "object"}),
    ),
    key=("id",),
    run=verify_credentials,
    source="RFC 9901; draft-ietf-oauth-status-list",
    peer="joserfc",
    cost="n",
)  # fmt: skip
