"""Every risk as it is and as it is kept down, with the first thing that is wrong about it.

In: RISKS (likelihood and severity from 1 to 5, or the factors L, E and C of their closed lists in `chance`, `exposure`
and `consequence`; reviewer, day of the next review) and CONTROLS (how far each lowers
likelihood and severity, when it was checked and how often it must be). A control lives only while it has an owner and
its last check plus its interval has not passed on the day `at`, and nothing was found at its place since it was checked
(`killed_on`, the day of the finding, may be left out); a dead one lowers nothing. Residual likelihood is
max(1, L − Σ of live ones), severity likewise; colours come from the table `risk.ls` of that day. By L × E × C a control
takes places off the lists of L and C, the score is D, and colours come from `risk.lec` and `risk.lec_colour`.
Fault, the first that applies: `red_without_control`, `no_reviewer`, `control_lapsed`, `review_overdue`, `none`.
Exact: whole numbers and days. Linear.
Source: ISO 31000:2018, 6.5–6.6 (controls are checked); GB/T 33859-2017 附录; tables `risk.ls`, `risk.lec`.
Compared with: the definition risk by risk (tests/methods/test_risks.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.declared.model import Answer, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.risk_scales import COLUMNS, gradings, scale_editions

_EPOCH = date(1970, 1, 1)


class RiskControl(NamedTuple):
    """A control: its name, what it takes off likelihood and severity, whether it lives."""

    name: str
    less_likely: int
    less_severe: int
    live: bool


def tell_risks(given: Given) -> Answer:
    """Inherent and residual score and colour of every risk, its live controls and its fault.

    Source: ISO 31000:2018, 6.5–6.6; table `risk.ls`.
    """
    risks, on = given["risks"], date.fromisoformat(given.option("at"))
    at = (on - _EPOCH).days
    controls = controls_of(given["controls"], set(risks["risk"].text()), on)
    reviewer, review = risks["reviewer"].text(), risks["next_review"].days().tolist()
    out: list[tuple[str, int | str, str, int | str, str, int, str]] = []
    for graded in gradings(risks, on):
        own, row = controls[graded.name], graded.row
        live = [control for control in own if control.live]
        rest = (sum(control.less_likely for control in live), sum(control.less_severe for control in live))
        scores = [graded.judge(0, 0), graded.judge(*rest)]
        if scores[0][1] == "red" and not live:
            fault = "red_without_control"
        elif not reviewer[row]:
            fault = "no_reviewer"
        elif len(live) < len(own):
            fault = "control_lapsed"
        else:
            fault = "review_overdue" if NO_DAY != review[row] < at else "none"
        out.append((graded.name, *scores[0], *scores[1], len(live), fault))
    columns = list(zip(*out, strict=True)) or [()] * len(_NAMES)
    return Answer(dict(zip(_NAMES, map(list, columns), strict=True)), editions=scale_editions(risks, on))


def controls_of(table: Table, known: set[str], on: date) -> defaultdict[str, list[RiskControl]]:
    """Return the controls of every known risk, with whether they live on a day; others are refused.

    Source: ISO 31000:2018, 6.5.3.
    """
    at = (on - _EPOCH).days
    found: defaultdict[str, list[RiskControl]] = defaultdict(list)
    likely, severe = table["less_likely"].whole().tolist(), table["less_severe"].whole().tolist()
    checked, every = table["checked_on"].days().tolist(), table["every_days"].whole().tolist()
    killed, owner, own = table["killed_on"].days().tolist(), table["owner"].text(), table["control"].text()
    for row, name in enumerate(table["risk"].text()):
        if name not in known:
            rule = "没有该风险 · there is no such risk"
            table.refuse(row, "risk", rule, "核对风险编号 · check the number")
            continue
        in_time = bool(owner[row]) and checked[row] != NO_DAY and checked[row] + every[row] >= at
        live = in_time and not NO_DAY != killed[row] <= at
        found[name].append(RiskControl(own[row], likely[row], severe[row], live))
    return found


_NAMES = ("risk", "inherent", "grade", "residual", "residual_grade", "live", "fault")
GRADES = one_of(blue="蓝|Blue", yellow="黄|Yellow", orange="橙|Orange", red="红|Red")
INPUTS = (
    Input(
        "risks", "风险", "Risks",
        (
            Column("risk", "风险", "Risk"),
            *COLUMNS,
            Column("reviewer", "复核人", "Reviewer", required=False),
            Column("next_review", "下次复核", "Next review", "date", required=False),
        ),
        unique=("risk",),
    ),
    Input(
        "controls", "管控措施", "Controls",
        (
            Column("risk", "风险", "Risk"), Column("control", "措施", "Control"),
            Column("less_likely", "降低可能性", "Lowers likelihood by", "number"),
            Column("less_severe", "降低严重性", "Lowers severity by", "number"),
            Column("checked_on", "检查日", "Last checked", "date", required=False),
            Column("every_days", "检查周期", "Checked every", "number", unit="day"),
            Column("owner", "责任人", "Owner", required=False),
            Column("killed_on", "因隐患失效日", "Dead since a finding on", "date", required=False, absent=True),
        ),
    ),
)  # fmt: skip
OPTIONS = (Option("at", "截至日", "As of the day", "date"),)
METHOD = Method(
    name="risk-register",
    zh="风险登记：固有与剩余",
    en="Inherent and residual risk with live controls",
    inputs=INPUTS,
    options=OPTIONS,
    output=(
        Column("risk", "风险", "Risk"), Column("inherent", "固有分值", "Inherent score", "decimal"),
        Column("grade", "固有等级", "Inherent colour", "choice", choices=GRADES),
        Column("residual", "剩余分值", "Residual score", "decimal"),
        Column("residual_grade", "剩余等级", "Residual colour", "choice", choices=GRADES),
        Column("live", "有效措施", "Live controls", "number"),
        Column("fault", "问题", "First fault", "choice", choices=one_of(
            red_without_control="红色无有效措施|Red without live control", no_reviewer="无复核人|No reviewer",
            control_lapsed="措施失效|Control lapsed", review_overdue="复核超期|Review overdue", none="无|None")),
    ),
    key=("risk",),
    run=tell_risks,
    source="ISO 31000:2018; GB/T 33859-2017",
    peer="the definition risk by risk",
    cost="n",
)  # fmt: skip
