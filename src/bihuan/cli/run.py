"""`bihuan init | migrate | serve | worker | stop`: set an installation up and run it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from bihuan.console.bootstrap import ensure_database, private_server, start_django
from bihuan.console.output import JsonOption, fail, finish, note

if TYPE_CHECKING:
    from bihuan.server.home import Home

app = typer.Typer()


@app.command()
def init(as_json: JsonOption = False) -> None:
    """Set up the data folder: secrets, database, tables, static files. Safe to run again. 初始化

    See docs/topics/operations.md.
    """
    from bihuan.server import secrets
    from bihuan.server.home import current_home

    home = current_home().ensure()
    fresh = not home.secrets_file.exists()
    secrets.ensure_secrets(home)
    ensure_database()
    applied = apply_migrations()
    files = collect_static(home)
    editions = record_editions()
    result = {
        "ok": True,
        "home": str(home.path),
        "fresh": fresh,
        "migrations": applied,
        "static_files": files,
        "editions": editions,
    }
    finish(
        result,
        as_json=as_json,
        text=f"Ready in {home.path}\nKeep {home.secrets_file} backed up. Next: `bihuan load …`, then `bihuan serve`.",
    )


@app.command()
def migrate(as_json: JsonOption = False) -> None:
    """Bring the tables up to this version, acting as the owner role. 升级数据表

    See docs/topics/operations.md, "Upgrade".
    """
    ensure_database()
    applied = apply_migrations()
    editions = record_editions()
    text = f"{applied} migrations applied; {len(editions)} new editions recorded. 新增 {len(editions)} 个版本"
    finish({"ok": True, "migrations": applied, "editions": editions}, as_json=as_json, text=text)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on 监听地址")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port 端口")] = 8000,
    workers: Annotated[int, typer.Option(help="Processes 进程数", min=1)] = 2,
    threads: Annotated[int, typer.Option(help="Requests at a time per process 每进程线程数", min=1)] = 4,
    with_worker: Annotated[
        bool, typer.Option("--worker/--no-worker", "--with-worker", help="Run the worker beside 同时运行后台任务")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Serve pages and API until stopped; requests under way are answered first. 启动服务

    See docs/topics/operations.md.
    """
    from bihuan.server import serving, static_files, unprivileged

    home = _home_to_run()
    unprivileged.refuse_low_port(port)
    started = ensure_database()
    start_django()
    from bihuan.server import gate

    gate.refuse_trial_setup(home)
    _refuse_old_tables()
    if static_files.renew_static(home):
        note("页面文件已更新 · static files were built anew and have been collected")
    record_editions()
    from bihuan.server.attending import Attendant

    address, listen = f"http://{host}:{port}/", serving.Listen(host, port, workers, threads)
    server = private_server()
    worker = [sys.executable, "-m", str(__package__), "worker"] if with_worker else []
    try:
        with Attendant(home, server if server is not None and server.ours_to_start() else None, worker):
            serving.attend(
                home,
                listen,
                lambda: unprivileged.start_role(home, "serve", listen),
                lambda: note(f"Serving {address} — Ctrl+C ends it. 服务已启动"),
            )
    finally:
        if started:
            _stop_database_if_idle()
    finish({"ok": True, "served": address}, as_json=as_json, text="Stopped. 已停止")


@app.command()
def worker(as_json: JsonOption = False) -> None:
    """Run background work until stopped: ledger sequencer, clocks, notices. 后台任务

    See docs/topics/operations.md.
    """
    from bihuan.server import serving, unprivileged

    home = _home_to_run()
    start_django()
    from bihuan.server import gate

    gate.refuse_trial_setup(home)
    _refuse_old_tables()
    from bihuan.server.endless import endless_work

    unprivileged.hand_over(home, private_server())
    with serving.pid_files(home)["worker"].hold():
        note(f"Working: {', '.join(loop.name for loop in endless_work())} — Ctrl+C ends it.")
        unprivileged.become_role(home, "worker", as_json=as_json)


@app.command()
def stop(as_json: JsonOption = False) -> None:
    """Stop serve, worker and the private PostgreSQL of this home, in this order, gracefully. 停止

    See docs/topics/operations.md.
    """
    from bihuan.server.home import current_home
    from bihuan.server.serving import left_behind, pid_files

    stopped: dict[str, bool] = {}
    home = current_home()
    for role, pid_file in pid_files(home).items():
        try:
            stopped[role] = pid_file.terminate()
        except TimeoutError as error:
            fail(str(error), "wait, or end that process yourself", stopped=stopped)
    if left := left_behind(home):
        who = ", ".join(map(str, left))
        fail(f"stopped, but the pages are still answered by {who}", f"end it: kill {left[0].pid}", stopped=stopped)
    server = private_server()
    stopped["postgres"] = server.stop() if server is not None and server.ours_to_start() else False
    names = ", ".join(name for name, was_running in stopped.items() if was_running)
    finish({"ok": True, "stopped": stopped}, as_json=as_json, text=f"Stopped: {names or 'nothing was running'}.")


def _home_to_run() -> Home:
    """The home, where the user who serves can reach it; counters begin anew."""
    from bihuan.server.home import current_home
    from bihuan.server.serving import forget_metrics
    from bihuan.server.unprivileged import place_home

    home = place_home(current_home())
    forget_metrics(home)
    return home


def apply_migrations() -> int:
    """Apply migrations in a process of its own, which alone acts as owner; returns how many were applied.

    Source: docs/adr/0040 (migrations run in a process of their own, which alone knows the owner's password)
    """
    environment = os.environ | {"BIHUAN_DB_ROLE": "owner", "DJANGO_SETTINGS_MODULE": "bihuan.server.settings"}
    done = subprocess.run(
        [sys.executable, "-m", "bihuan.server.migrate"], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        fail(f"migrations failed:\n{done.stderr.strip()[-3000:]}", "the tables are as before the failed migration")
    return int(done.stdout.split()[-1])


def record_editions() -> list[str]:
    """Record every declared edition, so that cases opened under it stay explainable; returns the new ones.

    A programme that is faulty, or that changed under an edition that is on record, is set aside and named; whatever
    starts goes on with the others.

    Source: docs/adr/0001 (3); docs/topics/rules.md, "When a rule changes under open cases".
    """
    start_django()
    from bihuan.loop import programmes
    from bihuan.loop.editions import activate
    from bihuan.server import exports, unprivileged
    from bihuan.server.home import current_home

    if written := exports.write_out(current_home()):
        note(f"已从数据库写出 · written out of the rows: {_counted(written)}")
        programmes.forget_folders()
    new = activate()
    for folder, error in programmes.folders_aside().items():
        note(f"事项已搁置，其余照常 · {folder.name} is set aside, the others go on: {error.problems[0]}")
    if taken := exports.take_in(current_home()):
        note(f"文件已收入数据库，此后以数据库为准 · files taken into rows, which count from now on: {_counted(taken)}")
    unprivileged.hand_over(current_home(), private_server())  # what was written here, who serves must read
    return new


def _counted(rooms: dict[str, int]) -> str:
    return ", ".join(f"{room} {number}" for room, number in rooms.items())


def collect_static(home: Home) -> int:
    """Copy static files, hashed and compressed, into the home; unchanged ones are kept."""
    os.environ["BIHUAN_COLLECTING"] = "1"
    start_django()
    from bihuan.server import static_files

    return static_files.collect_static(home)


def _refuse_old_tables() -> None:
    from bihuan.server.migrate import pending_migrations

    if missing := pending_migrations():
        fail(f"{len(missing)} migrations are not applied (first: {missing[0]})", "run `bihuan migrate`")


def _stop_database_if_idle() -> None:
    """Stop the private server that `serve` started, unless a worker or a command still uses it."""
    server = private_server()
    if server is not None and server.other_sessions() == 0:
        server.stop()
