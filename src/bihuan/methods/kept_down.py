"""Risks that only their controls keep down: which control, if it lapsed tonight, would turn which risk to which colour.

In: RISKS and CONTROLS as for `risk-register`; the day. A control lives as there. Of every risk whose residual colour is
better than its inherent one, each live control without which the colour is worse is one row: what the risk is now, what
it would be without that control, and whether it is the only live one. Exact, linear.
Source: ISO 31000:2018, 6.5.3 (residual risk stands only while its treatment does); table `risk.ls`.
Compared with: `risk-register` with that control left out (tests/programmes/test_public_risk.py).
"""

from __future__ import annotations

from datetime import date

from bihuan.methods.declared.model import Answer, Column, Method, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.risk_scales import gradings, scale_editions
from bihuan.methods.risk_register import GRADES, INPUTS, OPTIONS, controls_of

_NAMES = ("risk", "control", "grade", "residual_grade", "without", "only")


def tell_kept_down(given: Given) -> Answer:
    """Every control whose loss alone would make a risk's colour worse.

    Source: ISO 31000:2018, 6.5.3; table `risk.ls`.
    """
    risks, on = given["risks"], date.fromisoformat(given.option("at"))
    controls = controls_of(given["controls"], set(risks["risk"].text()), on)
    out: list[tuple[str, str, str, str, str, str]] = []
    for graded in gradings(risks, on):
        live = [each for each in controls[graded.name] if each.live]
        less, milder = sum(each.less_likely for each in live), sum(each.less_severe for each in live)
        (_, own), (_, now) = graded.judge(0, 0), graded.judge(less, milder)
        for each in live:
            without = graded.judge(less - each.less_likely, milder - each.less_severe)[1]
            if without != now:
                out.append((graded.name, each.name, own, now, without, str(int(len(live) == 1))))
    columns = list(zip(*out, strict=True)) or [()] * len(_NAMES)
    return Answer(dict(zip(_NAMES, map(list, columns), strict=True)), editions=scale_editions(risks, on))


METHOD = Method(
    name="kept-down",
    zh="仅靠措施压住的风险",
    en="Risks kept down only by a control",
    inputs=INPUTS,
    options=OPTIONS,
    output=(
        Column("risk", "风险", "Risk"), Column("control", "措施", "Control"),
        Column("grade", "固有等级", "Inherent colour", "choice", choices=GRADES),
        Column("residual_grade", "剩余等级", "Residual colour", "choice", choices=GRADES),
        Column("without", "失去该措施后", "Without this control", "choice", choices=GRADES),
        Column("only", "唯一措施", "The only one", "choice", choices=one_of(**{"0": "否|No", "1": "是|Yes"})),
    ),
    key=("risk", "control"),
    run=tell_kept_down,
    source="ISO 31000:2018, 6.5.3",
    peer="`risk-register` with the control left out",
)  # fmt: skip
