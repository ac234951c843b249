"""kill -9 at random moments of an import: nothing lost, nothing doubled, the ledger verifies, the rejects are whole."""

import contextlib
import json
import os
import random
import signal
import time
from pathlib import Path

import pytest
from django.db import connections

from bihuan.intake.importing import Importer
from bihuan.intake.models import ImportRun, PendingMerge
from bihuan.ledger import store as ledger
from bihuan.ledger.verification import verify_log
from bihuan.loop.models import CaseRow, ClockRow, EventRow, ReportRow
from bihuan.readers import Limits
from tests.intake.test_importing import HEAD, by
from tests.readers.helpers import write

pytestmark = pytest.mark.slow

ROWS, BATCH = 1500, 25
BAD, DUPLICATE = 50, 37  # every so many rows


@pytest.fixture
def committed(transactional_db: None) -> str:
    """The model district in a database that other processes see."""
    from tests.shipped import load_shipped

    load_shipped()
    return "110108"


def a_file(folder: Path) -> Path:
    lines = [HEAD]
    for i in range(ROWS):
        opened = "2026-13-01" if i % BAD == 7 else f"2026-01-05 09:{i % 60:02d}"
        why = f"duplicate of n{i - 3}" if i % DUPLICATE == 11 else "done"
        lines.append(f"n{i},{opened},title {i},2026-01-09 10:00,2026-01-07 09:00,closed,district,{why}\n")
    return write(folder / "a.csv", "".join(lines))


def importing(path: Path, workers: int) -> int:
    """Import in a process of its own; returns its id."""
    connections.close_all()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        os.setpgid(0, 0)
        connections.close_all()
        Importer(by(), path.with_suffix(".rejects.jsonl"), limits=Limits(batch=BATCH), workers=workers).run([path])
        code = 0
    finally:
        os._exit(code)


def rows_done() -> int:
    found = ImportRun.objects.values_list("rows", flat=True).first()
    return found or 0


def kill_after(child: int, rows: int, pause: float, group: bool) -> bool:
    """Kill the import once so many rows are committed and a moment has passed; False when it had ended before."""
    deadline = time.monotonic() + 60
    while rows_done() < rows:
        assert time.monotonic() < deadline, "the import makes no progress"
        if os.waitpid(child, os.WNOHANG)[0]:
            return False
    end = time.monotonic() + pause
    while time.monotonic() < end:
        pass
    with contextlib.suppress(ProcessLookupError):
        (os.killpg if group else os.kill)(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def kills(times: int, path: Path, seed: int) -> int:
    rng, killed = random.Random(seed), 0
    for turn in range(times):
        goal = rows_done() + rng.randrange(0, max(1, ROWS // (times + 2)))
        child = importing(path, workers=rng.choice((0, 2)))
        killed += kill_after(child, goal, rng.uniform(0, 0.1), group=turn % 2 == 0)
    child = importing(path, workers=2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    return killed


def check(path: Path) -> None:
    bad = len(range(7, ROWS, BAD))
    good = ROWS - bad
    run = ImportRun.objects.get()
    assert (run.rows, run.rejected) == (ROWS, bad)
    # An import that had ended before its kill is read again by the next one: then every row is unchanged.
    assert run.created + run.merged + run.unchanged == good
    assert CaseRow.objects.count() == ReportRow.objects.count() == good
    assert ReportRow.objects.values("external_number").distinct().count() == good
    assert not PendingMerge.objects.exists()
    merged = CaseRow.objects.filter(outcome="merged").count()
    assert merged > 0
    assert merged == run.merged or run.unchanged == good
    assert CaseRow.objects.filter(ended_at=None).count() == 0
    assert ClockRow.objects.values("case_id").distinct().count() == good
    versions = EventRow.objects.values_list("case_id", "version")
    assert len(set(versions)) == EventRow.objects.count() == ledger.size() + ledger.count_waiting_leaves()
    rejects = [json.loads(line)["line"] for line in path.with_suffix(".rejects.jsonl").read_text().splitlines()]
    assert rejects == [i + 2 for i in range(7, ROWS, BAD)]
    report = verify_log()
    assert report.ok, report.findings


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.parametrize("times", [10, pytest.param(50, marks=pytest.mark.soak)])
def test_nothing_is_lost_or_doubled(
    committed: str, tmp_path: Path, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(globals(), "ROWS", 150 * times)  # long enough for every kill to find it running
    path = a_file(tmp_path)
    killed = kills(times, path, seed=times)
    assert killed >= times * 0.6, "most kills must hit a running import"
    check(path)
    again = importing(path, workers=2)
    assert os.waitstatus_to_exitcode(os.waitpid(again, 0)[1]) == 0
    run = ImportRun.objects.get()
    assert (run.unchanged, run.created, run.merged) == (ROWS - run.rejected, 0, 0)
    assert CaseRow.objects.count() == run.unchanged
