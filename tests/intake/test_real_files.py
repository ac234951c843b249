"""The real files, read and understood without a database: every row accounted for."""

import os
from collections import Counter
from pathlib import Path

import pytest

from bihuan.intake.mapping import load_mapping, preset
from bihuan.intake.propose import propose_mapping
from tests.intake.helpers import records
from tests.readers.helpers import write

SHARED = Path(os.environ.get("BIHUAN_SHARED", Path(__file__).parents[3] / "shared")) / "data"
BOSTON = SHARED / "service_requests" / "boston_2011_07_10.csv.gz"

pytestmark = pytest.mark.skipif(not BOSTON.exists(), reason=f"development data not found at {SHARED}")


@pytest.mark.slow
def test_boston_is_read_whole_and_agrees_with_the_citys_own_judgement() -> None:
    good, faults = records(BOSTON, preset("boston"))
    assert (len(good), len(faults)) == (41_827, 0)
    assert sum(r.history is not None and r.history.closed_at is None for r in good) == 2_459
    verdicts = Counter()
    for record in good:
        due = (record.report.due or {}).get("feedback")
        closed = record.history.closed_at if record.history else None
        if due and closed and record.report.fields.get("ontime"):
            verdicts["OVERDUE" if closed > due else "ONTIME", record.report.fields["ontime"]] += 1
    agree = verdicts["OVERDUE", "OVERDUE"] + verdicts["ONTIME", "ONTIME"]
    assert agree / verdicts.total() > 0.999, verdicts
    named = [r.history.duplicate_of for r in good if r.history and r.history.duplicate_of]
    known = {r.id for r in good}
    assert len(named) > 150
    assert sum(n in known for n in named) > 140


@pytest.mark.parametrize(
    ("name", "rows", "closed"), [("messages_2019_q1_q3.xlsx", 3_304, 0), ("replies_before_2019.xlsx", 1_926, 1_926)]
)
def test_message_files(name: str, rows: int, closed: int) -> None:
    good, faults = records(SHARED / "complaints" / name, preset("messages-zh"))
    assert (len(good), len(faults)) == (rows, 0)
    assert len({r.id for r in good}) == rows
    assert sum(bool(r.history and r.history.closed_at) for r in good) == closed
    assert all(r.report.text == r.report.text.strip() for r in good)


def test_a_proposal_for_the_labelled_file_reads_it(tmp_path: Path) -> None:
    path = SHARED / "complaints" / "labelled_categories.csv"
    by = load_mapping(write(tmp_path / "m.yaml", propose_mapping(path)))
    assert {by.columns["text"], by.columns["opened"]} == {"text", "留言时间"}
    good, faults = records(path, by)
    assert len(good) + len(faults) == 2_562
    assert {f.code for f in faults} == {"missing"}  # rows of the file without a time
