"""`bihuan effect`: did prevention work? An estimate against controls with its gates, or a refusal with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bihuan.cli.frames import DatesOption, PresetOption, read_frame
from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.cli.framing import Frame
    from bihuan.insight.effect import EffectColumns

app = typer.Typer(no_args_is_help=True, help="Effect of prevention · 预防成效")

GUESSES: dict[str, tuple[str, ...]] = {
    # role: column names taken for it when none is named
    "unit": ("unit", "unit_id", "cell", "area", "place", "site", "community", "neighborhood", "单元", "地点", "社区"),
    "count": ("count", "counts", "n", "y", "events", "cases", "件数", "数量", "诉求量"),
    "holdout": ("holdout", "hold_out", "waiting_list", "保留组"),
    "start": ("start", "treatment_start", "started", "开始"),
    "selection": ("selection", "selected", "selection_window", "in_selection", "选点"),
    "stratum": ("stratum", "strata", "分层"),
    "post": ("post", "after", "实施后"),
    "type": ("type", "category", "reason", "kind", "类别", "类型", "诉求类型", "问题类别"),
}
SHARES = 2 / 3  # of the cells that must be dates for a column without counts to be cut into weeks


@app.command("effect")
def effect(
    file: Annotated[
        Path | None, typer.Argument(help="Panel or events; none: the platform's own cases 面板或事件文件")
    ] = None,
    treated: Annotated[str, typer.Option("--treated", help="0/1 column, or COLUMN=VALUE[,VALUE…] 干预列")] = "treated",
    period: Annotated[str | None, typer.Option("--period", help="Period, time or 0/1 after 时段列")] = None,
    preset: PresetOption = None,
    dates: DatesOption = None,
    unit: Annotated[str | None, typer.Option("--unit", help="Place column(s), comma-separated 地点列")] = None,
    count: Annotated[str | None, typer.Option("--count", help="Events column; none: a row is an event 件数列")] = None,
    start: Annotated[str | None, typer.Option("--start", help="First treated period, or a column 开始时段")] = None,
    selection: Annotated[
        str | None,
        typer.Option("--selection", help="FROM:TO whose counts chose the places, a 0/1 column, or none 选点时段"),
    ] = None,
    holdout: Annotated[
        str | None, typer.Option("--holdout", help="0/1 column of the waiting list 随机保留组列")
    ] = None,
    offset: Annotated[str | None, typer.Option("--offset", help="Exposure column (residents, days) 暴露量列")] = None,
    stratum: Annotated[
        str | None, typer.Option("--stratum", help="Compare within this column; none: do not 分层列")
    ] = None,
    neighbour: Annotated[str | None, typer.Option("--neighbour", help="0/1 column: next to treated 相邻列")] = None,
    placebo: Annotated[str | None, typer.Option("--placebo", help="Untouchable outcome's counts 安慰剂结果列")] = None,
    freq: Annotated[str | None, typer.Option("--freq", help="D, W or M: cut times into periods 时间粒度")] = None,
    method: Annotated[
        str, typer.Option("--method", help="auto, randomised, balanced, controls, synthetic, interrupted 方法")
    ] = "auto",
    margin: Annotated[float, typer.Option("--margin", help="Tolerated placebo difference, log ratio 容许差异")] = 0.2,
    level: Annotated[float, typer.Option("--level", help="Of the interval 置信水平")] = 0.95,
    seed: Annotated[int, typer.Option("--seed", help="Of the randomisation test 随机种子")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Estimate the effect of a treatment on counts, with interval and gates. 评估预防成效

    See docs/topics/effect.md.
    """
    from bihuan.insight.effect import Design, EffectError, assemble, estimate

    frame = _own() if file is None else read_frame(file, preset, dates=dates)
    if not len(frame):
        fail(f"{frame.file}: no records", "give a file with at least one record")
    names = _Named(frame, unit, count, start, selection, holdout)
    try:
        columns = names.columns(treated, period, freq, offset, stratum, neighbour, placebo)
        panel, window = assemble(columns, names.start_value, names.selection_value)
        design = Design(method=method, selection=window, level=level, margin=margin)  # type: ignore[arg-type]  # checked by Design
        answer = estimate(panel, design, seed=seed)
    except EffectError as error:
        fail(f"{frame.file}: {error.message}", error.remedy)
    from bihuan.insight.effect.describing import describe_effect

    body = {"ok": True, **answer.to_json(), "columns": names.used, "seed": seed}
    finish(body, as_json=as_json, text=describe_effect(answer))


def _own() -> Frame:
    from bihuan.cli.own import own_frame

    return own_frame()


class _Named:
    """Which column plays which role: as named by the user, else by its name; `used` tells the answer."""

    def __init__(self, frame: Frame, unit: str | None, count: str | None, *others: str | None) -> None:
        self.frame = frame
        self.used: dict[str, str] = {}
        self.unit = unit or self._guess("unit") or ("area" if "area" in frame.columns else None)
        self.count = count or self._guess("count")
        start, selection, holdout = others
        self.start_column = self._column(start) if start else self._guess("start")
        self.start_value = start if start and self.start_column is None else None
        self.selection_column = self._column(selection) if selection else self._guess("selection")
        self.selection_value = selection if selection and self.selection_column is None else None
        self.holdout = holdout or self._guess("holdout")
        if self.start_value is not None:
            self.start_column = None

    def columns(
        self,
        treated: str,
        period: str | None,
        freq: str | None,
        offset: str | None,
        stratum: str | None,
        neighbour: str | None,
        placebo: str | None,
    ) -> EffectColumns:
        """The cells of every role."""
        from bihuan.insight.effect import EffectColumns

        if self.unit is None:
            fail(f"{self.frame.file}: which column is the place?", "name it with --unit (several with commas)")
        chosen = {
            "unit": self.unit,
            "count": self.count,
            "start": self.start_column,
            "holdout": self.holdout,
            "selection": self.selection_column,
            "offset": offset,
            "stratum": self._stratum(stratum),
            "neighbour": neighbour,
            "placebo": placebo,
        }
        self.used |= {role: name for role, name in chosen.items() if name} | {"treated": treated}
        periods = self._periods(period, freq)
        if self.start_column is None and self.start_value is None:
            self.start_value = self._from_post(periods)

        def cells(role: str) -> Sequence[str] | None:
            name = chosen[role]
            return None if not name else self._flagged(name) if role in FLAGS else self._joined(name)

        return EffectColumns(
            unit=self._joined(self.unit),
            period=periods,
            treated=self._flagged(treated),
            count=cells("count"),
            start=cells("start"),
            holdout=cells("holdout"),
            neighbour=cells("neighbour"),
            selected=cells("selection"),
            exposure=cells("offset"),
            stratum=cells("stratum"),
            placebo=cells("placebo"),
        )

    def _stratum(self, named: str | None) -> str | None:
        """The column named, else one called stratum, else a type of which every unit has exactly one.

        Types have seasons and campaigns of their own: places × types are compared within types (card.md).
        """
        if named:
            return None if named.lower() == "none" else named
        found, kinds = self._guess("stratum"), self._guess("type")
        if found or kinds is None or self.unit is None or kinds == self.unit:
            return found
        pairs = set(zip(self._joined(self.unit), self.frame.strings(kinds), strict=True))
        units, types = {unit for unit, _kind in pairs}, {kind for _unit, kind in pairs}
        return kinds if len(pairs) == len(units) and 2 <= len(types) < len(units) else None

    def _periods(self, period: str | None, freq: str | None) -> list[str]:
        """Periods as in a panel; times of events are cut into days, weeks or months."""
        import numpy as np

        from bihuan.insight.effect.periods import bin_moments

        name = period or next((n for n in ("period", "time", "week", "month", "date") if self._column(n)), None)
        if name is None:
            fail(f"{self.frame.file}: which column is the period?", "name it with --period")
        self.used["period"] = self.frame.name_of(name)
        cells = self.frame.strings(name)
        if self.count is not None and freq is None:
            return cells
        moments = self.frame.times(name)
        dated = float(np.mean(~np.isnat(moments)))
        if dated < SHARES:
            if freq is not None:
                fail(f"{self.frame.file}: column {name!r} holds no dates", "leave out --freq or name another --period")
            return cells
        cut = bin_moments(moments, freq)
        if dated < 1:
            from bihuan.console.output import note

            note(f"{self.frame.file}: {cut.count('')} records without a readable time are left out")
            self._keep([i for i, value in enumerate(cut) if value])
        return [value for value in cut if value]

    def _keep(self, rows: list[int]) -> None:
        self.frame.columns = {name: [cells[i] for i in rows] for name, cells in self.frame.columns.items()}

    def _from_post(self, periods: Sequence[str]) -> str | None:
        """The first period in which a column named `post` is 1, when the file has one."""
        name = self._guess("post")
        if name is None or name == self.used.get("period"):
            return None
        after = [p for p, flag in zip(periods, self.frame.numbers(name), strict=True) if flag == 1]
        if not after:
            return None
        from bihuan.insight.effect.periods import order_periods

        return next(n for n in order_periods(periods).names if n in set(after))

    def _flagged(self, name: str) -> list[str]:
        """A 0/1 column, or COLUMN=VALUE[,VALUE…] as one."""
        column, equals, values = name.partition("=")
        if not equals:
            return self.frame.strings(name)
        wanted = {value.strip() for value in values.split(",")}
        return ["1" if cell in wanted else "0" for cell in self.frame.strings(column)]

    def _joined(self, name: str) -> list[str]:
        parts = [self.frame.strings(part.strip()) for part in name.split(",")]
        return parts[0] if len(parts) == 1 else [" · ".join(row) for row in zip(*parts, strict=True)]

    def _column(self, name: str) -> str | None:
        from bihuan.readers.table import plain_column_name

        known = {plain_column_name(column): column for column in self.frame.columns}
        return self.frame.roles.get(name) or known.get(plain_column_name(name))

    def _guess(self, role: str) -> str | None:
        return next((found for name in GUESSES[role] if (found := self._column(name))), None)


FLAGS = ("holdout", "neighbour", "selection")
