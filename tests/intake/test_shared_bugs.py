"""Small inputs that reproduce kinds of faults from public bug reports: each is right, or refused with a word.

They lie beside the project (`../shared/bugs/files`, or BIHUAN_SHARED) and are not part of it; without them this is
skipped. `EXPECTED.csv` there tells what a careful user expects.
"""

import csv
import json
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bihuan.cli.main import load_command as command
from bihuan.faults import Fault
from bihuan.intake import mail
from bihuan.intake.importing import Importer, Summary
from bihuan.intake.mapping import Mapping, preset
from bihuan.intake.propose import propose_mapping
from bihuan.loop.models import CaseRow, EventPrivate, EventRow, ReportRow

HOME = Path(os.environ.get("BIHUAN_SHARED", Path(__file__).parents[2].parent / "shared")) / "bugs" / "files"
EXPECTED = HOME / "EXPECTED.csv"
CASES = list(csv.DictReader(EXPECTED.open(encoding="utf-8"))) if EXPECTED.exists() else []
ABSENT = f"no example inputs at {HOME}: set BIHUAN_SHARED to have them"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CASES, reason=ABSENT)]


class Done:
    """What came of importing some files: cases by id, faults by line, or the fault of the whole."""

    def __init__(self, case: dict[str, str], tmp_path: Path) -> None:
        if case["what"].startswith("preset:"):
            by = preset(case["what"].removeprefix("preset:"))
        else:
            base = {"id": "bug", "name": {"zh": "例", "en": "bug"}, "source": "bug"}
            by = Mapping.model_validate({**base, **json.loads(case["mapping"])})
        if "--encoding" in case["options"]:
            by = by.model_copy(update={"encoding": case["options"].split()[1]})
        self.faults: list[dict[str, Any]] = []
        self.whole, self.summary = "", Summary()
        for n, name in enumerate(case["files"].split(";")):
            rejects = tmp_path / f"r{n}.jsonl"
            try:
                self.summary = Importer(by, rejects, programme="hotline", kind="request").run([HOME / name.strip()])
            except Fault as error:
                self.whole = f"{error} {error.remedy}"
            if rejects.exists():
                self.faults += [json.loads(line) for line in rejects.read_text(encoding="utf-8").splitlines()]
        numbers = dict(ReportRow.objects.values_list("case_id", "external_number"))
        self.rows = {numbers[c.id]: c for c in CaseRow.objects.filter(id__in=numbers)}
        bodies = dict(EventPrivate.objects.values_list("event_id", "body"))
        opening = EventRow.objects.filter(kind="opened").values_list("case_id", "id")
        self.titles = {numbers[case]: bodies[event].get("title", "") for case, event in opening if event in bodies}
        self.opened = {number: f"{c.opened_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for number, c in self.rows.items()}
        self.codes = [f["code"] for f in self.faults]

    @property
    def words(self) -> str:
        """Remarks and the fault of the whole."""
        return " ".join([*self.summary.remarks, *self.summary.failed, *self.summary.damage, self.whole])


def _place(done: Done, number: str) -> tuple[int, int] | None:
    row = done.rows[number]
    return None if row.lon_e6 is None else (row.lon_e6, row.lat_e6)  # type: ignore[return-value]  # both or none


RIGHT: dict[str, Any] = {
    "E01": lambda d: d.titles["2"] == "Müll am Gehweg vor Nr. 5" or "encoding" in d.words,
    "E04": lambda d: d.titles.get("S-01") == "가로등 고장" or "encoding" in d.words or "several" in d.words,
    "E05": lambda d: d.titles == {"1": "路灯不亮", "2": "井盖丢失", "3": "噪音扰民"} and len(d.codes) == 2,
    "E06": lambda d: d.titles == {"1": "路灯不亮"},
    "E08": lambda d: "gb18030" in d.whole,
    "I01": lambda d: d.codes == ["digits_lost"] * 2 and not d.rows,
    "I03": lambda d: set(d.rows) == {"000123", "000124"},
    "I06": lambda d: set(d.rows) == {"101000000001"} and d.codes == ["missing"],
    "I07": lambda d: set(d.rows) == {"20190301120000123456", "20190301120000123999"},
    "R01": lambda d: {"2", "3", "4"} <= set(d.rows) and d.codes == ["quote"],
    "R02": lambda d: set(d.rows) == {"A1", "A2", "A3"},
    "R04": lambda d: {d.rows[n].area for n in ("A1", "A2", "A3")} == {"110108001"} and "merged" in d.words,
    "R06": lambda d: {"甲", "乙"} == set(d.titles.values()) and len(d.codes) == 2,
    "C01": lambda d: d.opened["1"] == "2024-03-01T01:05:00Z",
    "C02": lambda d: "closed_at" in d.words and len(d.rows) == 1,
    "C05": lambda d: len(d.rows) == 1,
    "D02": lambda d: d.opened["1"] == "2019-03-01T01:05:00Z" and d.opened["2"] == "2019-03-01T07:05:00Z",
    "D05": lambda d: d.opened["3"] == "2024-11-03T05:30:00Z" and d.opened["4"] == "2024-03-10T07:30:00Z",
    "D07": lambda d: d.opened["A1"] == "2019-03-01T01:05:00Z",
    "N01": lambda d: len(d.rows) == 3 and not d.codes and all(_place(d, n) is None for n in d.rows),
    "N02": lambda d: _place(d, "1") == (116300000, 39980000) and _place(d, "2") is None,
    "P01": lambda d: _place(d, "5") == _place(d, "1") == (116300000, 39980000) and _place(d, "4") is None
    and d.codes == ["no_such_place"] * 2,
    "Z01": lambda d: len(d.rows) == 2 and not d.words,
    "Z03": lambda d: "Deflate64" in d.whole and "pack it again" in d.whole,
    "J01": lambda d: set(d.rows) == {"G1"},
    "J02": lambda d: d.titles == {"1": "路灯不亮", "2": "井盖丢失"},
    "J05": lambda d: len(d.rows) == 2 and d.opened["1"] == "2024-03-01T01:05:00Z",
    "J03": lambda d: len(d.rows) == 2,
    "X02": lambda d: len(d.rows) == 7 and sum(r.ended_at is not None for r in d.rows.values()) == 1,
}  # fmt: skip
MAIL = {
    "M01": lambda text: "珺" in text and "禤" in text,
    "M02": lambda text: text == "路灯不亮了三天",
    "M06": lambda text: text.endswith("an old man fell."),
    "M08": lambda text: text == "Number 18, gate 3.",
    "M10": lambda text: text == "first words\n\nThe address is number eighteen.",
}


def ids(*what: str) -> list[Any]:
    return [pytest.param(c, id=c["id"]) for c in CASES if c["what"].startswith(what)]


@pytest.mark.parametrize("case", ids("import", "preset"))
def test_files_are_right_or_refused_with_a_word(case: dict[str, str], house: str, tmp_path: Path) -> None:
    done = Done(case, tmp_path)
    told = {"titles": done.titles, "opened": done.opened, "codes": done.codes, "words": done.words}
    assert RIGHT[case["id"]](done), (case["right value (or: refused/warned where the value says so)"], told)
    assert "\ufffd" not in str(list(EventPrivate.objects.values_list("body", flat=True)))


@pytest.mark.parametrize("case", ids("mail"))
def test_mails(case: dict[str, str]) -> None:
    found = mail.read_mail((HOME / case["files"]).read_bytes(), datetime.now(UTC))
    assert MAIL[case["id"]](found.text), found.text


@pytest.mark.parametrize("case", ids("propose"))
def test_proposals(case: dict[str, str]) -> None:
    text = propose_mapping(HOME / case["files"])
    wanted = {"D01": "opened: dmy", "W01": '"未办结": open', "W04": 'opened: "来电时间"'}[case["id"]]
    assert wanted in text


@pytest.mark.parametrize("case", ids("emerging", "forecast"))
def test_file_commands(case: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(HOME / case["files"]), *case["options"].split(), "--out", str(tmp_path / "out.csv"), "--json"]
    said = ""
    try:
        command(case["what"]).main(args=words, standalone_mode=False)
    except Fault as fault:
        said = str(fault)
    said += capsys.readouterr().out
    assert ("2024-04-29" if case["id"] == "D08" else "no rows below the header") in said


@pytest.mark.parametrize("case", ids("twice"))
@pytest.mark.django_db(transaction=True)
def test_two_imports_of_one_file_at_once(case: dict[str, str], tmp_path: Path) -> None:
    from django.db import connection

    from bihuan.registers import live
    from tests.shipped import load_shipped

    load_shipped()
    done: list[Done] = []

    def work(folder: Path) -> None:
        folder.mkdir()
        done.append(Done(case, folder))
        connection.close()

    threads = [threading.Thread(target=work, args=(tmp_path / str(n),)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    live.forget_snapshots()
    assert [d.whole for d in done] == ["", ""]
    assert sorted(d.summary.counts.created for d in done) == [0, 1200]
    assert sorted(d.summary.counts.unchanged for d in done) == [0, 1200]
    assert CaseRow.objects.count() == 1200
