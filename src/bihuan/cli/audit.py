"""`bihuan audit …`: verify the log, prove what is in it, draw verifiably, export, witness, change keys."""

from __future__ import annotations

import json
import secrets as random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from bihuan.cli.verifying import verify_here
from bihuan.console.output import JsonOption, fail, finish, note

if TYPE_CHECKING:
    from bihuan.ledger.checks import VerificationReport
    from bihuan.ledger.core.draw import DrawDefinition
    from bihuan.ledger.core.keys import KeyRing, SigningKey

app = typer.Typer(no_args_is_help=True, help="Verify the ledger, prove inclusion, draw verifiably · 审计")

Keys = Annotated[
    list[str] | None, typer.Option("--key", help="Public key of the log, obtained elsewhere; repeatable. 日志公钥")
]
Private = Annotated[bool, typer.Option("--private", help="Include personal records that are not erased. 含个人信息")]
Output = Annotated[
    Path, typer.Argument(help="File to write, compressed if it ends in .gz; a folder with --tiles. 输出")
]


@app.command("verify")
def verify(
    bundle: Annotated[
        Path | None,
        typer.Argument(help="An exported bundle, or a mirror's folder; this installation's log when left out. 导出包"),
    ] = None,
    key: Keys = None,
    since: Annotated[
        Path | None,
        typer.Option("--since", help="A checkpoint or mirror: the log must extend it, only what is newer is read. 自"),
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="Only what came after the last verification here. 增量")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted verification. 继续")] = False,
    jobs: Annotated[int, typer.Option("--jobs", min=1, max=64, help="Processes that read leaves. 进程数")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Check every event, leaf, tile, head, key and case; name what was altered. 全面核验"""
    from bihuan.ledger.offline import summarise_report, verify_bundle

    with _told():
        trusted = _ring(key)
        if bundle is None:
            _start()
            report = verify_here(trusted, since=since, new=new, resume=resume, jobs=jobs)
        else:
            report = verify_bundle(bundle, trusted) if not bundle.is_dir() else _verify_mirror(bundle, trusted)
    finish(report.as_json(), as_json=as_json, text="\n".join(summarise_report(report)))


@app.command("prove")
def prove(
    what: Annotated[
        str | None, typer.Argument(help="Case number, case id, event id, or a receipt's JSON file. 案号、编号或回执")
    ] = None,
    since: Annotated[
        int | None, typer.Option("--since", help="Prove that the log only grew since this signed size. 一致性证明")
    ] = None,
    to: Annotated[int | None, typer.Option("--to", help="… up to this signed size; else the newest. 截至")] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove that events are in the log, or that the log has only grown. 出具存在证明或一致性证明"""
    if (what is None) == (since is None):
        fail("say what to prove", "give a case, event or receipt, or --since SIZE")
    _start()
    from bihuan.ledger import proofs

    with _told():
        if since is not None:
            shown = proofs.prove_consistency(since, to)
            finish({"ok": True, **shown}, as_json=as_json, text=json.dumps(shown, ensure_ascii=False, indent=2))
            return
        result = _prove(what or "")
    finish(result, as_json=as_json, text=_told_proof(result))


@app.command("draw")
def draw(
    definition: Annotated[
        Path, typer.Argument(help="Definition to commit to or draw; or a transcript. 抽签定义或记录")
    ],
    entropy: Annotated[
        list[str] | None, typer.Option("--entropy", help="A public value, as published; repeatable, in order. 公开数")
    ] = None,
    check: Annotated[bool, typer.Option("--verify", help="The file is a transcript: recompute it. 复核")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write the transcript here. 输出文件")] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Without this installation's log. 不使用日志")] = False,
    as_json: JsonOption = False,
) -> None:
    """Draw verifiably: commit first, draw once the public entropy is known, verify for ever. 可验证抽签

    Without --entropy the definition's hash is published in the log. With it the draw is carried out, if it was
    committed to before. With --verify a transcript is recomputed.
    """
    with _told():
        source = _read_json(definition)
        if check:
            result = _verify_draw(source, offline=offline)
        elif entropy:
            result = _carry_out(source, entropy, offline=offline)
        else:
            result = _commit(definition, source, offline=offline)
    if output is not None and "transcript" in result:
        output.write_text(json.dumps(result["transcript"], ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    finish(result, as_json=as_json, text=json.dumps(result, ensure_ascii=False, indent=2))


@app.command("export")
def export(
    path: Output,
    case: Annotated[list[str] | None, typer.Option("--case", help="Only this case; repeatable. 仅导出该案件")] = None,
    since: Annotated[int | None, typer.Option("--since", help="With --case: an earlier signed size. 起始规模")] = None,
    private: Private = False,
    tiles: Annotated[
        bool, typer.Option("--tiles", help="Write a folder of static tiles (C2SP tlog-tiles) instead. 导出静态文件")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Write a bundle that anyone can verify with `python -m bihuan.ledger.offline`. 导出可离线核验的包"""
    _start()
    from bihuan.ledger import export as bundles
    from bihuan.ledger.mirror import write_mirror

    with _told():
        if tiles:
            leaves = write_mirror(path)
        elif case:
            leaves = bundles.export_cases(path, [_case_id(each) for each in case], private=private, since=since)
        else:
            leaves = bundles.export_log(path, private=private, progress=_progress)
    result = {"ok": True, "file": str(path), "leaves": leaves}
    finish(result, as_json=as_json, text=f"{path}: {leaves} leaves 条")


@app.command("witness")
def witness(
    folder: Annotated[Path, typer.Argument(help="Folder shared with the witness. 与见证方共享的文件夹")],
    cosign: Annotated[bool, typer.Option("--cosign", help="Act as the witness. 作为见证方副署")] = False,
    key: Keys = None,
    signing_key: Annotated[
        str | None,
        typer.Option("--signing-key", envvar="BIHUAN_WITNESS_KEY", help="The witness's private key. 见证方私钥"),
    ] = None,
    state: Annotated[
        Path | None, typer.Option("--state", help="The witness's own memory; not shared. 见证方自己的记录")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the log to a witness, or be one: cosign only what extends what was seen before. 见证

    The log writes FOLDER/request; the witness, elsewhere, checks it with --cosign and writes FOLDER/checkpoint.
    """
    with _told():
        result = _cosign(folder, key, signing_key, state) if cosign else _request(folder)
    finish(result, as_json=as_json, text=json.dumps(result, ensure_ascii=False, indent=2))


@app.command("keys")
def keys(
    rotate: Annotated[bool, typer.Option("--rotate", help="Take up a new signing key. 更换签名密钥")] = False,
    as_json: JsonOption = False,
) -> None:
    """List the log's public keys, to be published and pinned; or change the signing key. 公钥与更换"""
    _start("app")
    from bihuan.ledger import keyring

    with _told():
        if rotate:
            _rotate()
        present = keyring.signing_key()
        known = [key.text() for key in keyring.log_keys()]
    result = {"ok": True, "origin": present.public.name, "signing": present.id, "keys": known}
    finish(result, as_json=as_json, text="\n".join(known))


def _start(role: Any = "owner") -> None:
    """Auditing reads across districts, which only the owner may; it writes nothing."""
    from bihuan.console.bootstrap import start_django

    start_django(role)


@contextmanager
def _told() -> Iterator[None]:
    """Turn a ledger error into a message and exit code 1."""
    from bihuan.ledger.core.errors import LedgerError

    try:
        yield
    except LedgerError as error:
        fail(str(error), error.remedy)


def _ring(texts: list[str] | None) -> KeyRing | None:
    from bihuan.ledger.core.keys import KeyRing, PublicKey

    return KeyRing(map(PublicKey.parse, texts)) if texts else None


def _progress(done: int, total: int) -> None:
    if done == total or done % 65_536 == 0:
        note(f"{done} / {total}")


def _verify_mirror(folder: Path, trusted: KeyRing | None) -> VerificationReport:
    from bihuan.ledger.mirror import verify_mirror

    if trusted is None:
        fail("a mirror is verified with the log's public key", "give --key; `bihuan audit keys` prints it")
    return verify_mirror(folder, trusted)


def _prove(what: str) -> dict[str, Any]:
    from bihuan.ledger import proofs

    if Path(what).is_file():
        from bihuan.loop.receipts import judge_receipt

        return judge_receipt(_read_json(Path(what)))
    case = _find_case(what)
    try:
        shown = proofs.prove_case(case) if case is not None else [proofs.prove_event(UUID(what))]
    except ValueError:
        fail(f"there is no case {what!r} here", "give the case number on the receipt, or the id of a case or event")
    return {"ok": all(proof["state"] == "included" for proof in shown), "proofs": shown}


def _told_proof(result: dict[str, Any]) -> str:
    """A verdict in both languages before its proof; other proofs as they are."""
    shown = json.dumps(result.get("proof", result), ensure_ascii=False, indent=2)
    if "heading" not in result:
        return shown
    said = [f"{result['heading'][each]}: {result['text'][each]}" for each in ("zh", "en")]
    return "\n".join([*said, *([shown] if "proof" in result else [])])


def _find_case(text: str) -> UUID | None:
    """The case with this number or id."""
    from bihuan.loop.models import CaseRow

    try:
        known = CaseRow.objects.filter(id=UUID(text))
    except ValueError:
        known = CaseRow.objects.filter(number=text)
    return known.values_list("id", flat=True).first()


def _case_id(text: str) -> UUID:
    found = _find_case(text)
    if found is None:
        fail(f"there is no case {text!r} here", "give the case number on the receipt, or the case's id")
    return found


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        fail(f"{path}: {error}", "give a JSON file")


def _definition(source: Any) -> DrawDefinition:
    from bihuan.ledger.core.draw import DrawDefinition

    return DrawDefinition.from_json(source)


def _commit(path: Path, source: Any, *, offline: bool) -> dict[str, Any]:
    from bihuan.ledger.core.draw import METHOD

    if isinstance(source, dict) and not source.get("salt"):
        # The salt keeps a short list from being guessed from its hash; it is part of the definition, so it is kept.
        source = {"method": METHOD, **source, "salt": random.token_hex(16)}
        committed = _definition(source)
        path.write_text(json.dumps(source, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    else:
        committed = _definition(source)
    result: dict[str, Any] = {"ok": True, "state": "committed", "commitment": committed.commitment().hex()}
    if not offline:
        _start("app")
        from bihuan.ledger import statements

        identifier, made_at = statements.commit_draw(committed)
        result |= {"statement": str(identifier), "committed_at": made_at.isoformat()}
    return result


def _carry_out(source: Any, entropy: list[str], *, offline: bool) -> dict[str, Any]:
    from bihuan.ledger.core.draw import carry_out_draw as carry_out

    definition = _definition(source)
    result = {"ok": True, "state": "drawn", "transcript": carry_out(definition, entropy)}
    if not offline:
        committed_at = _committed_at(definition.commitment().hex())
        if committed_at is None:
            fail(
                "this definition was never committed to, so its draw would prove nothing",
                "commit first (the same command without --entropy), then wait for entropy that is not yet known",
            )
        result["committed_at"] = committed_at
    return result


def _verify_draw(source: Any, *, offline: bool) -> dict[str, Any]:
    from bihuan.ledger.core.draw import verify_draw

    verify_draw(source)
    result: dict[str, Any] = {"ok": True, "state": "verified", "commitment": source["commitment"]}
    if not offline:
        result["committed_at"] = _committed_at(source["commitment"])
        result["ok"] = result["committed_at"] is not None
        if not result["ok"]:
            result["error"] = "the transcript is consistent, but its commitment is not in the log"
    return result


def _committed_at(commitment: str) -> str | None:
    _start("app")
    from bihuan.ledger import statements

    found = statements.find_commitment(commitment)
    return None if found is None else found[1].isoformat()


def _request(folder: Path) -> dict[str, Any]:
    _start("app")
    from bihuan.ledger import proofs, witness

    seen = witness.read_seen(folder / "checkpoint")
    old = 0 if seen is None else seen.size
    request = proofs.witness_request(old)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "request").write_text(request, encoding="utf-8")
    return {"ok": True, "state": "requested", "old": old, "file": str(folder / "request")}


def _cosign(folder: Path, key: list[str] | None, secret: str | None, state: Path | None) -> dict[str, Any]:
    from bihuan.ledger.core.heads import Head
    from bihuan.ledger.core.keys import SigningKey
    from bihuan.ledger.witness import FolderWitness

    ring = _ring(key)
    if ring is None or secret is None or state is None:
        fail("a witness needs --key, --signing-key and --state", "see docs/topics/ledger.md, “Being a witness”")
    own = SigningKey.parse(secret)
    try:
        request = (folder / "request").read_text(encoding="utf-8")
    except OSError as error:
        fail(f"{folder}/request: {error}", "ask the log for it: bihuan audit witness FOLDER")
    signed = FolderWitness(state, own).cosign(request, ring, datetime.now(UTC))
    (folder / "checkpoint").write_text(str(signed), encoding="utf-8")
    head = Head.parse(signed.text)
    return {"ok": True, "state": "cosigned", "origin": head.origin, "size": head.size, "root": head.root.hex()}


def _rotate() -> None:
    from bihuan.ledger import keyring
    from bihuan.ledger.core.keys import SigningKey

    new = SigningKey(keyring.signing_key().public.name, random.token_bytes(32))
    _keep(new)
    keyring.forget_cached_keys()


def _keep(new: SigningKey) -> None:
    """Record the new key and put it where the old one came from: never one without the other."""
    import os

    from django.conf import settings
    from django.db import transaction

    from bihuan.ledger import keyring
    from bihuan.server import secrets
    from bihuan.server.home import current_home

    if os.environ.get("BIHUAN_LEDGER_KEY"):
        fail(
            "BIHUAN_LEDGER_KEY is set in the environment, where this command cannot change it",
            "move it into secrets.env (bihuan init), or rotate in Python with bihuan.ledger.keyring.rotate_log_key",
        )
    home = current_home()
    with transaction.atomic():
        keyring.rotate_log_key(new)
        secrets.write_file(home.secrets_file, secrets.read_file(home.secrets_file) | {"BIHUAN_LEDGER_KEY": new.text()})
    settings.BIHUAN_LEDGER_KEY = new.text()
    note("restart serve and worker so that they sign with the new key 请重启服务以启用新密钥")
