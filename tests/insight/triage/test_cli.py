"""The commands as they are typed, in a data folder of their own, without server or database."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bihuan.cli.triage import app
from bihuan.console.output import Failure


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BIHUAN_HOME", str(tmp_path / "home"))
    return tmp_path


def run(*args: object) -> dict[str, Any]:
    result = CliRunner().invoke(app, [*map(str, args), "--json"])
    if isinstance(result.exception, Failure):
        raise result.exception
    answer: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return answer


def table(path: Path, rows: list[tuple[str, ...]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows(rows)
    return path


def test_train_predict_and_the_life_of_a_model(home: Path, labelled: tuple[list[str], list[str]]) -> None:
    texts, labels = labelled
    file = table(home / "labelled.csv", [("text", "label"), *zip(texts, labels, strict=True)])
    first = run("train", file, "--text", "text", "--label", "label")
    assert first["promoted"]
    assert first["figures"]["groups"] < first["figures"]["rows"] == len(texts)
    asked = table(home / "asked.csv", [("text",), ("夜里施工噪音",), ("",), ("小区停水了",)])
    told = run("predict", asked, "--text", "text", "--out", home / "preds.csv", "--reasons")
    assert (told["rows"], told["source"], told["model"]) == (3, "model", first["model"])
    rows = list(csv.DictReader((home / "preds.csv").open(encoding="utf-8")))
    assert list(rows[0]) == ["id", "category", "confidence", "top3", "urgency", "reasons"]
    assert [row["id"] for row in rows] == ["1", "2", "3"]
    assert rows[0]["category"] == "environment.noise"
    assert [row["urgency"] for row in rows] == ["2", "2", "1"]
    assert rows[0]["top3"].count("|") == 2
    second = run("train", file, "--text", "text", "--label", "label", "--seed", "1", "--accuracy", ".9")
    assert not second["promoted"]
    assert run("shadow", second["model"], file, "--text", "text", "--label", "label", "--promote")["ok"]
    assert len(run("models")["models"]) == 2
    assert run("rollback")["promoted"] == first["model"]
    with pytest.raises(Failure, match="promoted before"):
        run("rollback")


def test_without_a_model_keywords_answer(home: Path) -> None:
    asked = table(home / "asked.csv", [("id", "text"), ("x7", "屋顶漏雨多年"), ("x8", "")])
    told = run("predict", asked, "--text", "text", "--out", home / "preds.csv")
    assert told["source"] == "keywords"
    rows = list(csv.DictReader((home / "preds.csv").open(encoding="utf-8")))
    assert [row["id"] for row in rows] == ["x7", "x8"]
    assert rows[0]["category"] == "housing.repair.roof"


def test_mistakes_name_their_remedy(home: Path) -> None:
    file = table(home / "one.csv", [("text", "label"), ("停水", "a")])
    with pytest.raises(Failure, match="two or more"):
        run("train", file, "--text", "text", "--label", "label")
    with pytest.raises(Failure, match="category"):
        run("train", file, "--text", "text")
    with pytest.raises(Failure, match="no triage model"):
        run("predict", file, "--text", "text", "--out", home / "p.csv", "--model", "abc")


def test_drift_by_month(home: Path, labelled: tuple[list[str], list[str]]) -> None:
    texts, labels = labelled
    dates = [f"2026-0{1 + i % 2}-03" for i in range(len(texts))]
    rows = [("text", "label", "time"), *zip(texts, labels, dates, strict=True)]
    file = table(home / "labelled.csv", rows)
    run("train", file, "--text", "text", "--label", "label")
    months = run("drift", file, "--text", "text", "--label", "label", "--time", "time")["months"]
    assert [month["month"] for month in months] == ["2026-01", "2026-02"]
