"""`bihuan table` and `bihuan score` on files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bihuan.cli.asking import app

CARD = """
scorecard: sample
edition: "1"
name: {zh: 示例, en: Sample}
source: sample
citation: sample
verified: false
jurisdiction: "*"
effective_from: 2020-01-01
total: 10
rounding: {method: half_even, digits: 2}
items:
  - {id: found, name: {zh: 扣分, en: Found}, max: 4, method: capped_deduction, points: {dirt: 1.5}, cap: 4}
  - {id: share, name: {zh: 比率, en: Share}, max: 3, method: ratio_with_exclusions, zero_at: 0.5, full_at: 1, min_n: 2,
     too_few: zero}
  - {id: asked, name: {zh: 问卷, en: Asked}, max: 3, method: median_of_survey, scale: [1, 4], min_n: 1, too_few: zero}
"""


def _call(tmp: Path, *words: str) -> tuple[int, dict[str, object], str]:
    out = tmp / "out.csv"
    done = CliRunner().invoke(app, [*words, "--out", str(out), "--rejects", str(tmp / "rejects.csv"), "--json"])
    answer = json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {}
    return done.exit_code, answer, out.read_text(encoding="utf-8") if out.exists() else ""


@pytest.mark.parametrize(
    ("deaths", "injuries", "loss", "kind"),
    [
        ("0", "9", "9999999.99", "ordinary"), ("3", "0", "0", "larger"), ("0", "10", "0", "larger"),
        ("0", "0", "10000000", "larger"), ("10", "0", "0", "major"), ("9", "49", "50000000", "major"),
        ("29", "100", "0", "extraordinary"), ("30", "0", "0", "extraordinary"), ("0", "0", "1e8", ""),
    ],
)  # fmt: skip
def test_the_worst_of_three_decides_and_bounds_are_inside(
    tmp_path: Path, deaths: str, injuries: str, loss: str, kind: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"id,deaths,serious_injuries,loss_yuan\na,{deaths},{injuries},{loss}\n", encoding="utf-8")
    code, answer, out = _call(tmp_path, "table", "accident.class", str(file), "--at", "2024-06-01")
    if not kind:
        kind = "extraordinary"  # 1e8 is a decimal number
    assert code == 0
    assert out.splitlines()[1].endswith(f",{kind}")
    assert answer["editions"] == {"accident.class": "2007"}


def test_rows_that_have_no_answer_are_rejected_and_columns_are_carried(tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    file.write_text("score,who\n89.5,b\n101,c\nx,d\n59.999,a\n", encoding="utf-8")
    code, answer, out = _call(tmp_path, "table", "performance-grade", str(file), "--at", "2026-03-01")
    assert code == 1
    assert out == "who,score,grade\na,59.999,差\nb,89.5,良\n"
    assert (answer["rows"], answer["rejected"]) == (4, 2)
    told = (tmp_path / "rejects.csv").read_text(encoding="utf-8")
    assert "s.csv,3,score" in told


def test_a_fixed_input_and_no_file(tmp_path: Path) -> None:
    words = ["table", "risk.ls", "--at", "2026-03-01", "--set", "likelihood=4", "--set", "severity=4"]
    code, answer, _ = _call(tmp_path, *words)
    assert (code, answer["answer"]) == (0, {"score": "16", "grade": "orange"})
    assert CliRunner().invoke(app, ["table", "nothing", "--at", "2026-03-01", "--json"]).exit_code == 2


def test_a_card_is_scored_from_evidence(tmp_path: Path) -> None:
    card, file = tmp_path / "card.yaml", tmp_path / "e.csv"
    card.write_text(CARD, encoding="utf-8")
    rows = ["found,,dirt,2", "share,3/4,,", "asked,2,,", "asked,4,,", "asked,9,,", "found,,mud,1", "other,1,,"]
    file.write_text("item,value,code,count\n" + "\n".join(rows) + "\n", encoding="utf-8")
    code, answer, out = _call(tmp_path, "score", str(card), str(file))
    assert code == 1
    assert out == "item,points\nfound,1.000000\nshare,1.500000\nasked,2.000000\n"
    assert (answer["total"], answer["rejected"], answer["rows"]) == (4.5, 3, 7)
