"""The commands that belong to no room, or to several."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from bihuan.extend import Command


def commands() -> tuple[Command, ...]:
    """One module here for each group of commands."""
    return (
        Command("init", "Set up the data folder: secrets, database, tables, static files · 初始化", _app("run")),
        Command("serve", "Serve pages and API · 启动服务", _app("run")),
        Command("worker", "Run background work: ledger sequencer, clocks, notices · 后台任务", _app("run")),
        Command("stop", "Stop serve, worker and the private PostgreSQL · 停止", _app("run")),
        Command("migrate", "Bring the tables up to this version (as owner) · 升级数据表", _app("run")),
        Command("doctor", "Check the installation; every finding names its remedy · 体检", _app("doctor")),
        Command("demo", "A model district with 90 simulated days, then serve · 演示", _app("demo")),
        Command("backup", "Back up database, media and keys into one file · 备份", _app("ops")),
        Command("restore", "Restore a backup into an empty data folder · 恢复", _app("ops")),
        Command("knowledge", "Load articles of the knowledge base · 知识库", _app("knowledge")),
        Command("load", "Load users, organisations, duties, areas, calendars · 批量导入基础数据", _app("load")),
        Command("import", "Import reports from CSV, XLSX, JSON lines, Parquet · 导入诉求", _app("importing")),
        Command("reconcile", "Compare our list and figures with the city's · 与上级平台对账", _app("importing")),
        Command("upward", "Write what happened to the city's orders · 向上级平台上报", _app("importing")),
        Command("simulate", "Play a district with known truth · 仿真", _app("simulate")),
        Command("case", "List, show and act on cases · 案件", _app("cases")),
        Command("why", "Explain a deadline, holder or number · 依据", _app("cases")),
        Command("indicators", "The three rates and their definitions · 指标", _app("indicators")),
        Command("rank", "Monthly ranking with rank intervals · 排名", _app("indicators")),
        Command("close-month", "Close a month; restate a closed one · 封账", _app("indicators")),
        Command("callback", "Sample, estimate and audit by call-back · 回访抽样与审计", _app("callback")),
        Command("audit", "Verify the ledger, prove inclusion, draw verifiably · 审计", _app("audit")),
        Command("programme", "Check, draw, compare, migrate and retire programmes · 事项", _app("programmes")),
        Command(
            "admissions", "What entered and left the list of a gate between two days · 准入清单变动", _app("admissions")
        ),
        Command("campaign", "Cover a dated population, each member once · 专项行动", _app("campaigns")),
        Command("lake", "Events and cases as Parquet; questions over them · 数据湖", _app("lake")),
        Command("triage", "Suggest category and urgency; keep the models · 分类建议", _app("triage")),
        Command("topics", "Topics behind many reports, ranked with reasons · 每月一题", _app("topics")),
        Command("emerging", "What is higher than its own past allows · 突增预警", _app("emerging")),
        Command("forecast", "Expect reports per area and type, with intervals · 诉求量预测", _app("forecast")),
        Command("hotspots", "Rank the places of next week · 热点预测", _app("hotspots")),
        Command("effect", "Effect of prevention, with interval and gates, or a refusal · 预防成效", _app("effect")),
        Command("duplicates", "Propose which report repeats an earlier one · 疑似重复", _app("duplicates")),
        Command("locate", "Find the place a text names; points that stand for unknown · 地点识别", _app("locate")),
        Command("calc", "Run a method on files: draws, indices, clocks, balances · 计算", _app("calc")),
        Command("table", "Ask a dated rule table for every row of a file · 查规则表", _app("asking")),
        Command("score", "Score evidence with a card · 按评分卡计分", _app("asking")),
        Command("token", "Secrets for programs that call the API · 接口令牌", _app("tokens")),
        Command("suggestions", "Suggestions at the desk and what people made of them · 智能建议", _app("suggestions")),
        Command("briefing", "A week or a month in sentences, each number a fact · 周报月报", _app("briefing")),
        Command("erase", "Erase personal content on request, by two people · 个人信息删除", _app("erase")),
        Command("kept", "Plans, draws, models, places, briefings, programmes as rows · 成果留存", _app("kept")),
        Command("mail", "Mails that were not, or not wholly, taken · 未收下的邮件", _app("mail")),
        Command("webhook", "Tell other systems by signed webhooks · 推送订阅", _app("webhooks")),
    )


def _app(module: str) -> Callable[[], Any]:
    """The Typer app of a module beside this one, imported only when a command of it runs."""
    return lambda: import_module(f"{__package__}.{module}").app
