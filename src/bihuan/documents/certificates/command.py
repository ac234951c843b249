"""`bihuan certificate`: what is declared; issue, revoke, suspend, resume; show in part, verify; keys."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from bihuan.console.output import JsonOption, fail, finish

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Certificates · 证书")

Key = Annotated[UUID, typer.Argument(metavar="ID", help="Id of a certificate 证书编号")]
TokenFile = Annotated[Path, typer.Argument(metavar="FILE", help="A certificate as it is shown 证书文件")]
By = Annotated[str, typer.Option("--by", help="User name of the officer 经办人用户名")]
Reason = Annotated[str, typer.Option("--reason", help="Why; no name 理由")]


@app.command("list")
def list_certificates(as_json: JsonOption = False) -> None:
    """List the types of certificates that are declared, and files that are set aside. 证书目录"""
    from bihuan.documents.certificates.catalogue import all_certificates, certificates_aside

    found = [
        {
            "certificate": name, "zh": each.certificate.name.zh, "en": each.certificate.name.en,
            "programme": each.programme, "edition": each.certificate.digest, "claims": sorted(each.certificate.claims),
            "hidden": sorted(each.certificate.hidden),
            "occasion": each.certificate.occasion.event if each.certificate.occasion else None,
        }
        for name, each in sorted(all_certificates().items())
    ]  # fmt: skip
    aside = [problem.as_dict() for error in certificates_aside().values() for problem in error.problems]
    text = "\n".join(f"{each['certificate']}  {each['zh']} · {each['en']}  ({each['programme']})" for each in found)
    told = {"ok": not aside, "certificates": found, "aside": aside}
    finish(told, as_json=as_json, text=text or "no certificate is declared")


@app.command("issue")
def issue(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Type of certificate 证书种类")],
    facts: Annotated[Path, typer.Argument(metavar="FACTS.json", help="Claims that the officer says 内容文件")],
    by: By,
    key: Annotated[str, typer.Option("--key", help="Names it once: the same key is the same certificate 幂等键")],
    out: Annotated[Path | None, typer.Option("--out", help="Where the token is written 输出文件")] = None,
    as_json: JsonOption = False,
) -> None:
    """Issue a certificate by an officer's act. 签发"""
    world, district = _world()
    from bihuan.documents.certificates.catalogue import certificate_named
    from bihuan.documents.certificates.issuing import CertificateRefused, issue_after, opened_token
    from bihuan.documents.letters.gathering import LetterOccasion
    from bihuan.registers.isolation import in_district

    declared = certificate_named(name)
    given = json.loads(facts.read_text(encoding="utf-8"))
    occasion = LetterOccasion(f"hand:{key}", world.now, declared.programme, given, None, _actor(by))
    try:
        row, fresh = issue_after(declared, occasion, given, world)
    except CertificateRefused as refused:
        fail(f"{refused.what.zh} · {refused.what.en}", f"{refused.remedy.zh} · {refused.remedy.en}")
    with in_district(district):
        token = opened_token(row)
    if out is not None and token is not None:
        out.write_text(token + "\n", encoding="utf-8")
        out.chmod(0o600)
    from bihuan.loop.codes import code_of

    told = {
        "ok": True,
        "id": str(row.id),
        "code": code_of(row.id),
        "fresh": fresh,
        "expires_at": row.expires_at.isoformat(),
    }
    finish(told, as_json=as_json, text=f"{row.id}  {told['code']}")


@app.command("revoke")
def revoke(key: Key, by: By, reason: Reason, as_json: JsonOption = False) -> None:
    """Revoke a certificate for ever. 撤销"""
    _end(key, "revoked", by, reason, as_json=as_json)


@app.command("suspend")
def suspend(key: Key, by: By, reason: Reason, as_json: JsonOption = False) -> None:
    """Suspend a certificate. 暂停"""
    _end(key, "suspended", by, reason, as_json=as_json)


@app.command("resume")
def resume(key: Key, by: By, reason: Reason, as_json: JsonOption = False) -> None:
    """Let a suspended certificate hold again. 恢复"""
    _end(key, "resumed", by, reason, as_json=as_json)


@app.command("present")
def present(
    file: TokenFile,
    show: Annotated[list[str] | None, typer.Option("--show", help="A claim that is shown; repeatable 出示项")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print a certificate with some of its claims only; needs no server. 出示部分内容"""
    from bihuan.methods.parts.jose import TokenError
    from bihuan.methods.parts.selective import names_disclosed, present_certificate

    try:
        token = present_certificate(file.read_text(encoding="utf-8").strip(), show or [])
        shown = names_disclosed(token)
    except TokenError as error:
        fail(f"不是证书 · no certificate: {error}", "give the file that was issued")
    finish({"ok": True, "token": token, "shown": shown}, as_json=as_json, text=token)


@app.command("verify")
def verify(
    file: TokenFile,
    issuers: Annotated[
        Path | None, typer.Option("--issuers", help='{"ISS": {"keys": [JWK]}}; else ours 信任名单')
    ] = None,
    status: Annotated[Path | None, typer.Option("--status", help='{"URI": {"bits", "lst"}} 状态表')] = None,
    at: Annotated[str, typer.Option("--at", help="The instant; default now 时刻")] = "",
    as_json: JsonOption = False,
) -> None:
    """Verify what somebody shows: valid, or the first reason why not; with lists of one's own without a server. 核验"""
    from bihuan.methods.credential import world_of
    from bihuan.methods.parts.selective import SAID, verify_certificate

    token = file.read_text(encoding="utf-8").strip()
    instant = dt.datetime.fromisoformat(at).astimezone(dt.UTC) if at else dt.datetime.now(dt.UTC)
    if issuers is None:
        _, district = _world()
        from bihuan.documents.certificates.publishing import judge_presented

        found = judge_presented(token, district, instant)
    else:
        lists = status.read_bytes() if status is not None else b"{}"
        found = verify_certificate(token, world_of(issuers.read_bytes(), lists, instant.timestamp()))
    words = SAID[found.reason]
    told = {
        "ok": found.valid,
        "valid": found.valid,
        "reason": found.reason,
        "claims": found.claims,
        "frame": found.frame,
    }
    finish(told, as_json=as_json, text=f"{words.zh} · {words.en} ({found.reason})")


@app.command("keys")
def keys(
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Retire the key that signs and make another 更换密钥")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """The public keys as they are published; change the one that signs. 密钥"""
    world, district = _world()
    from bihuan.documents.certificates.keys import rotate_key
    from bihuan.documents.certificates.publishing import issuer_metadata
    from bihuan.registers.isolation import in_district

    if rotate:
        with in_district(district):
            rotate_key(district, world.now)
    told = issuer_metadata(district, world.now)
    text = "\n".join(f"{key['kid']}  {key['alg']}" for key in told["jwks"]["keys"])
    finish({"ok": True, **told}, as_json=as_json, text=text or "no key yet: the first certificate makes one")


def _end(key: UUID, kind: str, by: str, reason: str, *, as_json: bool) -> None:
    world, _ = _world()
    from bihuan.documents.certificates.issuing import CertificateRefused, end_certificate

    try:
        step = end_certificate(key, kind, reason, world, _actor(by))
    except CertificateRefused as refused:
        fail(f"{refused.what.zh} · {refused.what.en}", f"{refused.remedy.zh} · {refused.remedy.en}")
    finish({"ok": True, "id": str(key), "step": step.kind}, as_json=as_json, text=f"{key} {step.kind}")


def _actor(username: str) -> str:
    from bihuan.registers.models import User

    user = User.objects.filter(username=username, is_active=True).first()
    if user is None:
        fail(f"没有用户 {username} · there is no user {username!r}", "name the officer by user name")
    return f"user:{user.pk}"


def _world() -> tuple[Any, str]:
    from bihuan.console.bootstrap import start_django

    start_django()
    from bihuan.loop.store import current_facts

    world = current_facts(dt.datetime.now(dt.UTC))
    return world, world.registers.district.code
