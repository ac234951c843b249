"""Where the questions run: DuckDB in this process, or a Spark cluster. Both read the same files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import ibis
import ibis.expr.types as ir

from bihuan.lake.manifest import LakeError, LakeManifest
from bihuan.lake.tables import schemas

Engine = Literal["duckdb", "spark"]


class Lake:
    """The tables of a lake on an engine."""

    def __init__(self, folder: Path, manifest: LakeManifest, backend: Any) -> None:
        self.folder, self.manifest, self.backend = folder, manifest, backend
        self._tables: dict[str, ir.Table] = {}
        self._kept: list[str] = []

    def table(self, name: str) -> ir.Table:
        """Return a table by name; an empty one when it has no files yet.

        Raises:
            LakeError: the lake has no file of it yet.

        Source: docs/topics/lake.md, "Questions".
        """
        if name not in self._tables:
            files = self.manifest.files(self.folder, name)
            if not files:
                raise LakeError(f"the lake has no {name} yet; run `bihuan lake sync`")
            columns = schemas()[name].names
            self._tables[name] = self._read(files, f"lake_{name}").select(*columns)
        return self._tables[name]

    def keep(self, answer: ir.Table) -> ir.Table:
        """Work an intermediate answer out once: what follows uses it several times.

        Source: docs/adr/0107 (what is used several times is worked out once).
        """
        name = f"kept_{len(self._kept)}"
        self._kept.append(name)
        if self.backend.name != "pyspark":
            return self.backend.create_table(name, answer, temp=True)
        frame = self.backend._session.sql(self.backend.compile(answer))
        frame.cache().createOrReplaceTempView(name)
        return self.backend.table(name)

    def _read(self, files: list[str], name: str) -> ir.Table:
        if self.backend.name != "pyspark":
            return self.backend.read_parquet(files, table_name=name)
        self.backend._session.read.parquet(*files).createOrReplaceTempView(name)  # several paths in one call
        return self.backend.table(name)

    def rows(self, answer: ir.Table) -> list[dict[str, Any]]:
        """Run an expression; its rows as plain values, sorted by its columns from left to right.

        Source: docs/topics/lake.md, "Questions".
        """
        found = self.backend.to_pyarrow(answer).to_pylist()
        names = answer.columns
        return sorted(found, key=lambda row: tuple((row[n] is not None, row[n]) for n in names))


@contextmanager
def open_lake(folder: Path, manifest: LakeManifest, engine: Engine, master: str | None = None) -> Iterator[Lake]:
    """The lake on an engine.

    Args:
        folder: Of the lake.
        manifest: As read from it.
        engine: `duckdb` or `spark`.
        master: Of the Spark cluster, `spark://host:port`; None for one in this process.

    Raises:
        LakeError: the engine is not installed or does not start.

    Source: docs/topics/lake.md, "Questions" (unchanged on DuckDB and Spark).
    """
    if engine == "duckdb":
        backend = ibis.duckdb.connect()
        backend.raw_sql("SET TimeZone = 'UTC'")
        try:
            yield Lake(folder, manifest, backend)
        finally:
            backend.disconnect()
        return
    session = _session(master)
    try:
        yield Lake(folder, manifest, ibis.pyspark.connect(session))
    finally:
        session.stop()


def _session(master: str | None) -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise LakeError(
            "Spark is not installed; install `bihuan[spark]` and Java 17, or use --engine duckdb"
        ) from error
    builder = SparkSession.builder.master(master or "local[2]").appName("bihuan-lake")
    for key, value in _settings().items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
    except Exception as error:
        raise LakeError(f"Spark does not start ({error}); is Java 17 installed and the master reachable?") from error
    session.sparkContext.setLogLevel("ERROR")
    return session


def _settings() -> dict[str, str]:
    return {
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "4",
        "spark.pyspark.python": sys.executable,
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.ansi.enabled": "true",
    }
