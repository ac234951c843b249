"""`bihuan backup FILE` and `bihuan restore FILE`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from bihuan.cli.bootstrap import ensure_database, start_django
from bihuan.cli.output import JsonOption, fail, finish, note

app = typer.Typer()

PASSPHRASE_VARIABLE = "BIHUAN_BACKUP_PASSPHRASE"  # noqa: S105  # the name of a variable, not a secret
PassphraseFile = Annotated[
    Path | None,
    typer.Option("--passphrase-file", exists=True, dir_okay=False, help="File with the passphrase 口令文件"),
]


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="File to write 备份文件")],
    passphrase_file: PassphraseFile = None,
    without_keys: Annotated[bool, typer.Option("--without-keys", help="Leave the keys out 不含密钥")] = False,
    as_json: JsonOption = False,
) -> None:
    """Back up database, media and sealed keys into one file, while people work. 备份"""
    from bihuan.server import backup as backups
    from bihuan.server.home import current_home
    from bihuan.server.pgdump import DumpError
    from bihuan.server.sealing import SealError

    passphrase = None if without_keys else _passphrase(passphrase_file, confirm=True)
    ensure_database()
    try:
        made = backups.create(current_home(), file.absolute(), passphrase)
    except (backups.BackupError, SealError, DumpError, OSError) as error:
        fail(str(error))
    rows = sum(made["rows"].values())
    files = sum(1 for name in made["sha256"] if name.startswith("media/"))
    result = {"ok": True, "file": str(file), "bytes": made["bytes"], "rows": rows, "media": files}
    finish(
        result | {"keys": not without_keys},
        as_json=as_json,
        text=f"Backed up {rows} rows and {files} files to {file} ({made['bytes']} bytes).",
    )


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Backup to restore 备份文件")],
    passphrase_file: PassphraseFile = None,
    as_json: JsonOption = False,
) -> None:
    """Restore a backup into an empty data folder, apply newer migrations and verify the ledger. 恢复"""
    from bihuan.cli.run import apply_migrations, collect_static
    from bihuan.server import backup as backups
    from bihuan.server.home import current_home
    from bihuan.server.pgdump import DumpError
    from bihuan.server.postgres import PostgresError
    from bihuan.server.sealing import SealError

    home = current_home()
    try:
        manifest = backups.verify(file)
        passphrase = _passphrase(passphrase_file) if backups.KEYS in manifest["sha256"] else None
        note("The file is intact; restoring … 正在恢复")
        backups.restore(home, file, passphrase)
    except (backups.BackupError, SealError, DumpError, PostgresError, OSError) as error:
        fail(str(error))
    applied = apply_migrations()
    collect_static(home)
    start_django()
    rows = sum(manifest["rows"].values())
    result = {"ok": True, "home": str(home.path), "rows": rows, "from_version": manifest["version"]}
    finish(
        result | {"migrations": applied},
        as_json=as_json,
        text=f"Restored {rows} rows of {manifest['created_at']} into {home.path}. Next: `bihuan audit verify`.",
    )


def _passphrase(file: Path | None, *, confirm: bool = False) -> str:
    """From a file, the environment, or asked for at the terminal."""
    if file is not None:
        return file.read_text(encoding="utf-8").strip()
    if given := os.environ.get(PASSPHRASE_VARIABLE):
        return given
    if not os.isatty(0):
        fail("no passphrase for the keys", f"use --passphrase-file or set {PASSPHRASE_VARIABLE}")
    asked: str = typer.prompt("Passphrase 口令", hide_input=True, confirmation_prompt=confirm, err=True)
    return asked
