"""`bihuan backup FILE` and `bihuan restore FILE`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish, note

if TYPE_CHECKING:
    from bihuan.server.home import Home
    from bihuan.server.stream import Secret

app = typer.Typer()

PASSPHRASE_VARIABLE = "BIHUAN_BACKUP_PASSPHRASE"  # noqa: S105  # the name of a variable, not a secret
KEY_VARIABLE = "BIHUAN_BACKUP_KEY"
PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", exists=True, dir_okay=False, help="File with the passphrase 口令文件"),
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file", exists=True, dir_okay=False, help="File with 32 bytes in base64 密钥文件"),
]


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="File to write 备份文件")],
    passphrase_file: PassphraseFile = None,
    key_file: KeyFile = None,
    without_keys: Annotated[bool, typer.Option("--without-keys", help="Leave the keys out 不含密钥")] = False,
    unencrypted: Annotated[
        bool, typer.Option("--unencrypted", help="Neither secret nor vouched for; without keys 不加密，不含密钥")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Back up rows, media and keys into one sealed file, while people work. 备份

    With a passphrase or a key the whole file is encrypted and authenticated: no byte of it can be changed unnoticed.

    See docs/topics/operations.md, "Backup and restore".
    """
    from bihuan.server import backup as backups
    from bihuan.server.stream import Secret

    secret = Secret() if unencrypted else _secret(passphrase_file, key_file, confirm=True)
    _take_in()
    made = backups.create_backup(_home(), file.absolute(), secret, with_keys=not without_keys)
    rows = sum(made["rows"].values())
    result = {"ok": True, "file": str(file), "bytes": made["bytes"], "rows": rows, "media": made["media"]}
    result |= {"keys": not (without_keys or unencrypted), "sealed": made["sealed"]}
    said = f"已备份 {rows} 行、{made['media']} 个文件 · {rows} rows and {made['media']} files in {file}"
    finish(result, as_json=as_json, text=said)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Backup to restore 备份文件")],
    passphrase_file: PassphraseFile = None,
    key_file: KeyFile = None,
    unauthenticated: Annotated[
        bool, typer.Option("--unauthenticated", help="Also a backup that nothing vouches for 允许恢复无人担保的备份")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Restore a backup into an empty data folder; everything is checked before anything is changed. 恢复

    See docs/topics/operations.md, "Backup and restore".
    """
    from bihuan.cli.run import collect_static, record_editions
    from bihuan.server import backup as backups
    from bihuan.server import legacy_archive
    from bihuan.server.stream import ArchiveSeal, Secret, StreamError, read_header

    try:
        with file.open("rb") as opened:
            seal = ArchiveSeal(read_header(opened)[1]["seal"])
    except StreamError:
        seal = ArchiveSeal.PASSPHRASE if legacy_archive.recognises(file) else ArchiveSeal.NONE
    secret = Secret() if seal is ArchiveSeal.NONE else _secret(passphrase_file, key_file)
    home = _home()
    note("正在核对全部内容，然后恢复 · reading every byte, then restoring …")
    found = backups.restore_backup(home, file, secret, unauthenticated=unauthenticated)
    collect_static(home)
    editions = record_editions()
    rows = sum(found.rows.values())
    result = {"ok": True, "home": str(home.path), "rows": rows, "media": found.media, "editions": editions}
    result |= {"from_version": found.manifest.version, "sealed": found.seal.value}
    said = f"已恢复 {found.manifest.created_at} 的 {rows} 行 · {rows} rows of {found.manifest.created_at} restored"
    finish(result, as_json=as_json, text=f"{said}: {home.path}\n下一步 · next: `bihuan audit verify`")


def _take_in() -> None:
    """What a city edited since the last start becomes rows first, so that it is in the backup."""
    start_django()
    from bihuan.server.exports import take_in
    from bihuan.server.migrate import pending_migrations

    if not pending_migrations():  # else this is the backup before an upgrade; the upgrade takes the files in
        take_in(_home())


def _home() -> Home:
    from bihuan.server.home import current_home

    return current_home()


def _secret(passphrase_file: Path | None, key_file: Path | None, *, confirm: bool = False) -> Secret:
    """From a file, the environment, or asked for at the terminal."""
    from bihuan.server.stream import secret_of

    if key_file is not None or passphrase_file is not None:
        texts = [None if f is None else f.read_text(encoding="utf-8").strip() for f in (passphrase_file, key_file)]
        return secret_of(*texts)
    if (key := os.environ.get(KEY_VARIABLE)) or os.environ.get(PASSPHRASE_VARIABLE):
        return secret_of(None if key else os.environ[PASSPHRASE_VARIABLE], key)
    if not os.isatty(0):
        remedy = f"use --passphrase-file or --key-file, or set {PASSPHRASE_VARIABLE} or {KEY_VARIABLE}"
        fail("没有口令或密钥 · no passphrase and no key", remedy)
    asked: str = typer.prompt("Passphrase 口令", hide_input=True, confirmation_prompt=confirm, err=True)
    return secret_of(asked, None)
