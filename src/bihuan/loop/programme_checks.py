"""What one field's type cannot say: checks across a whole programme and the files beside it. Pure.

The most important: however a case travels, in every open state some clock runs (DESIGN invariant 1).
"""

from __future__ import annotations

import difflib
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bihuan.declare.source import Step
from bihuan.loop.demand_checks import demand_faults, effect_faults
from bihuan.loop.fact_sources import known_sources
from bihuan.loop.indicator_files import Definition, usable_from
from bihuan.loop.kernel.clocks import meanings
from bihuan.loop.kernel.kinds import EventKind
from bihuan.loop.kernel.programme import ByDay, CaseType, ClockRule, Programme
from bihuan.loop.kernel.states import OPEN_STATES, OUTCOMES
from bihuan.loop.kernel.step import Step as LoopStep
from bihuan.loop.kernel.table import table
from bihuan.loop.scripts import SCRIPTS
from bihuan.registers.pure.roles import catalogue

# A suspension and an admission always carry their end, so no declared clock needs to run meanwhile.
DATED_STATES = frozenset({"suspended", "in_effect"})


class Finding(NamedTuple):
    """A problem before it knows its line: the path of the field and the three sentences."""

    steps: tuple[Step, ...]
    what: str
    rule: str
    remedy: str


class Uncovered(NamedTuple):
    """An open state in which no clock runs, and the events that lead there."""

    state: str
    path: tuple[str, ...]


def findings(programme: Programme, folder: Path) -> Iterator[Finding]:
    """Everything wrong with a well-formed programme and the files beside it.

    Args:
        programme: The declaration, valid by itself.
        folder: Where its tables and category file are looked for.

    Source: DESIGN §4; docs/topics/declarations.md (all problems of a file at once)
    """
    yield from _numbers(programme, folder)
    yield from _own_roles(programme)
    for name, case in programme.cases.items():
        at = ("cases", name)
        yield from _files(at, case, folder)
        yield from _events(at, case)
        yield from _taken(at, case)
        yield from _commands(at, case)
        yield from _outcomes(at, case)
        yield from _roles(at, case, (*catalogue(), *programme.roles))
        yield from _script(at, case)
        yield from _about(at, case, folder)
        yield from (Finding(*fault) for fault in (*demand_faults(at, case, folder), *effect_faults(at, case, folder)))
        yield from _effects(at, case, folder)
        yield from _liveness(at, case)


def uncovered(case: CaseType) -> list[Uncovered]:
    """Open states in which, on some path, no clock would run; the shortest path to each.

    The search walks every (state, running clocks) pair that the enabled steps can produce.

    Source: DESIGN §9 (1, a running clock in every open state); docs/adr/0001 (5)
    """
    found: dict[str, Uncovered] = {}
    start = ("", frozenset[str]())
    seen = {start}
    queue: deque[tuple[tuple[str, frozenset[str]], tuple[str, ...]]] = deque([(start, ())])
    while queue:
        (state, running), path = queue.popleft()
        for step in (step for step in table().leaving(state, case.shape) if in_use(step, case)):
            for target in targets_of(step, state, case):
                trail = (*path, step.event.kind)
                after = _after(case.clocks, running, step.event, target)
                if target in OPEN_STATES and target not in DATED_STATES and not after:
                    found.setdefault(target, Uncovered(target, trail))
                if (target, after) not in seen and (target in OPEN_STATES or target == "closed"):
                    seen.add((target, after))
                    queue.append(((target, after), trail))
    return list(found.values())


def steps_of(case: CaseType) -> list[LoopStep]:
    """The steps a case type uses, in table order.

    Source: docs/adr/0001 (2, shapes select rows; programmes may switch steps off)
    """
    return [step for step in table().steps if case.shape in step.shapes and in_use(step, case)]


def in_use(step: LoopStep, case: CaseType) -> bool:
    """Whether a programme's declaration leaves this step of its shape in use.

    Source: docs/adr/0001 (2, shapes select rows; programmes may switch steps off)
    """
    return step.command not in case.disabled and step.used(case)


def targets_of(step: LoopStep, state: str, case: CaseType) -> tuple[str, ...]:
    """The states a step may lead to from `state`; a resolved target gives every possibility.

    Source: docs/adr/0001 (2, shapes select rows; programmes may switch steps off)
    """
    if step.leads is not None:
        return step.leads(case)
    return (step.target or state,)


def _after(rules: list[ClockRule], running: frozenset[str], event: EventKind, target: str) -> frozenset[str]:
    """The clocks that run after `event` led to `target`; an ended case stops them all."""
    if target not in OPEN_STATES:
        return frozenset()
    events, replaced = meanings(event.kind, target), set(event.cancels)
    stopped = {r.name for r in rules if r.name in running and (events & set(r.stops) or replaced & set(r.starts))}
    started = {r.name for r in rules if r.name not in stopped and events & set(r.starts)}
    return (running - stopped) | started


def _liveness(at: tuple[Step, ...], case: CaseType) -> Iterator[Finding]:
    for state, path in uncovered(case):
        yield Finding(
            (*at, "clocks"),
            f"no clock runs in state {state!r} after {' → '.join(path)}",
            "every open case has a running clock or a suspension with an end",
            f"add a clock with `from: {path[-1]}` (or add that event to a clock's `from` list)",
        )


def _files(at: tuple[Step, ...], case: CaseType, folder: Path) -> Iterator[Finding]:
    for path, name in case.deadline_tables:
        if not (folder / "tables" / f"{name}.yaml").exists():
            yield Finding(
                (*at, *path),
                f"table {name!r} does not exist",
                "a table is a file in tables/ beside the programme",
                f"create tables/{name}.yaml",
            )
    if case.categories and not (folder / case.categories).exists():
        yield Finding(
            (*at, "categories"),
            f"file {case.categories!r} does not exist",
            "categories name a file beside the programme",
            f"create {case.categories}",
        )


def _events(at: tuple[Step, ...], case: CaseType) -> Iterator[Finding]:
    """Clocks run from and to events that some step records."""
    known = sorted(table().kinds)
    for index, clock in enumerate(case.clocks):
        for end, events in (("from", clock.starts), ("to", clock.stops)):
            for event in (event for event in events if event not in known):
                near = difflib.get_close_matches(event, known, n=1)
                yield Finding(
                    (*at, "clocks", index, end),
                    f"clock {clock.name!r}: unknown event {event!r}",
                    f"one of {', '.join(known)}",
                    f"did you mean {near[0]!r}?" if near else "correct the spelling",
                )


def _taken(at: tuple[Step, ...], case: CaseType) -> Iterator[Finding]:
    """The event after which evidence must be taken leaves its time on the case: opening, or a clock that it starts."""
    event, known = case.evidence.taken_after, {"opened", *(start for clock in case.clocks for start in clock.starts)}
    if event is not None and event not in known:
        yield Finding(
            (*at, "evidence", "taken_after"),
            f"no clock starts at {event!r}, so its time is not known",
            "evidence is taken after the opening or after an event that starts a clock",
            f"use one of {', '.join(sorted(known))}",
        )


def _numbers(programme: Programme, folder: Path) -> Iterator[Finding]:
    known = usable_from(folder)
    for index, indicator in enumerate(programme.indicator_ids):
        if indicator in known:
            yield from _judged(index, known[indicator], programme)
        else:
            near = difflib.get_close_matches(indicator, known, n=1)
            yield Finding(
                ("indicators", index),
                f"{indicator!r} is not an indicator",
                f"one of {', '.join(sorted(known))}",
                f"did you mean {near[0]!r}?" if near else f"remove it, or declare it in indicators/{indicator}.yaml",
            )
    if programme.scorecard and not (folder / "tables" / f"{programme.scorecard}.yaml").exists():
        yield Finding(
            ("scorecard",),
            f"scorecard {programme.scorecard!r} does not exist",
            "a scorecard is a file in tables/ beside the programme",
            f"create tables/{programme.scorecard}.yaml",
        )


def _judged(index: int, definition: Definition, programme: Programme) -> Iterator[Finding]:
    """The clock an indicator judges by: named where the definition asks for it, and one that a handing-in can meet."""
    steps, given = ("indicators", index), programme.indicator_clocks[definition.id]
    if "clock" not in definition.requires:
        if given is not None:
            yield Finding(
                (*steps, "clock"),
                f"{definition.id!r} does not ask for a clock",
                "only an indicator that requires a clock is given one",
                f"write `{definition.id}` alone",
            )
        given = definition.parameters.get("clock")
        if given is None:
            return
    elif (given := programme.judging_clock(definition.id)) is None:
        yield Finding(
            steps,
            f"{definition.id!r} does not say which clock it judges by",
            "the programme names the clock of its own handling, unless only one is stopped by the handing-in",
            f"write `{{id: {definition.id}, clock: {next(iter(programme.handling_clocks), 'NAME')}}}`",
        )
        return
    handled = {name: case for name, case in programme.cases.items() if case.shape != "gate"}
    lacking = [name for name, case in handled.items() if given not in {c.name for c in case.clocks}]
    if lacking or not handled:
        yield Finding(
            steps,
            f"{definition.id!r} needs clock {given!r}, which {', '.join(lacking) or 'no case'} does not have",
            "every case type that is handled has the clock",
            f"name one of {', '.join(sorted(programme.handling_clocks)) or 'its clocks'}, or add the clock",
        )
    elif "clock" in definition.requires and given not in programme.handling_clocks:
        yield Finding(
            (*steps, "clock"),
            f"clock {given!r} does not end when the unit hands in",
            "what is judged is the handing-in: the clock's `to` has `submitted`",
            f"name one of {', '.join(sorted(programme.handling_clocks)) or 'its clocks'}",
        )


def _commands(at: tuple[Step, ...], case: CaseType) -> Iterator[Finding]:
    known = {step.command for step in table().steps if case.shape in step.shapes and step.optional}
    for index, command in enumerate(case.disabled):
        if command not in known:
            yield Finding(
                (*at, "disabled", index),
                f"{command!r} is not a command of shape {case.shape}",
                f"one of {', '.join(sorted(known))}",
                "remove it or correct the spelling",
            )


def _outcomes(at: tuple[Step, ...], case: CaseType) -> Iterator[Finding]:
    for index, outcome in enumerate(case.outcomes):
        if outcome not in OUTCOMES:
            yield Finding(
                (*at, "outcomes", index),
                f"{outcome!r} is not an outcome",
                f"one of {', '.join(OUTCOMES)}",
                "correct the spelling",
            )
    for outcome in sorted(_reachable(case) - set(case.outcomes)):
        yield Finding(
            (*at, "outcomes"),
            f"outcome {outcome!r} can be reached but is not declared",
            "each terminal outcome is declared",
            f"add {outcome!r}, or disable the command that leads to it",
        )


def _reachable(case: CaseType) -> set[str]:
    targets = {t for step in steps_of(case) for t in targets_of(step, "", case)}
    return targets & set(OUTCOMES)


def _own_roles(programme: Programme) -> Iterator[Finding]:
    for role in programme.roles:
        if role in catalogue():
            yield Finding(
                ("roles", role),
                f"{role!r} is a role of the whole house",
                "a programme declares roles under ids of their own",
                f"rename it, for example {programme.id.replace('-', '_')}_{role}"[:60],
            )


def _roles(at: tuple[Step, ...], case: CaseType, known: Sequence[str]) -> Iterator[Finding]:
    for steps, role in _named_roles(case):
        if role not in known:
            yield Finding(
                (*at, *steps),
                f"{role!r} is not a role",
                f"one of {', '.join(sorted(known))}; or declare it under `roles:`",
                "correct the spelling",
            )


def _about(at: tuple[Step, ...], case: CaseType, folder: Path) -> Iterator[Finding]:
    """The type of subjects that cases are about, what of it is told to whom, and states in which nobody is."""
    if case.about is not None:
        days = tuple(clock.within.day for clock in case.clocks if isinstance(clock.within, ByDay))
        yield from _subject((*at, "about"), case.about.subject, (*case.about.named, *days), folder)
    if case.tells is not None:
        yield from _subject((*at, "tells"), case.tells.subject, case.tells.named, folder)
    for index, state in enumerate(case.unseen):
        if state not in (*OPEN_STATES, *OUTCOMES):
            rule = f"one of {', '.join((*OPEN_STATES, *OUTCOMES))}"
            yield Finding((*at, "unseen", index), f"{state!r} is no state", rule, "correct the spelling")


def _effects(at: tuple[Step, ...], case: CaseType, folder: Path) -> Iterator[Finding]:
    """Events that some step records, and subjects whose fields they set."""
    for index, effect in enumerate(case.effects):
        steps = (*at, "effects", index)
        kind = effect.subject or (case.about.subject if case.about else "")
        if effect.on not in table().kinds:
            yield Finding(
                (*steps, "on"), f"unknown event {effect.on!r}", f"one of {', '.join(sorted(table().kinds))}",
                "correct the spelling",
            )  # fmt: skip
        if bool(effect.set) == effect.ends:
            yield Finding(
                steps, "an effect sets fields or ends the subject", "one of both", "write `set:` or `ends: true`"
            )
        yield from _subject(steps, kind, (*effect.set, *effect.where), folder)


def _subject(at: tuple[Step, ...], kind: str, named: Sequence[str], folder: Path) -> Iterator[Finding]:
    """A type of subjects and its open fields; a type of the folder itself is read with its own."""
    if (folder / "subjects" / f"{kind}.yaml").exists():
        return
    sources = known_sources()
    if sources is None:
        return
    if kind not in sources:
        yield Finding(
            (*at, "subject"),
            f"there is no type of subjects {kind!r}",
            f"one of {', '.join(sorted(sources))}",
            f"declare it in subjects/{kind}.yaml, or correct the spelling",
        )
        return
    known = sources[kind].names(kind)
    for name in (name for name in named if name not in known):
        yield Finding(at, f"{kind} has no open field {name!r}", f"one of {', '.join(known)}", "correct the spelling")


def _script(at: tuple[Step, ...], case: CaseType) -> Iterator[Finding]:
    script = case.verify.script if case.verify else None
    if script is not None and script not in SCRIPTS:
        known = ", ".join(SCRIPTS)
        yield Finding((*at, "verify", "script"), f"{script!r} is not a script", f"one of {known}", "name one of these")


def _named_roles(case: CaseType) -> Iterator[tuple[tuple[Step, ...], str]]:
    yield ("desk",), case.desk
    yield ("returns", "arbiter"), case.returns.arbiter
    yield from ((("opened_by", i), role) for i, role in enumerate(case.opened_by))
    yield from ((("reopen", "by", i), role) for i, role in enumerate(case.reopen.by))
    for index, clock in enumerate(case.clocks):
        if clock.extend:
            yield ("clocks", index, "extend", "approver"), clock.extend.approver
    if case.verify:
        yield ("verify", "by"), case.verify.by
    if case.suspend:
        yield ("suspend", "approver"), case.suspend.approver
    if case.exclusions:
        yield ("exclusions", "reviewer"), case.exclusions.reviewer
    if case.gate:
        yield ("gate", "reviewer"), case.gate.reviewer
