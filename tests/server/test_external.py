"""An installation whose PostgreSQL is another's, without any superuser: set up, worked on, saved and restored."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bihuan.server import rows
from tests.another_server import REPORT, running, url

pytestmark = pytest.mark.slow


class Place:
    """A home on one database of that server."""

    def __init__(self, home: Path, port: int, database: str) -> None:
        self.environment = os.environ | {
            "BIHUAN_HOME": str(home),
            "DATABASE_URL": url("district_app", port, database),
            "DATABASE_OWNER_URL": url("district_owner", port, database),
            "BIHUAN_BACKUP_PASSPHRASE": "only for this test",
            "BIHUAN_LOG_LEVEL": "ERROR",
            "BIHUAN_DB_ROLE": "app",
        }
        self.superuser = url("postgres", port, database)

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=300, check=False)

    def bihuan(self, *words: str, code: int = 0) -> dict[str, Any]:
        done = self.python("-m", "bihuan.cli", *words, "--json")
        assert done.returncode == code, done.stdout[-2000:] + done.stderr[-2000:]
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    def counted(self) -> dict[str, int]:
        """How many rows each saved table has, as who sees all."""
        with psycopg.connect(self.superuser) as connection:
            return rows.count_rows(connection, rows.rows_to_save(connection).tables)


def test_set_up_worked_on_saved_and_restored_without_a_superuser(tmp_path: Path) -> None:
    with running("district", "restored") as (root, port):
        lived_in, empty = Place(root / "home", port, "district"), Place(root / "restored", port, "restored")
        assert lived_in.bihuan("init")["migrations"] > 0
        lived_in.bihuan("load", "district", "haidian")
        opened = lived_in.python("-c", REPORT)
        assert opened.returncode == 0, opened.stderr
        number = opened.stdout.split()[0]
        shown = lived_in.bihuan("case", "show", number)["case"]

        saved = lived_in.bihuan("backup", str(tmp_path / "saved"))
        counted = lived_in.counted()
        assert {"loop_case", "loop_event", "registers_identity"} <= {table for table, n in counted.items() if n}
        assert saved["rows"] == sum(counted.values()), "a fenced row is in it like every other"

        restored = empty.bihuan("restore", str(tmp_path / "saved"))
        assert restored["rows"] == saved["rows"]
        assert empty.counted() == counted
        assert empty.bihuan("case", "show", number)["case"] == shown
        verified = empty.bihuan("audit", "verify")
        assert (verified["ok"], verified["events"]) == (True, 1)
        assert {f["check"] for f in empty.bihuan("doctor")["findings"] if f["level"] == "error"} == set()
        assert empty.bihuan("backup", str(tmp_path / "again"))["rows"] == saved["rows"], "and is saved again"

        lived_in.environment.pop("DATABASE_OWNER_URL")
        refused = lived_in.bihuan("backup", str(tmp_path / "never"), code=1)
        assert "cannot read every row" in refused["error"]
        assert "DATABASE_OWNER_URL" in refused["remedy"]
        assert not (tmp_path / "never").exists()
