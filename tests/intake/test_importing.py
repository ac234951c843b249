"""Import into the database: everything counted, nothing twice, history replayed, damage contained."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from bihuan.intake.importing import Importer, Summary
from bihuan.intake.mapping import Mapping
from bihuan.intake.models import ImportRun, PendingMerge
from bihuan.ledger import store as ledger
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.models import CaseRow, ClockRow, EventRow, ReportRow
from bihuan.loop.store import get_case, history
from bihuan.readers import Limits
from bihuan.readers.faults import FileError
from tests.intake.helpers import mapping
from tests.readers.helpers import write

HEAD = "id,opened,title,closed,due,status,dep,why\n"


def by(**more: Any) -> Mapping:
    return mapping(
        programme="hotline",
        kind="request",
        clock="feedback",
        columns={
            "id": "id", "opened": "opened", "title": "title", "closed": "closed", "due": "due", "status": "status",
            "unit": "dep", "outcome": "why", "result": "why",
        },
        outcomes=[{"pattern": "not a request", "outcome": "invalid"}],
        duplicates={"column": "why", "pattern": r"duplicate of (\w+)"},
        **more,
    )  # fmt: skip


def run(path: Path, m: Mapping | None = None, batch: int = 3, **more: Any) -> Summary:
    importer = Importer(m or by(), path.with_suffix(".rejects.jsonl"), limits=Limits(batch=batch), **more)
    summary = importer.run([path])
    c = summary.counts
    assert c.read == c.created + c.merged + c.unchanged + c.rejected
    return summary


def case_of(number: str) -> CaseRow:
    return CaseRow.objects.get(id=ReportRow.objects.get(external_number=number).case_id)


ROWS = (
    HEAD
    + "1,2026-01-05 09:00,lamp out,2026-01-07 10:00,2026-01-06 09:00,closed,district,done\n"
    + "2,2026-01-05 10:00,noise,2026-01-05 12:00,2026-01-06 10:00,closed,district,not a request\n"
    + "3,2026-01-05 11:00,hole,,2026-01-06 11:00,open,district,\n"
    + "4,2026-01-05 12:00,lamp out again,2026-01-05 13:00,,closed,,duplicate of 1\n"
    + "5,2026-01-05 13:00,hole again,2026-01-05 14:00,,closed,district,duplicate of 3\n"
    + "6,2026-01-05 14:00,who knows,2026-01-05 15:00,,closed,,duplicate of 99\n"
    + "7,2026-01-05 15:00,old,2026-01-08 15:00,,closed,district,done\n"
    + "8,2026-01-05 16:00,waiting,,,open,district,\n"
)


def test_history_replays_its_own_timeline_through_the_kernel(house: str, tmp_path: Path) -> None:
    summary = run(write(tmp_path / "a.csv", ROWS))
    c = summary.counts
    assert (c.read, c.created, c.merged, c.unchanged, c.rejected, c.orphans) == (8, 6, 2, 0, 0, 1)
    late, invalid, open_, orphan = case_of("1"), case_of("2"), case_of("3"), case_of("6")
    assert (late.outcome, late.missed, late.opened_at.isoformat()) == ("closed", True, "2026-01-05T01:00:00+00:00")
    assert (invalid.outcome, invalid.missed) == ("invalid", False)
    assert (open_.state, open_.missed) == ("dispatched", True)
    assert orphan.outcome == "closed"
    assert [e.kind for e in history(late.id)] == ["opened", "dispatched", "ticked", "history_recorded"]
    assert ClockRow.objects.get(case_id=late.id).due.isoformat() == "2026-01-06T01:00:00+00:00"
    assert case_of("8").deadline is not None, "an open case without a deadline in the file runs by today's tables"
    for row in CaseRow.objects.all():
        assert get_case(row.id) == fold(row.id, history(row.id))
        assert row.history == "test"


def test_duplicates_join_their_parent_and_keep_their_reporter(house: str, tmp_path: Path) -> None:
    run(write(tmp_path / "a.csv", ROWS))
    child, parent = case_of("5"), case_of("3")
    assert (child.outcome, child.parent_id) == ("merged", parent.id)
    assert parent.reporters == 2
    assert case_of("4").parent_id == case_of("1").id
    assert ReportRow.objects.count() == 8
    assert not PendingMerge.objects.exists()


def test_a_chain_of_duplicates_ends_at_its_root_and_a_circle_is_closed(house: str, tmp_path: Path) -> None:
    rows = "".join(
        f"{i},2026-01-05 0{i}:00,t,2026-01-06 00:00,,closed,,duplicate of {parent}\n"
        for i, parent in ((1, 2), (2, 3), (4, 5), (5, 4))
    )
    rows += "3,2026-01-05 03:00,root,2026-01-07 00:00,,closed,,done\n"
    summary = run(write(tmp_path / "a.csv", HEAD + rows))
    root = case_of("3").id
    assert {case_of("1").parent_id, case_of("2").parent_id} == {root}
    assert (summary.counts.merged, summary.counts.orphans) == (2, 2)
    assert {case_of("4").outcome, case_of("5").outcome} == {"closed"}


def test_a_second_import_changes_nothing(house: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", ROWS)
    run(path)
    events, size = EventRow.objects.count(), ledger.size()
    again = run(path)
    assert (again.counts.unchanged, again.counts.created, again.counts.merged) == (8, 0, 0)
    assert (EventRow.objects.count(), ledger.size()) == (events, size)


def test_a_later_file_brings_known_cases_up_to_date(house: str, tmp_path: Path) -> None:
    run(write(tmp_path / "a.csv", ROWS))
    before = "3,2026-01-05 11:00,hole,,2026-01-06 11:00,open,district,"
    after = "3,2026-01-05 11:00,hole,2026-01-09 08:00,2026-01-06 11:00,closed,district,filled"
    later = ROWS.replace(before, after).replace("waiting", "still waiting")
    summary = run(write(tmp_path / "b.csv", later))
    assert (summary.counts.merged, summary.counts.updated, summary.counts.unchanged) == (2, 2, 6)
    assert (case_of("3").outcome, case_of("3").missed) == ("closed", True)
    assert [e.kind for e in history(case_of("8").id)][-1] == "noted"
    assert run(tmp_path / "b.csv").counts.unchanged == 8


def test_words_and_ending_that_changed_together_are_one_update(house: str, tmp_path: Path) -> None:
    run(write(tmp_path / "a.csv", ROWS))
    before = "3,2026-01-05 11:00,hole,,2026-01-06 11:00,open,district,"
    after = "3,2026-01-05 11:00,deep hole,2026-01-09 08:00,2026-01-06 11:00,closed,district,filled"
    summary = run(write(tmp_path / "b.csv", ROWS.replace(before, after)))
    assert (summary.counts.rejected, summary.counts.updated) == (0, 1)
    assert (case_of("3").outcome, case_of("3").missed) == ("closed", True)
    assert [e.kind for e in history(case_of("3").id)][-2:] == ["noted", "history_recorded"]


def test_repeated_ids_in_a_file(house: str, tmp_path: Path) -> None:
    line = "1,2026-01-05 09:00,lamp out,,,open,,\n"
    filler = "".join(f"x{i},2026-01-05 09:00,t,,,open,,\n" for i in range(5))
    path = write(tmp_path / "a.csv", HEAD + line + line + filler + line + line.replace("lamp", "LAMP"))
    summary = run(path)
    assert (summary.counts.created, summary.counts.unchanged, summary.counts.rejected) == (6, 2, 1)
    reject = json.loads((tmp_path / "a.rejects.jsonl").read_text())
    assert (reject["line"], reject["code"], reject["field"], reject["value"]) == (10, "repeated", "id", "1")


def test_rejected_rows_are_written_with_line_field_and_reason(house: str, tmp_path: Path) -> None:
    bad = "9,2026-13-01,when,,,open,,\n10,2026-01-05,unit,,,open,nobody,\n"
    summary = run(write(tmp_path / "a.csv", ROWS + bad))
    assert (summary.counts.created, summary.counts.rejected) == (6, 2)
    rejects = [json.loads(line) for line in (tmp_path / "a.rejects.jsonl").read_text().splitlines()]
    assert [(r["line"], r["code"], r["field"]) for r in rejects] == [
        (10, "not_a_date", "opened"),
        (11, "refused", "unit"),
    ]
    assert all(r["rule"] and r["remedy"] for r in rejects)
    assert (tmp_path / "a.rejects.jsonl").stat().st_mode & 0o077 == 0


def test_an_interrupted_import_goes_on_where_it_stopped(house: str, tmp_path: Path) -> None:
    early = HEAD + "9,2026-13-01,when,,,open,,\n" + ROWS.removeprefix(HEAD)
    path = write(tmp_path / "a.csv", early + "10,2026-13-01,when,,,open,,\n")

    class Stop(Exception):
        pass

    def stop(progress: Any) -> None:
        if progress.rows >= 6:
            raise Stop

    with pytest.raises(Stop):
        run(path, watch=stop)
    assert ImportRun.objects.get().rows == 6
    assert ReportRow.objects.count() == 5
    with (tmp_path / "a.rejects.jsonl").open("a") as rejects:
        rejects.write("a line of a batch that was never committed\n")
    summary = run(path)
    assert summary.resumed == 6
    c = summary.counts
    assert (c.read, c.created, c.merged, c.rejected) == (10, 6, 2, 2)
    lines = [json.loads(line)["line"] for line in (tmp_path / "a.rejects.jsonl").read_text().splitlines()]
    assert lines == [2, 11]


def test_a_truncated_file_is_imported_as_far_as_it_goes_and_completed_later(house: str, tmp_path: Path) -> None:
    text = HEAD + "".join(f"n{i},2026-01-05 09:00,title {i * 7919 % 1013},,,open,,\n" for i in range(400))
    whole = gzip.compress(text.encode())
    cut = run(write(tmp_path / "a.csv.gz", whole[: len(whole) // 2]), batch=50)
    assert 50 < cut.counts.created < 350
    assert len(cut.damage) == 1
    full = run(write(tmp_path / "b.csv.gz", whole), batch=50)
    assert full.counts.created == 400 - cut.counts.created
    assert full.counts.unchanged == cut.counts.created


def test_units_of_a_historical_file_are_entered_when_the_mapping_says_so(house: str, tmp_path: Path) -> None:
    m = by(register_units=True, values={"unit": {"PWD": "test-pwd", "*": None}})
    row = "1,2011-07-05 09:00,lamp,2011-07-09 10:00,2011-07-06 09:00,closed,PWD,done\n"
    summary = run(write(tmp_path / "a.csv", HEAD + row), m)
    assert summary.counts.created == 1
    from bihuan.loop.store import current_facts

    unit = current_facts().registers.organisations.spans("test-pwd")[0]
    assert case_of("1").lead == unit.id
    assert not unit.verified


def test_batches_of_one_equal_one_batch(house: str, tmp_path: Path) -> None:
    run(write(tmp_path / "a.csv", ROWS), by(source="one"), batch=1)
    run(write(tmp_path / "b.csv", ROWS), by(source="all"), batch=1000)

    def shape(source: str) -> list[tuple[Any, ...]]:
        out = []
        for report in ReportRow.objects.filter(external_source=source).order_by("external_number"):
            row = CaseRow.objects.get(id=report.case_id)
            events = [(e.kind, e.occurred_at) for e in history(row.id) if e.kind != "dispatched"]
            out.append((report.external_number, row.state, row.outcome, row.missed, row.reporters, events))
        return out

    assert shape("one") == shape("all")


def test_a_session_opened_again_still_works_for_its_district(transactional_db: None) -> None:
    from django.db import connection

    from bihuan.loop import scope

    def named() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('bihuan.district', true)")
            row = cursor.fetchone()
        return str(row[0]) if row else ""

    scope.ensure("110108")
    connection.close()
    scope.ensure("110108")
    assert named() == "110108"


def test_a_file_that_does_not_fit_is_named_and_the_others_are_imported(house: str, tmp_path: Path) -> None:
    good, bad = write(tmp_path / "a.csv", ROWS), write(tmp_path / "b.csv", "ID_,opnd,title\n1,2026-01-01,x\n")
    summary = Importer(by(), tmp_path / "r.jsonl").run([bad, good, tmp_path / "gone.csv"])
    assert summary.counts.created == 6
    assert len(summary.failed) == 2
    assert "opened ≈ opnd" in summary.failed[0]
    with pytest.raises(FileError, match=r"b\.csv"):
        Importer(by(), tmp_path / "r.jsonl").run([bad])
