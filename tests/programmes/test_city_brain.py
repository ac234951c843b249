"""The city brain: who may decide on models, what flags values, and that a person is nowhere sensed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.programmes import all_programmes
from bihuan.series.catalogue import current_catalogue as current_series
from bihuan.subjects.catalogue import subject_type
from bihuan.watches.catalogue import current_catalogue, read_catalogue

NAME = "city-brain"
SERIES = ("brain-waterlog", "brain-manhole", "brain-bin")


def test_its_watches_open_its_cases() -> None:
    watches = {name: each for name, each in current_catalogue().watches.items() if each.programme == NAME}
    opened = {each.declared.opens.case for each in watches.values() if each.declared.opens is not None}
    assert opened == {"event", "device_fault", "feed_fault", "suspension"}
    assert {name for name, each in watches.items() if each.declared.flags} == {
        "waterlog_stuck",
        "manhole_stuck",
        "bin_stuck",
    }
    assert list(views_of(NAME)) == ["devices", "map", "models"]


def test_every_silence_says_what_brings_it_and_the_watch_of_the_feed_looks_at_all_of_them() -> None:
    watches = current_catalogue().watches
    assert set(watches["feed_silent"].declared.when.rule.of) == set(SERIES)
    for name in SERIES:
        quiet = next(each for each in current_series().get(name).declared.alarms if each.name == "quiet")
        assert quiet.together is not None
        assert subject_type("brain-device").fields[quiet.together.by].to == "feed"
        assert watches[f"{name.removeprefix('brain-')}_silent"].declared.when.rule.alone


@pytest.mark.parametrize("name", SERIES)
def test_an_alarm_opens_higher_than_it_clears_and_a_fault_stays_in_sight(name: str) -> None:
    alarms = {each.name: each for each in current_series().get(name).declared.alarms}
    event = next(each for each in alarms.values() if each.kind == "above")
    assert event.clear is not None
    assert event.limit is not None
    assert event.limit.fixed is not None
    assert event.clear < event.limit.fixed
    assert event.on_count > 1
    assert alarms["stuck"].letters == ["D"]
    assert "D" not in current_series().get(name).declared.valid


def test_a_signal_has_no_place_for_a_person() -> None:
    for kind in ("brain-signal", "brain-label", "brain-device"):
        fields = subject_type(kind).fields
        assert not any(each.personal or each.secret for each in fields.values())
        assert not set(fields) & {"face", "plate", "person", "name_of_person", "phone", "picture"}
        assert {each.type for each in fields.values()} <= {
            "code", "choice", "text", "unit", "subject", "area", "place", "date", "instant", "decimal"}  # fmt: skip


def test_nobody_decides_on_the_own_model_and_no_suspension_is_for_ever() -> None:
    cases = all_programmes()[NAME].cases
    assert {each.id for each in cases["model_release"].demands} == {"own_model", "few_samples", "below_its_card"}
    gate = cases["suspension"].gate
    assert gate is not None
    assert (gate.reviewer, gate.valid_max) == ("model_officer", "180 days")


WATCH = """
name: {zh: 值, en: Value}
over: {series: brain-bin}
when: {alarm: {rule: RULE}}
reminds: {unit: urban-management, say: {zh: 值, en: value}}
flags: LETTER
"""


@pytest.mark.parametrize(("rule", "letter", "said"), [("full", "D", "does not look at D"), ("stuck", "N", "take part")])
def test_a_watch_may_flag_only_what_its_alarm_still_looks_at(tmp_path: Path, rule: str, letter: str, said: str) -> None:
    folder = tmp_path / "mine" / "watches"
    folder.mkdir(parents=True)
    (folder / "wrong.yaml").write_text(WATCH.replace("RULE", rule).replace("LETTER", letter), encoding="utf-8")
    found = read_catalogue([folder / "wrong.yaml"])
    assert said in "".join(problem.what for problem in found.problems)
