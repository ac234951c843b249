"""`bihuan callback`: commit to a sample, draw it, estimate from it, and audit the units' claims."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

app = typer.Typer(no_args_is_help=True, help="Call-back: sample, estimate, audit · 回访")

Period = Annotated[str, typer.Option("--period", help="Month, YYYY-MM. 月份")]
Programme = Annotated[str, typer.Option("--programme", help="Programme id. 事项")]


@app.command("commit")
def commit(
    period: Period,
    programme: Programme,
    per_unit: Annotated[int, typer.Option(min=1, help="Cases per unit. 每单位件数")] = 200,
    as_json: JsonOption = False,
) -> None:
    """Fix the list of a month's closed cases and publish its hash, before the seed can be known. 抽签承诺

    See docs/topics/rules.md, "Samples".
    """
    start_django()
    from bihuan.callback.drawing import commit_sample as fix
    from bihuan.ledger.core.errors import DrawError
    from bihuan.loop.store import current_facts
    from bihuan.numbers.periods import Month

    try:
        commitment = fix(Month.parse(period), per_unit, current_facts(), programme)
    except (DrawError, ValueError) as error:
        fail(str(error), "choose another month or programme")
    finish({"ok": True, "commitment": commitment}, as_json=as_json, text=commitment)


@app.command("draw")
def draw(
    commitment: Annotated[str, typer.Argument(help="As printed by commit. 承诺值")],
    entropy: Annotated[list[str], typer.Argument(help="The public numbers, in order. 公开随机数")],
    as_json: JsonOption = False,
) -> None:
    """Draw with the public numbers and put the drawn cases into the call-back queue. 抽取

    See docs/topics/rules.md, "Samples".
    """
    start_django()
    from bihuan.callback.drawing import carry_out_sample
    from bihuan.ledger.core.errors import DrawError
    from bihuan.loop.kernel.model import acting_as
    from bihuan.loop.store import current_facts

    try:
        done = carry_out_sample(commitment, entropy, acting_as("draw"), current_facts())
    except DrawError as error:
        fail(str(error), "run: bihuan callback commit")
    text = f"{done['sampled']} cases queued, {done['skipped']} no longer closed · 已入回访队列"
    finish({"ok": True, **done}, as_json=as_json, text=text)


@app.command("estimate")
def estimate(
    period: Period,
    programme: Programme,
    commitment: Annotated[str, typer.Option("--draw", help="Commitment of the draw. 承诺值")],
    as_json: JsonOption = False,
) -> None:
    """Share solved per unit and in the district, with intervals, from a drawn sample. 抽样估计

    See docs/topics/rules.md, "Samples".
    """
    start_django()
    from bihuan.callback.answers import estimate_solved as estimated
    from bihuan.loop.store import current_facts
    from bihuan.numbers.periods import Month

    found = estimated(Month.parse(period), commitment, current_facts(), programme, datetime.now(UTC))
    result = {unit: each.to_json() for unit, each in found.items()}
    lines = [f"{unit}: {r['percent']} %  n={r['answered']}/{r['population']}" for unit, r in result.items()]
    finish({"ok": True, "estimates": result}, as_json=as_json, text="\n".join(lines) or "no answers yet · 暂无回答")


@app.command("audit")
def audit(period: Period, programme: Programme, as_json: JsonOption = False) -> None:
    """Units whose claims the call-backs contradict more than honest units' would. 不符审计

    See docs/topics/rules.md, "Who closes falsely".
    """
    start_django()
    from bihuan.callback.answers import audit as audited
    from bihuan.callback.answers import audit_json
    from bihuan.loop.store import current_facts
    from bihuan.numbers.periods import Month

    found = audited(Month.parse(period), current_facts(), programme)
    flagged = [f for f in found.audit.findings if f.flagged]
    lines = [f"{f.unit}: {f.discrepant}/{f.reached}, expected {f.expected:.1f}, p {f.p_adjusted:.4f}" for f in flagged]
    text = "\n".join(lines) or "no unit stands out · 无单位显著异常"
    finish({"ok": True, **audit_json(found)}, as_json=as_json, text=text)
