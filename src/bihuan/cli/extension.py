"""The commands that belong to no room, or to several."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from bihuan.extend import CliCommand


def commands() -> tuple[CliCommand, ...]:
    """One module here for each group of commands."""
    return (
        CliCommand("init", "Set up the data folder: secrets, database, tables, static files · 初始化", _app("run")),
        CliCommand("serve", "Serve pages and API · 启动服务", _app("run")),
        CliCommand("worker", "Run background work: ledger sequencer, clocks, notices · 后台任务", _app("run")),
        CliCommand("stop", "Stop serve, worker and the private PostgreSQL · 停止", _app("run")),
        CliCommand("migrate", "Bring the tables up to this version (as owner) · 升级数据表", _app("run")),
        CliCommand("doctor", "Check the installation; every finding names its remedy · 体检", _app("doctor")),
        CliCommand("demo", "A model district with 90 simulated days, then serve · 演示", _app("demo")),
        CliCommand("backup", "Back up database, media and keys into one file · 备份", _app("ops")),
        CliCommand("restore", "Restore a backup into an empty data folder · 恢复", _app("ops")),
        CliCommand("knowledge", "Load articles of the knowledge base · 知识库", _app("knowledge")),
        CliCommand("load", "Load users, organisations, duties, areas, calendars · 批量导入基础数据", _app("load")),
        CliCommand("import", "Import reports from CSV, XLSX, JSON lines, Parquet · 导入诉求", _app("importing")),
        CliCommand("reconcile", "Compare our list and figures with the city's · 与上级平台对账", _app("importing")),
        CliCommand("upward", "Write what happened to the city's orders · 向上级平台上报", _app("importing")),
        CliCommand("simulate", "Play a district with known truth · 仿真", _app("simulate")),
        CliCommand("case", "List, show and act on cases · 案件", _app("cases")),
        CliCommand("why", "Explain a deadline, holder or number · 依据", _app("cases")),
        CliCommand("indicators", "The three rates and their definitions · 指标", _app("indicators")),
        CliCommand("rank", "Monthly ranking with rank intervals · 排名", _app("indicators")),
        CliCommand("close-month", "Close a month; restate a closed one · 封账", _app("indicators")),
        CliCommand("callback", "Sample, estimate and audit by call-back · 回访抽样与审计", _app("callback")),
        CliCommand("audit", "Verify the ledger, prove inclusion, draw verifiably · 审计", _app("audit")),
        CliCommand("programme", "Check, draw, compare, migrate and retire programmes · 事项", _app("programmes")),
        CliCommand("declared", "What files declare, and where each is found · 声明清单", _app("declared")),
        CliCommand(
            "admissions", "What entered and left the list of a gate between two days · 准入清单变动", _app("admissions")
        ),
        CliCommand("campaign", "Cover a dated population, each member once · 专项行动", _app("campaigns")),
        CliCommand("lake", "Events and cases as Parquet; questions over them · 数据湖", _app("lake")),
        CliCommand("triage", "Suggest category and urgency; keep the models · 分类建议", _app("triage")),
        CliCommand("topics", "Topics behind many reports, ranked with reasons · 每月一题", _app("topics")),
        CliCommand("emerging", "What is higher than its own past allows · 突增预警", _app("emerging")),
        CliCommand("forecast", "Expect reports per area and type, with intervals · 诉求量预测", _app("forecast")),
        CliCommand("hotspots", "Rank the places of next week · 热点预测", _app("hotspots")),
        CliCommand("effect", "Effect of prevention, with interval and gates, or a refusal · 预防成效", _app("effect")),
        CliCommand("duplicates", "Propose which report repeats an earlier one · 疑似重复", _app("duplicates")),
        CliCommand("locate", "Find the place a text names; points that stand for unknown · 地点识别", _app("locate")),
        CliCommand("calc", "Run a method on files: draws, indices, clocks, balances · 计算", _app("calc")),
        CliCommand("table", "Ask a dated rule table for every row of a file · 查规则表", _app("asking")),
        CliCommand("score", "Score evidence with a card · 按评分卡计分", _app("asking")),
        CliCommand("token", "Secrets for programs that call the API · 接口令牌", _app("tokens")),
        CliCommand(
            "suggestions", "Suggestions at the desk and what people made of them · 智能建议", _app("suggestions")
        ),
        CliCommand("briefing", "A week or a month in sentences, each number a fact · 周报月报", _app("briefing")),
        CliCommand("erase", "Erase personal content on request, by two people · 个人信息删除", _app("erase")),
        CliCommand("kept", "Plans, draws, models, places, briefings, programmes as rows · 成果留存", _app("kept")),
        CliCommand("mail", "Mails that were not, or not wholly, taken · 未收下的邮件", _app("mail")),
        CliCommand("webhook", "Tell other systems by signed webhooks · 推送订阅", _app("webhooks")),
    )


def _app(module: str) -> Callable[[], Any]:
    """The Typer app of a module beside this one, imported only when a command of it runs."""
    return lambda: import_module(f"{__package__}.{module}").app
