"""`bihuan briefing weekly|monthly`: a week or a month in sentences, each number a fact."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish, note

app = typer.Typer(no_args_is_help=True, help="Briefings from computed facts · 简报")

Period = Annotated[str, typer.Option("--period", help="2026-W45 (weekly) or 2026-10 (monthly) 时段")]
Out = Annotated[Path | None, typer.Option("--out", help="Also write the files into this folder 同时写入目录")]
Topics = Annotated[Path | None, typer.Option("--topics", help="Summary of `bihuan topics` 主题结果")]
Forecast = Annotated[Path | None, typer.Option("--forecast", help="File of `bihuan forecast` 预测结果")]
Effects = Annotated[list[Path] | None, typer.Option("--effect", help="Answer of `bihuan effect` 成效结果")]
Base = Annotated[str, typer.Option("--base-url", help="Address of the site, for links 站点地址")]
Found = Annotated[
    bool, typer.Option("--found/--no-found", help="Find topics, forecast, effects in the own cases 自动分析")
]
Reword = Annotated[bool, typer.Option("--reword", help="Reword by BIHUAN_REWORD_URL 语言模型润色")]


@app.command("weekly")
def weekly(
    period: Period,
    out: Out = None,
    topics: Topics = None,
    forecast: Forecast = None,
    effect: Effects = None,
    base_url: Base = "",
    found: Found = True,
    reword: Reword = False,
    as_json: JsonOption = False,
) -> None:
    """Write the briefing of a week as HTML, DOCX and JSON, in zh and en. 周报

    See docs/topics/briefings.md.
    """
    _write("weekly", period, out, (topics, forecast, effect or []), base_url, (found, reword), as_json)


@app.command("monthly")
def monthly(
    period: Period,
    out: Out = None,
    topics: Topics = None,
    forecast: Forecast = None,
    effect: Effects = None,
    base_url: Base = "",
    found: Found = True,
    reword: Reword = False,
    as_json: JsonOption = False,
) -> None:
    """Write the briefing of a month as HTML, DOCX and JSON, in zh and en. 月报

    See docs/topics/briefings.md.
    """
    _write("monthly", period, out, (topics, forecast, effect or []), base_url, (found, reword), as_json)


def _write(
    kind: str,
    period: str,
    out: Path | None,
    given: tuple[Path | None, Path | None, list[Path]],
    base: str,
    options: tuple[bool, bool],
    as_json: bool,
) -> None:
    start_django()
    from bihuan.briefings.collect import BriefedDays, category_names, collect_facts
    from bihuan.briefings.found import add_found
    from bihuan.briefings.given import GivenError, add_effect, add_forecast, add_topics
    from bihuan.loop.store import current_facts
    from bihuan.numbers.periods import PeriodError

    (found, reword), unsaid = options, []
    try:
        span = BriefedDays.parse(kind, period)
        told = collect_facts(span)
        if found:
            note(f"{span.name}: topics, forecast, effects … · 正在归类、预测、评估")
            unsaid = add_found(told, span, current_facts(), category_names())
        topics, forecast, effects = given
        if topics:
            told.drop("topic.")
            add_topics(told, topics)
        if forecast:
            told.drop("forecast.")
            add_forecast(told, forecast)
        for file in effects:
            add_effect(told, file)
    except (PeriodError, GivenError) as error:
        fail(str(error), "see `bihuan briefing --help`")
    for sentence in unsaid:
        note(sentence)
    body = _render(kind, span.name, told, out, base, reword)
    finish({"ok": True, **body, "left_out": unsaid}, as_json=as_json, text="\n".join(body["files"]))


def _render(kind: str, period: str, told: Any, out: Path | None, base: str, wanted: bool) -> dict[str, Any]:
    """Compose, reword if wanted, trace, and only then keep, for the cockpit's pages, and write where asked."""
    from bihuan.briefings import render
    from bihuan.briefings.facts import LANGUAGES
    from bihuan.briefings.reword import Endpoint, RewordOutcome, reword
    from bihuan.briefings.text import compose_briefing, templates
    from bihuan.briefings.trace import trace_numbers
    from bihuan.insight.shelf import Folder
    from bihuan.server.keeping import Rows

    endpoint = Endpoint.from_environment() if wanted else None
    if wanted and endpoint is None:
        fail("--reword: no endpoint", "set BIHUAN_REWORD_URL and BIHUAN_REWORD_MODEL, or leave --reword out")
    outcome, made, files = RewordOutcome(), [], {}
    for language in LANGUAGES:
        briefing = compose_briefing(kind, period, told, language, templates())
        if endpoint is not None:
            briefing = reword(briefing, endpoint, told.names, outcome)
        page, document = render.render_html(briefing, base), render.render_docx(briefing)
        for form, paragraphs in (("html", render.html_paragraphs(page)), ("docx", render.docx_paragraphs(document))):
            traced = trace_numbers(paragraphs, briefing)
            if not traced.whole:
                fail(f"{form} {language}: numbers without a fact: {traced.strange or traced.lost}", "report this fault")
        files[f"{kind}-{period}.{language}.html"] = page.encode()
        files[f"{kind}-{period}.{language}.docx"] = document
        made.append(briefing)
    data = render.briefings_json(made, told, reworded=outcome.to_json())
    files[f"{kind}-{period}.json"] = json.dumps(data, ensure_ascii=False, indent=1).encode()
    for name, content in files.items():
        Rows("briefings").write(name, content)
    if out is not None:
        try:
            for name, content in files.items():
                Folder(out).write(name, content)
        except OSError as error:
            fail(f"{out} cannot be written: {error.strerror}", "name another folder with --out")
    sentences = [s for b in made for s in b.sentences()]
    return {
        "kind": kind,
        "period": period,
        "folder": None if out is None else str(out),
        "files": sorted(files),
        "facts": len(data["facts"]),
        "sentences": len(sentences),
        "traced": True,
        "reworded": outcome.to_json(),
    }
