"""The command table and the lazy loader behind `bihuan`."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS: dict[str, tuple[str, str]] = {
    # name: (module in bihuan.cli, one line of help)
    "init": (
        "run",
        "Set up the data folder: secrets, database, tables, static files · 初始化",
    ),
    "serve": ("run", "Serve pages and API · 启动服务"),
    "worker": ("run", "Run background work: ledger sequencer, clocks, notices · 后台任务"),
    "stop": ("run", "Stop serve, worker and the private PostgreSQL · 停止"),
    "migrate": ("run", "Bring the tables up to this version (as owner) · 升级数据表"),
    "doctor": (
        "doctor",
        "Check the installation; every finding names its remedy · 体检",
    ),
    "demo": ("demo", "A model district with 90 simulated days, then serve · 演示"),
    "backup": ("ops", "Back up database, media and keys into one file · 备份"),
    "restore": ("ops", "Restore a backup into an empty data folder · 恢复"),
    "knowledge": ("knowledge", "Load articles of the knowledge base · 知识库"),
    "load": (
        "load",
        "Load users, organisations, duties, areas, calendars · 批量导入基础数据",
    ),
    "import": (
        "importing",
        "Import reports from CSV, XLSX, JSON lines, Parquet · 导入诉求",
    ),
    "reconcile": ("importing", "Compare our list and figures with the city's · 与上级平台对账"),
    "upward": ("importing", "Write what happened to the city's orders · 向上级平台上报"),
    "simulate": ("simulate", "Play a district with known truth · 仿真"),
    "case": ("cases", "List, show and act on cases · 案件"),
    "why": ("cases", "Explain a deadline, holder or number · 依据"),
    "indicators": ("indicators", "The three rates and their definitions · 指标"),
    "rank": ("indicators", "Monthly ranking with rank intervals · 排名"),
    "close-month": ("indicators", "Close a month; restate a closed one · 封账"),
    "callback": ("callback", "Sample, estimate and audit by call-back · 回访抽样与审计"),
    "audit": ("audit", "Verify the ledger, prove inclusion, draw verifiably · 审计"),
    "programme": ("programmes", "Check, draw, compare, migrate and retire programmes · 事项"),
    "admissions": ("admissions", "What entered and left the list of a gate between two days · 准入清单变动"),
    "campaign": ("campaigns", "Cover a dated population, each member once · 专项行动"),
    "prevent": ("prevent", "Next week's visits by forecast and public draw · 未诉先办"),
    "monthly-topic": ("monthly_topic", "Take up ranked topics with a public reason · 每月一题"),
    "lake": ("lake", "Events and cases as Parquet; questions over them · 数据湖"),
    "triage": ("triage", "Suggest category and urgency; keep the models · 分类建议"),
    "topics": ("topics", "Topics behind many reports, ranked with reasons · 每月一题"),
    "emerging": ("emerging", "What is higher than its own past allows · 突增预警"),
    "forecast": ("forecast", "Expect reports per area and type, with intervals · 诉求量预测"),
    "hotspots": ("hotspots", "Rank the places of next week · 热点预测"),
    "effect": ("effect", "Effect of prevention, with interval and gates, or a refusal · 预防成效"),
    "duplicates": ("duplicates", "Propose which report repeats an earlier one · 疑似重复"),
    "locate": ("locate", "Find the place a text names; points that stand for unknown · 地点识别"),
    "token": ("tokens", "Secrets for programs that call the API · 接口令牌"),
    "suggestions": ("suggestions", "Suggestions at the desk and what people made of them · 智能建议"),
    "briefing": ("briefing", "A week or a month in sentences, each number a fact · 周报月报"),
    "erase": ("erase", "Erase personal content on request, by two people · 个人信息删除"),
    "kept": ("kept", "Plans, draws, models, places, briefings, programmes as rows · 成果留存"),
    "mail": ("mail", "Mails that were not, or not wholly, taken · 未收下的邮件"),
    "webhook": ("webhooks", "Tell other systems by signed webhooks · 推送订阅"),
}


class LazyGroup(TyperGroup):
    """Lists commands from the table; imports a command's module only when it is called."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A light stand-in with the line of help; enough for listing."""
        entry = COMMANDS.get(cmd_name)
        return None if entry is None else TyperCommand(cmd_name, callback=None, help=entry[1], short_help=entry[1])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, _stand_in, rest = super().resolve_command(ctx, args)
        return (name, None if name is None else load(name), rest)


def load(name: str) -> Any:
    """The real command: the one called `name` in its module's `app`, or that whole `app` when it is the group."""
    module = importlib.import_module(f"bihuan.cli.{COMMANDS[name][0]}")
    # Rich takes half a second to load and reads `[/unit/KEY]` in a help text as its own markup.
    module.app.rich_markup_mode = None
    group = typer.main.get_group(module.app)
    group.name = name
    return group.commands.get(name, group)


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from bihuan import __version__

        typer.echo(f"bihuan {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Version 版本"),
    ] = False,
) -> None:
    """Bihuan 闭环: every promise of a district's work report as a loop that closes."""


def main(words: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process: 0 when done, 1 for a fault, 2 for a wrong call, 130 when interrupted.

    Every fault, on every command, becomes one sentence with its remedy, and with `--json` one object.

    Args:
        words: What was typed after `bihuan`; default: the arguments of this process.
    """
    from bihuan.cli import ending

    os.umask(0o077)  # what any command writes is its owner's alone
    given = list(sys.argv[1:] if words is None else words)
    sys.exit(ending.run(lambda: app(given, prog_name="bihuan", standalone_mode=False), as_json="--json" in given))
