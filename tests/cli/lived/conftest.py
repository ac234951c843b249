"""One installation that has lived for two months, shared by every test of a command: loaded once, changed by none.

A command runs in the test's own process as somebody types it, words in, exit code and JSON out. What it writes is
rolled back after the test.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import transaction

from bihuan.cli.main import main
from bihuan.console import bootstrap


class Spoken(NamedTuple):
    """What one call said: exit code, the object of its last line, standard error."""

    code: int
    answer: dict[str, Any]
    err: str

    @property
    def refused(self) -> tuple[str, str]:
        """What was wrong and what to do, after a refusal."""
        assert self.code == 1, self
        assert self.answer["ok"] is False
        return self.answer["error"], self.answer["remedy"]


class Lived(NamedTuple):
    """What the installation holds."""

    cases: tuple[str, ...]
    """Numbers of its cases, in the order they were opened."""
    ended: str
    """A case that has ended."""
    open: str
    """A case that a unit holds."""


Command = Callable[..., Spoken]


@pytest.fixture(scope="package")
def lived(django_db_setup: None, django_db_blocker: Any) -> Iterator[Lived]:
    """About forty cases of two months, in a transaction that is rolled back in the end."""
    from bihuan.ledger import keyring
    from bihuan.loop.models import CaseRow
    from bihuan.registers import live
    from tests.numbers.month.world import World
    from tests.shipped import load_shipped

    with django_db_blocker.unblock(), transaction.atomic():
        keyring.forget_cached_keys()
        load_shipped(users=True)
        World(seed=5, cases=40)
        rows = CaseRow.objects.order_by("opened_at")
        ended = rows.filter(ended_at__isnull=False).exclude(outcome="merged").first()
        held = rows.filter(ended_at=None, state="in_progress").first()
        assert ended is not None
        assert held is not None
        yield Lived(tuple(rows.values_list("number", flat=True)), ended.number, held.number)
        transaction.set_rollback(True)
    live.forget_snapshots()
    keyring.forget_cached_keys()


@pytest.fixture
def cli(
    lived: Lived, db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """`cli("case", "list")`: the command on the lived installation, in an empty folder, with `--json`."""
    before = dict(os.environ)
    monkeypatch.setattr(bootstrap, "ensure_database", lambda: False)
    monkeypatch.chdir(tmp_path)

    def run(*words: object) -> Spoken:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([*map(str, words), "--json"])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        assert "a fault of this program" not in err, err
        code = ended.value.code if isinstance(ended.value.code, int) else 0
        lines = out.splitlines()
        answer: dict[str, Any] = json.loads(lines[-1]) if lines else {}
        assert answer.get("ok", True) is (code == 0), (code, answer)
        return Spoken(code, answer, err)

    yield run
    os.environ.clear()
    os.environ.update(before)
