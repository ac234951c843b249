"""`bihuan triage`: train, ask, evaluate and keep the models that suggest a category; needs no server."""

from __future__ import annotations

import hashlib
import importlib.resources
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.cli.frames import DatesOption, OutOption, PresetOption, read_frame, write_rows
from bihuan.console.output import JsonOption, fail, finish, note

if TYPE_CHECKING:
    from bihuan.cli.framing import Frame
    from bihuan.insight.registry import Registry
    from bihuan.insight.shelf import Shelf
    from bihuan.insight.triage import Model, Triage, TriageAnswer
    from bihuan.insight.triage.training import TrainingReport

app = typer.Typer(no_args_is_help=True, help="Suggest category and urgency of reports · 智能分派建议")
FileArgument = Annotated[
    Path | None, typer.Argument(help="CSV, XLSX or Parquet; without it, own cases 缺省为本平台案件")
]
TextOption = Annotated[str | None, typer.Option("--text", help="Column(s) of the text, comma-separated 文本列")]
LabelOption = Annotated[str | None, typer.Option("--label", help="Column of the category 类别列")]
ModelOption = Annotated[str | None, typer.Option("--model", help="Model id; the promoted one by default 模型编号")]
HEADER = ("id", "category", "confidence", "top3", "urgency")


@app.command()
def train(
    file: FileArgument = None,
    text: TextOption = None,
    label: LabelOption = None,
    preset: PresetOption = None,
    accuracy: Annotated[float, typer.Option(help="Accuracy that decided ones must hold 自动判定的准确率")] = 0.975,
    seed: Annotated[int, typer.Option(help="Random seed 随机种子")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Train on labelled reports (and operators' corrections), store the model, promote it when it is the first.

    训练模型

    See docs/topics/triage.md.
    """
    from bihuan.insight.triage import cards, corrections
    from bihuan.insight.triage.training import fit_triage

    frame = _frame(file, preset)
    texts, labels, dropped = _labelled(frame, text, label)
    registry = _registry()
    added, faults = corrections.read_corrections(_shelf("corrections", history=False))
    for fault in faults:
        note(fault)
    cut = {"file": Path(frame.file).name, "sha256": _hash(file), "rows": len(texts), "corrections": len(added)}
    cut |= _span(frame) | {"left_out": dropped, "seed": seed}
    texts += [each.text for each in added]
    labels += [each.label for each in added]
    try:
        trained = fit_triage(texts, labels, accuracy=accuracy, seed=seed, tell=note)
    except ValueError as error:
        fail(f"{frame.file}: {error}", "label more reports, with two or more categories")
    figures = cards.model_metrics(trained.report, cut)
    name = registry.store(trained.model.to_bytes(), cards.write_card(trained.model, trained.report, cut), figures)
    promoted = registry.current() == name
    told = "promoted" if promoted else f"stored; `bihuan triage shadow` compares it, `triage promote {name}` uses it"
    result = {"model": name, "promoted": promoted, "categories": list(trained.model.tree.labels), **figures}
    finish(result, as_json=as_json, text=f"{name}: {told}\n{_figures(figures['figures'])}")


@app.command()
def predict(
    out: OutOption,
    file: FileArgument = None,
    text: TextOption = None,
    preset: PresetOption = None,
    id_column: Annotated[str | None, typer.Option("--id", help="Column of the id 编号列")] = None,
    model: ModelOption = None,
    tree: Annotated[Path | None, typer.Option("--tree", help="Category tree for the cold start 类别树")] = None,
    reasons: Annotated[bool, typer.Option("--reasons", help="Add the words behind each answer 输出依据词")] = False,
    as_json: JsonOption = False,
) -> None:
    """Write category, confidence, top three and urgency of every report; without a model, by the tree's keywords.

    分类建议

    See docs/topics/triage.md.
    """
    frame = _frame(file, preset, id=id_column)
    texts = frame.texts(text)
    asked, source = _triage(model, tree)
    found = asked.predict(texts, explain=reasons)
    header = (*HEADER, "reasons") if reasons else HEADER
    rows = (_row(name, each, reasons) for name, each in zip(frame.ids, found, strict=True))
    count = write_rows(out, header, rows)
    decided, urgent = sum(s.decided for s in found), sum(s.urgency == 1 for s in found)
    result = {"rows": count, "decided": decided, "urgent": urgent, "source": source, "model": asked.id, "out": str(out)}
    finish(result, as_json=as_json, text=f"{count} rows, {decided} decided, {urgent} urgent ({source}) → {out}")


@app.command()
def evaluate(
    file: FileArgument = None,
    text: TextOption = None,
    label: LabelOption = None,
    preset: PresetOption = None,
    model: ModelOption = None,
    seed: Annotated[int, typer.Option(help="Random seed 随机种子")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Grouped cross-validation on labelled reports; with --model, that model on them (it must not know them).

    评估模型

    See docs/topics/triage.md.
    """
    from bihuan.insight.triage import cards
    from bihuan.insight.triage.evaluation import judge_model
    from bihuan.insight.triage.training import fit_triage

    frame = _frame(file, preset)
    texts, labels, dropped = _labelled(frame, text, label)
    if model:
        report: TrainingReport | None = judge_model(_load(_registry(), model), texts, labels)
    else:
        try:
            report = fit_triage(texts, labels, seed=seed, tell=note).report
        except ValueError as error:
            fail(f"{frame.file}: {error}", "label more reports, with two or more categories")
    figures = cards.model_metrics(report, {"rows": len(texts), "left_out": dropped})
    finish(figures, as_json=as_json, text=_figures(figures["figures"]))


@app.command()
def models(as_json: JsonOption = False) -> None:
    """List the stored models, oldest first. 模型清单

    See docs/topics/triage.md.
    """
    entries = _registry().entries()
    lines = [f"{'*' if e.promoted else ' '} {e.id}  {e.made_at}  {_figures(e.metrics.get('figures'))}" for e in entries]
    listed = [{"id": e.id, "made_at": e.made_at, "promoted": e.promoted, **e.metrics} for e in entries]
    finish({"models": listed}, as_json=as_json, text="\n".join(lines) or "no model yet 尚无模型")


@app.command()
def promote(model: Annotated[str, typer.Argument(help="Model id 模型编号")], as_json: JsonOption = False) -> None:
    """Use this model from now on. 启用此模型

    See docs/topics/triage.md.
    """
    from bihuan.insight.registry import RegistryError

    try:
        _registry().promote(model)
    except RegistryError as error:
        fail(str(error), "`bihuan triage models` lists them")
    finish({"promoted": model}, as_json=as_json, text=f"{model} is in use")


@app.command()
def rollback(as_json: JsonOption = False) -> None:
    """Use the model that was promoted before the present one. 退回上一模型

    See docs/topics/triage.md.
    """
    from bihuan.insight.registry import RegistryError

    try:
        name = _registry().rollback()
    except RegistryError as error:
        fail(str(error), "`bihuan triage models` lists them")
    finish({"promoted": name}, as_json=as_json, text=f"{name} is in use again")


@app.command()
def shadow(
    candidate: Annotated[str, typer.Argument(help="Model id to try 候选模型")],
    file: FileArgument = None,
    text: TextOption = None,
    label: LabelOption = None,
    preset: PresetOption = None,
    margin: Annotated[float, typer.Option(help="Macro-F1 it may lose 允许的下降")] = 0.005,
    promote_it: Annotated[bool, typer.Option("--promote", help="Promote it unless refused 通过则启用")] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare a candidate with the promoted model on reports neither was trained on; a worse one is refused.

    候选模型比对

    See docs/topics/triage.md.
    """
    from bihuan.insight.triage.drift import compare_in_shadow as compare

    frame = _frame(file, preset)
    texts, labels, _ = _labelled(frame, text, label)
    registry = _registry()
    found = compare(_load(registry, candidate), _load(registry, None), texts, labels, margin)
    if promote_it and not found.refused:
        registry.promote(candidate)
    result = {**found._asdict(), "ok": not found.refused, "promoted": registry.current()}
    verdict = found.refused or "not worse"
    summary = f"candidate {found.candidate[0]:.3f}, current {found.current[0]:.3f} macro-F1, p = {found.p_value:.3f}"
    finish(result, as_json=as_json, text=f"{summary}: {verdict}")


@app.command()
def drift(
    file: FileArgument = None,
    text: TextOption = None,
    label: LabelOption = None,
    preset: PresetOption = None,
    time: Annotated[str | None, typer.Option("--time", help="Column of the time 时间列")] = None,
    dates: DatesOption = None,
    model: ModelOption = None,
    as_json: JsonOption = False,
) -> None:
    """Month by month: shift of the predicted categories, unknown words, confidence, overrule rate.

    逐月漂移监测

    See docs/topics/triage.md.
    """
    from bihuan.insight.triage.drift import measure_drift as report

    frame = _frame(file, preset, dates=dates, time=time)
    if "time" not in frame.roles:
        fail(f"{frame.file}: which column is the time?", "name it with --time or --preset")
    stamps = [str(moment)[:7] for moment in frame.times()]
    keep = [i for i, stamp in enumerate(stamps) if stamp != "NaT"]
    texts, labels = frame.texts(text), frame.strings(label) if label else None
    known = [labels[i] for i in keep] if labels else None
    found = report(_load(_registry(), model), [texts[i] for i in keep], [stamps[i] for i in keep], known)
    result = {"months": [month.as_dict() for month in found], "without_time": len(stamps) - len(keep)}
    lines = [f"{m.month}  {m.rows:>6}  PSI {m.class_psi:.3f}  {m.confidence:.2f}  {m.verdict}" for m in found]
    finish(result, as_json=as_json, text="\n".join(lines))


def _frame(file: Path | None, preset: str | None, *, dates: str | None = None, **columns: str | None) -> Frame:
    if file is not None:
        frame = read_frame(file, preset, dates=dates, **columns)
        if "id" not in frame.roles and "id" in frame.columns:
            frame.ids = frame.strings("id")
        return frame
    from bihuan.cli.own import own_frame

    return own_frame()


def _labelled(frame: Frame, text: str | None, label: str | None) -> tuple[list[str], list[str], int]:
    """Texts and labels of the records that have both, and how many had not."""
    if label is None and "category" not in frame.roles:
        fail(
            f"{frame.file}: which column is the category?", f"name it with --label; columns: {', '.join(frame.columns)}"
        )
    pairs = zip(frame.texts(text), frame.strings(label or "category"), strict=True)
    kept = [(said, name) for said, name in pairs if said.strip() and name.strip()]
    if not kept:
        fail(f"{frame.file}: no record has both text and category", "check --text and --label")
    return [said for said, _ in kept], [name for _, name in kept], len(frame) - len(kept)


def _registry() -> Registry:
    from bihuan.insight.registry import Registry

    return Registry(_shelf("models"), "triage")


def _shelf(room: str, *, history: bool = True) -> Shelf:
    """The rows of this installation, or a folder where none was set up: the methods need no database."""
    from bihuan.console.bootstrap import start_django
    from bihuan.insight.shelf import Folder
    from bihuan.server import configuration
    from bihuan.server.home import current_home
    from bihuan.server.keeping import Rows

    home = current_home()
    if configuration.uses_private_server() and not home.secrets_file.exists():
        return Folder(home.path / room)
    start_django()
    return Rows(room, history)


def _load(registry: Registry, name: str | None) -> Model:
    from bihuan.insight.registry import RegistryError
    from bihuan.insight.triage import Model
    from bihuan.insight.triage.store import BrokenStore

    try:
        return Model.from_bytes(registry.read(name), str(registry.shelf))
    except (RegistryError, BrokenStore) as error:
        fail(str(error), "`bihuan triage models` lists them; `bihuan triage train FILE` makes one")


def _triage(name: str | None, tree: Path | None) -> tuple[Triage, str]:
    """The model asked for, else the promoted one, else keywords."""
    from bihuan.insight.triage import cold_start

    registry = _registry()
    if name or (tree is None and registry.current()):
        return _load(registry, name), "model"
    shipped = importlib.resources.files("bihuan.programmes") / "hotline" / "categories.yaml"
    path = tree or Path(str(shipped))
    try:
        return cold_start(path), "keywords"
    except (OSError, KeyError, TypeError, ValueError) as error:
        fail(f"{path} is no category tree: {error}", "rows need `code`, `zh` and `keywords`")


def _row(name: str, each: TriageAnswer, reasons: bool) -> list[Any]:
    top = "|".join(f"{category}:{chance:.4f}" for category, chance in each.top3)
    row: list[Any] = [name, each.category, f"{each.confidence:.4f}", top, each.urgency]
    if reasons:
        row.append("|".join([*each.words, *(f"!{word}" for word in each.urgency_words)]))
    return row


def _hash(file: Path | None) -> str | None:
    return None if file is None else hashlib.sha256(file.read_bytes()).hexdigest()


def _span(frame: Frame) -> dict[str, str | None]:
    """From when to when the records are, where the file says so."""
    if "time" not in frame.roles:
        return {"from": None, "to": None}
    days = sorted(str(moment)[:10] for moment in frame.times() if str(moment) != "NaT")
    return {"from": days[0] if days else None, "to": days[-1] if days else None}


def _figures(figures: dict[str, Any] | None) -> str:
    if figures is None:
        return "too few texts for figures; nothing will be decided"
    held = json.loads(json.dumps(figures))
    return (
        f"macro-F1 {held['macro_f1']:.3f}, accuracy {held['accuracy']:.3f}, calibration error {held['ece_mass']:.3f}, "
        f"decided {held['coverage']['coverage']:.1%} at {held['coverage']['accuracy']:.1%}"
    )
