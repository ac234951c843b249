"""What is counted has no error: a fen is a difference; where nothing says how much, an act is one piece."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bihuan.declare.problems import DeclarationError
from bihuan.handovers.declaration import HandoverFile, load_handover
from bihuan.handovers.facts import told_of
from bihuan.handovers.pure.epcis import epcis_document
from bihuan.handovers.reading import judge_columns

SIDE = {"number": "number", "carrier": "item", "place": "place", "at": "at"}
AT = datetime(2026, 9, 12, tzinfo=UTC)


def declared(**more: Any) -> HandoverFile:
    """A handover of money, unless said otherwise."""
    given = {"subject": "lent", **SIDE, "gross": "paid", "group": "place"}
    said = {"given": given, "received": {"subject": "came", **SIDE, "gross": "paid"}}
    unit = {"unit": "CNY", "name": {"zh": "元", "en": "yuan"}}
    return HandoverFile.model_validate(
        {"handover": "x", "name": {"zh": "某", "en": "x"}, "within": "10 days", "counted": unit, **said, **more}
    )


def table(*rows: tuple[str, str, str, str, str]) -> Mapping[str, Sequence[str | None]]:
    """Columns of (number, item, place, day, paid)."""
    names = ("number", "item", "place", "at", "paid")
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    return {"key": columns["number"], **columns, "at": [f"{day}T08:00:00+00:00" for day in columns["at"]]}


def test_a_fen_is_a_difference_and_nothing_is_estimated_away() -> None:
    given = table(("a", "i", "p", "2026-09-01", "120.00"), ("b", "i", "p", "2026-09-01", "120.00"),
                  ("c", "i", "p", "2026-09-01", "5.00"))  # fmt: skip
    came = table(("a", "i", "p", "2026-09-02", "120.00"), ("b", "i", "p", "2026-09-02", "119.99"))
    answer = judge_columns(declared(), {"lent": given, "came": came}, AT, UTC)
    assert [each.flags for each in answer.acts] == [(), ("weight",), ("missing",)]
    told = told_of(answer.acts, None, "")
    assert (told["given"], told["received"], told["open_acts"]) == ("245", "239.99", "b, c")


def test_an_act_is_one_piece_where_no_field_tells_how_much() -> None:
    sides = {"given": {"subject": "lent", **SIDE}, "received": {"subject": "came", **SIDE}}
    found = declared(**sides, counted={"unit": "piece", "name": {"zh": "件", "en": "pieces"}})
    given, came = table(("a", "i", "p", "2026-09-01", "")), table(("a", "j", "p", "2026-09-02", ""))
    answer = judge_columns(found, {"lent": given, "came": came}, AT, UTC)
    assert answer.acts[0].flags == ("carrier",), "another object came back"
    assert told_of(answer.acts, None, "")["given"] == "1"
    (shipped, _) = epcis_document("x", answer, AT, "piece")["epcisBody"]["eventList"]
    assert shipped["quantityList"] == [{"epcClass": "urn:bihuan:handover:x:load", "quantity": 1.0}]


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ("scales: {pairs: 20}", "no scale"), ("words: {lost: {zh: 丢, en: lost}}", "`words` names no exception: lost"),
        ("given: {subject: lent, number: n, carrier: c, place: p, at: a, tare: t}", "no scale"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(tmp_path: Path, more: str, what: str) -> None:
    file = tmp_path / "x.yaml"
    side = "{subject: came, number: n, carrier: c, place: p, at: a}"
    given = "" if more.startswith("given") else f"given: {side.replace('came', 'lent')}\n"
    head = "handover: x\nname: {zh: 某, en: x}\nwithin: 10 days\ncounted: {unit: piece, name: {zh: 件, en: pieces}}\n"
    file.write_text(f"{head}{given}received: {side}\n{more}\n")
    with pytest.raises(DeclarationError, match=what):
        load_handover(file)
