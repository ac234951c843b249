"""What demands and terms name beside themselves: commands, facts of other rooms, tables, fields of the form."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Step
from bihuan.loop.fact_sources import known_sources
from bihuan.loop.kernel.demand_rules import DemandRule, FactRule
from bihuan.loop.kernel.programme import CaseType
from bihuan.loop.kernel.subject_rules import TermRule
from bihuan.loop.kernel.table import table
from bihuan.loop.table_checks import editions_of
from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.decisions import DecisionTable
from bihuan.rules.tables import RuleTable

type Fault = tuple[tuple[Step, ...], str, str, str]


def demand_faults(at: tuple[Step, ...], case: CaseType, folder: Path) -> Iterator[Fault]:
    """Yield what is wrong with the demands of a case type: path, what, rule, remedy.

    Args:
        folder: Of the programme; types of subjects that it declares itself are read with it.

    Source: docs/adr/0298-demands.md
    """
    taken = {step.command for step in table().steps if case.shape in step.shapes} - set(case.disabled)
    for index, rule in enumerate(case.demands):
        here = (*at, "demands", index)
        for command in rule.before:
            if command not in taken:
                yield (
                    (*here, "before"), f"this kind of case has no command {command!r}",
                    f"one of {', '.join(sorted(taken))}", "correct the spelling",
                )  # fmt: skip
        for name, fact in rule.facts.items():
            yield from _of_fact((*here, "facts", name), case, fact, (folder, _asked_by(rule)))
        yield from _of_tables(here, rule, folder)
    yield from _of_grounds(at, case, folder)


def _of_grounds(at: tuple[Step, ...], case: CaseType, folder: Path) -> Iterator[Fault]:
    """The table of a gate's grounds exists, asks for the ground alone, and knows each of them."""
    grounds = case.gate.grounds if case.gate else None
    if grounds is None:
        return
    here = (*at, "gate", "grounds", "table")
    with suppress(DeclarationError):  # told where tables are checked
        editions = [
            each for each in editions_of(folder) if isinstance(each, RuleTable) and each.meta.id == grounds.table
        ]
        if not editions:
            yield here, f"table {grounds.table!r} does not exist", "a file in tables/", f"create {grounds.table}.yaml"
        for each in editions:
            said = {item.name: set(item.values or ()) for item in each.inputs}
            if set(said) != {"ground"} or not set(grounds.names) <= said["ground"]:
                yield (
                    here, f"table {grounds.table!r} does not answer every ground", "its one input is the code `ground`",
                    f"values: {', '.join(grounds.names)}",
                )  # fmt: skip


def inputs_of_tables(folder: Path) -> dict[str, set[str]]:
    """Return the tables that a folder's declarations may name, its own and the shared, each with its inputs."""
    known: dict[str, set[str]] = {}
    for place in (folder, folder.parent / "shared"):
        with suppress(DeclarationError):  # told where tables are checked
            for edition in editions_of(place):
                _note_inputs(known, edition)
    for edition in method_rules():
        _note_inputs(known, edition)
    return known


def effect_faults(at: tuple[Step, ...], case: CaseType, folder: Path) -> Iterator[Fault]:
    """Yield what is wrong with effects' terms, and with what demands are to have asked: path, what, rule, remedy.

    Source: docs/adr/0301-terms-in-registers.md; docs/adr/0421 (`demanded.`)
    """
    for index, effect in enumerate(case.effects):
        for field, rule in effect.set.items():
            here = (*at, "effects", index, "set", field)
            if isinstance(rule, TermRule):
                yield from _of_term(here, rule, inputs_of_tables(folder))
            elif rule.startswith("demanded."):
                yield from _of_demanded(here, rule, case)


def _of_demanded(at: tuple[Step, ...], path: str, case: CaseType) -> Iterator[Fault]:
    known = {f"demanded.{each.id}.{name}" for each in case.demands for name in (*each.facts, *each.tables)}
    if path not in known:
        told = ", ".join(sorted(known)) or "(none)"
        remedy = "correct the name, or add the fact to a demand"
        yield at, f"no demand of this case asks {path!r}", f"one of {told}", remedy


def _of_term(at: tuple[Step, ...], rule: TermRule, known: dict[str, set[str]]) -> Iterator[Fault]:
    if rule.term not in known:
        tables = ", ".join(sorted(known)) or "(none)"
        yield (
            (*at, "term"),
            f"there is no table {rule.term!r}",
            f"one of {tables}",
            f"add it to tables/{rule.term}.yaml",
        )
    elif known[rule.term] != set(rule.inputs):
        asked = ", ".join(sorted(known[rule.term]))
        yield (*at, "inputs"), f"{rule.term} asks for {asked}", "every input of a table is said", "name each input once"


def _asked_by(rule: DemandRule) -> set[str]:
    """What each command that a demand stands before asks by itself, such as the unit of a dispatch."""
    asked = [{make.field.name for make in step.asks} for step in table().steps if step.command in rule.before]
    return set.intersection(*asked) if asked else set()


def _of_fact(at: tuple[Step, ...], case: CaseType, fact: FactRule, where: tuple[Path, set[str]]) -> Iterator[Fault]:
    folder, asked = where
    named = fact.form or fact.opened or (fact.of.form if fact.of else None)
    forms = {*case.fields, *(case.gate.requires if case.gate else {}), *(() if fact.opened else asked)}
    if named and named not in forms:
        yield at, f"the form has no field {named!r}", f"one of {', '.join(sorted(forms)) or '(none)'}", "declare it"
    if fact.ask is None:
        return
    kind, _, field = fact.ask.partition(" ")[0].partition(".")  # a window may follow a statistic of a series
    if fact.of is None and case.about is None:
        yield at, f"{fact.ask} is asked about nothing", "a case type says what it is about", "add `about:` or `of:`"
    if (folder / "subjects" / f"{kind}.yaml").exists():
        return
    sources = known_sources()
    if sources is None:
        return
    if kind not in sources:
        yield at, f"no room answers for {kind!r}", f"one of {', '.join(sorted(sources))}", "correct the spelling"
    elif field and field != "state" and field not in (known := sources[kind].names(kind)):
        yield at, f"{kind} has no open field {field!r}", f"one of {', '.join(known)}", "correct the spelling"


def _of_tables(at: tuple[Step, ...], rule: DemandRule, folder: Path) -> Iterator[Fault]:
    if not rule.tables:
        return
    known = inputs_of_tables(folder)
    for name, each in rule.tables.items():
        here = (*at, "tables", name)
        if each.table not in known:
            yield (
                (*here, "table"), f"there is no table {each.table!r}",
                f"one of {', '.join(sorted(known)) or '(none)'}", f"add it to tables/{each.table}.yaml",
            )  # fmt: skip
        elif lacking := sorted(known[each.table] - set(each.inputs)):
            yield (
                (*here, "inputs"), f"{each.table} asks for {', '.join(lacking)} too",
                "every input of a table is a fact", "name the fact",
            )  # fmt: skip


def _note_inputs(known: dict[str, set[str]], edition: object) -> None:
    """Remember which inputs a table or decision asks for, in any edition."""
    if isinstance(edition, RuleTable | DecisionTable):
        known.setdefault(edition.meta.id, set()).update(item.name for item in edition.inputs)
