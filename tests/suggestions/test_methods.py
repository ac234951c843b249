"""The methods in force: area finder, promoted model, learnt places, experience with returns, the command line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bihuan.insight.registry import Registry
from bihuan.insight.triage import train_triage
from bihuan.registers.pure.snapshot import Registers
from bihuan.server.home import current_home
from bihuan.server.keeping import Rows
from bihuan.suggestions import background, gazetteer, methods, returns
from bihuan.suggestions.areas import AreaFinder
from bihuan.suggestions.drafts import Kind, SeenCase
from bihuan.suggestions.models import Suggestion
from tests.suggestions.cases import COLD, now, opened, then

LEAK = "utilities.gas.leak"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of its own for models and places."""
    monkeypatch.setenv("BIHUAN_HOME", str(tmp_path))
    methods.forget_methods()
    yield tmp_path
    methods.forget_methods()


def seen(text: str, address: str = "", lon: float | None = None, lat: float | None = None) -> SeenCase:
    return SeenCase(None, "hotline", "request", "received", None, None, "general", lon, lat, datetime.now(UTC), 1, "",
                    text, address)  # type: ignore[arg-type]  # fmt: skip  # a case without an id is enough here


@pytest.mark.parametrize(
    ("text", "area", "decided"),
    [
        ("翠微南里3号楼暖气不热", "110108001004", True),
        ("万寿路街道翠微南里社区漏水", "110108001004", True),
        ("万寿路有积水", "110108001", True),
        ("中关村软件园没电", "110108011", False),
        ("家里没电", None, False),
    ],
)
def test_an_area_is_found_by_its_names(text: str, area: str | None, decided: bool) -> None:
    found = AreaFinder(Registers.from_folder("haidian").areas, {}).find(seen(text))
    assert (found.value if found else None, bool(found and found.decided)) == (area, decided)


def test_one_name_of_two_areas_decides_nothing() -> None:
    found = AreaFinder(Registers.from_folder("haidian").areas, {}).find(seen("航天社区停水"))
    assert found is not None
    assert not found.decided
    assert len(found.choices) == 2
    assert sum(c.confidence for c in found.choices) <= 1


def test_the_address_counts_before_the_words_and_a_learnt_name_like_a_name() -> None:
    finder = AreaFinder(Registers.from_folder("haidian").areas, {"紫荆雅园": "110108003"})
    by_address = finder.find(seen("永定路东里社区的人说", "翠微南里"))
    assert by_address is not None
    assert by_address.value == "110108001004"
    learnt = finder.find(seen("紫荆雅园3号楼停水"))
    assert learnt is not None
    assert (learnt.value, learnt.decided) == ("110108003", True)


def some_texts() -> tuple[list[str], list[str]]:
    cold = [f"{n}号楼暖气不热室温{10 + n % 5}度太冷了" for n in range(30)]
    leak = [f"{n}单元有燃气味天然气漏气请检修" for n in range(30)]
    return cold + leak, [COLD] * 30 + [LEAK] * 30


@pytest.mark.slow
def test_the_promoted_model_answers_where_it_knows_the_tree(house: str, home: Path) -> None:
    registry = Registry(Rows("models"), "triage")
    texts, labels = some_texts()
    name = registry.store(train_triage(texts, labels).to_bytes(), "card", {})
    methods.forget_methods()
    case = opened("4号楼暖气不热室温12度太冷了")
    background.suggest_words()
    row = Suggestion.objects.get(case_id=case.id, kind=Kind.CATEGORY)
    assert (row.value, row.model) == (COLD, f"triage:{name}")
    foreign = registry.store(train_triage(texts, ["甲"] * 30 + ["乙"] * 30).to_bytes(), "card", {})
    registry.promote(foreign)
    methods.forget_methods()
    other = opened("5号楼暖气不热室温12度太冷了")
    background.suggest_words()
    row = Suggestion.objects.get(case_id=other.id, kind=Kind.CATEGORY)
    assert row.model.startswith("keywords:"), "labels of another tree say nothing here"
    assert not row.decided


@pytest.mark.slow
def test_an_altered_model_is_not_used(house: str, home: Path) -> None:
    registry = Registry(Rows("models"), "triage")
    texts, labels = some_texts()
    name = registry.store(train_triage(texts, labels).to_bytes(), "card", {})
    file = f"triage/{name}/model.bin"
    registry.shelf.write(file, (registry.shelf.read(file) or b"")[:-1] + b"x")
    methods.forget_methods()
    assert methods.promoted() is None
    case = opened("4号楼暖气不热室温12度太冷了")
    background.suggest_words()
    assert Suggestion.objects.get(case_id=case.id, kind=Kind.CATEGORY).model.startswith("keywords:")


def placed(place: str, area: str, *, sent: bool = True) -> Any:
    """A case whose words name a place, sent on under an area."""
    case = opened(f"{place}停水三天", category=COLD, area=area)
    row = {"district_id": "110108", "case_id": case.id, "version": 1, "kind": Kind.PLACE, "value": place}
    Suggestion.objects.create(**row, confidence=0.9, decided=True, model="test", created_at=datetime.now(UTC))
    return then(case, "dispatch") if sent else case


def test_places_are_learnt_from_decided_cases_only(house: str, home: Path) -> None:
    from bihuan.loop.store import current_facts

    for area in ("110108003", "110108003"):
        placed("紫荆雅园", area)
    placed("只有一件花园", "110108003")
    for area in ("110108003", "110108004"):
        placed("两处同名花园", area)
    for _ in range(2):
        placed("还在台上花园", "110108003", sent=False)
        placed("紫荆雅园3号楼1201室", "110108003")
    assert background.learn_decided_places() == 0
    told = [json.loads(line) for line in Rows("places").read(gazetteer.JOURNAL).decode().splitlines()]
    assert [(t["name"], t["entry"]) for t in told] == [("紫荆雅园", "110108003")]
    background.learn_decided_places()
    assert len(Rows("places").read(gazetteer.JOURNAL).decode().splitlines()) == 1, "nothing is learnt twice"
    assert "紫荆雅园" in dict(gazetteer.known_places(current_facts().registers.areas).names()), (
        "the locator looks for it"
    )
    methods.forget_methods()
    case = opened("紫荆雅园5号楼停电")
    background.suggest_words()
    assert Suggestion.objects.get(case_id=case.id, kind=Kind.AREA).value == "110108003"


def test_who_took_returned_cases_is_a_hint_beside_the_matrix(house: str) -> None:
    from bihuan.loop.kernel.model import Actor, Command
    from bihuan.loop.store import Order, append, current_facts

    facts = current_facts()
    (first, other) = [u.id for u in facts.registers.organisations.at(facts.now.date()).units() if u.kind == "street"][
        :2
    ]
    for _ in range(4):
        case = then(opened("暖气不热", category=COLD, area="110108001004"), "dispatch", unit=first)
        handler = Actor("user:h", frozenset({"handler"}), unit=first, units=frozenset({first}))
        reasons = {"reason": "not_our_duty"}
        (result,) = append([Order(Command("return", handler, datetime.now(UTC), reasons), case.id)])
        if result.refusal is not None:
            pytest.fail(f"{result.refusal}")
        case = then(now(case), "dispatch", unit=other)
        taker = Actor("user:t", frozenset({"handler"}), unit=other, units=frozenset({other}))
        (result,) = append([Order(Command("accept", taker, datetime.now(UTC), {}), case.id)])
        assert result.refusal is None, result.refusal
    ((unit, share, cases),) = returns.returns_prior(house, datetime.now(UTC))(COLD, "110108001009")
    assert (unit, cases) == (other, 4)
    assert share == pytest.approx(0.8)
    methods.forget_methods()
    waiting = opened("翠微南里暖气不热", category=COLD, area="110108001004")
    background.suggest_words()
    row = Suggestion.objects.get(case_id=waiting.id, kind=Kind.UNIT)
    assert row.value != other
    assert {"kind": "prior", "unit": other, "share": 0.8, "cases": 4} in row.reasons


def test_the_command_line_counts_exports_and_asks_again(house: str, tmp_path: Path) -> None:
    from bihuan.cli.main import app

    case = opened("翠微南里暖气不热，请打13800138000")
    background.suggest_words()
    then(case, "classify", category=COLD)
    background.record_answers()

    def run(*arguments: str) -> dict[str, Any]:
        done = CliRunner().invoke(app, ["suggestions", *arguments, "--json"])
        assert done.exit_code == 0, done.output
        found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return found

    lines = {line["kind"]: line for line in run("counts")["lines"]}
    assert lines["category"]["accepted"] == 1
    out = tmp_path / "labels.csv"
    assert run("export-labels", "--out", str(out))["labels"] == 1
    (row,) = csv.DictReader(out.open(encoding="utf-8"))
    assert row["label"] == COLD
    assert "138" not in row["text"]
    assert [run("export-labels", "--out", str(out), "--teach")["taught"] for _ in range(2)] == [1, 0]
    (taught,) = (Rows("corrections").read("corrections.jsonl") or b"").decode().splitlines()
    assert json.loads(taught) == {"text": row["text"], "label": COLD}
    assert run("again")["queued"] >= 1
    assert CliRunner().invoke(app, ["suggestions", "counts", "--month", "May"]).exit_code == 1


def test_without_a_model_there_is_none(db: None, home: Path) -> None:
    assert current_home().path == home
    assert methods.promoted() is None
