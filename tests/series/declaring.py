"""Declared series for tests, as files would have them."""

from __future__ import annotations

from pathlib import Path

from bihuan.declare.model import validated
from bihuan.declare.source import Document
from bihuan.series.declared import SeriesFile

HOURLY = """\
name: {zh: 细颗粒物小时浓度, en: Hourly fine particles}
subject: station
quantity: {zh: 细颗粒物, en: PM2.5}
unit: ug/m3
averaging: 1 h
label: end
zone: Asia/Shanghai
precision: 1
plausible: {low: 0, high: 2000}
sentinels: [-999, -9999]
censored: half
keeper: monitoring
sources:
  - {name: logger, unit: mg/m3, flags: {ok: N, cal: C}}
"""


def declared(text: str, folder: Path) -> SeriesFile:
    """A declaration read from a file of this text."""
    path = folder / "toy.yaml"
    path.write_text(text, encoding="utf-8")
    return validated(Document(path), SeriesFile)


def hourly(folder: Path, **changed: str) -> SeriesFile:
    """The hourly series with other lines."""
    lines = [line for line in HOURLY.splitlines() if line.partition(":")[0] not in changed]
    return declared("\n".join([*lines, *(f"{key}: {value}" for key, value in changed.items() if value)]), folder)
