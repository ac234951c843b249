"""What is added to what is told and asked: steps, evidence, notices, sentences, files, questions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID


@dataclass(frozen=True)
class Notices:
    """Rules and words of notices: who is told what after which event.

    Args:
        name: Short, for messages about faults.
        source: A YAML file, or the same as a mapping: `rules` and `kinds` (see docs/topics/notices.md).
    """

    name: str
    source: Path | Mapping[str, Any]


@dataclass(frozen=True)
class Port:
    """A way by which a notice reaches a person.

    Args:
        name: As deliveries record it.
        zh, en: What it is called.
        contact: The detail it needs: `email` or `phone`.
        send: Takes the detail, the words and the key of the notice; returns when the other side has taken it, raises
            `bihuan.notices.ports.PortError` when it has not.
        ready: Whether the installation has set it up.
        order: Lower ones are tried first; the first whose detail is known and that is ready sends.
    """

    name: str
    zh: str
    en: str
    contact: str
    send: Callable[[str, Any, str], None]
    ready: Callable[[], bool] = lambda: True
    order: int = 100


@dataclass(frozen=True)
class EvidenceType:
    """A kind of evidence that a programme may ask for.

    Args:
        name: As `programme.yaml` and events have it.
        zh, en: What it is called.
        order: Lower ones are offered first.
    """

    name: str
    zh: str
    en: str
    order: int = 100


@dataclass(frozen=True)
class StepFiles:
    """A folder of steps of the loop: every module in it ends in its rows (`STEPS`, see `bihuan.loop.kernel.step`).

    Args:
        folder: Where they are; a name of a module that another folder has already is not read.
    """

    folder: Path


@dataclass(frozen=True)
class Chapter:
    """Facts that a room adds to weekly and monthly briefings.

    Args:
        name: Short.
        add: Takes a `bihuan.briefings.found.Material` and adds facts to what is told; gives a sentence for each
            thing that could not be said, and why.
        order: Lower ones add first.
    """

    name: str
    add: Callable[[Any], list[str]]
    order: int = 100


@dataclass(frozen=True)
class SetAside:
    """What stands still when work on one thing could not be done and was set aside (`bihuan.loop.stuck`).

    Args:
        name: Of the loop or list, as it is set aside under.
        zh, en: What stands still.
        todo_zh, todo_en: What a person can do meanwhile.
    """

    name: str
    zh: str
    en: str
    todo_zh: str
    todo_en: str


@dataclass(frozen=True)
class Declarations:
    """A folder of programme folders.

    Args:
        folder: Where; each folder in it that holds a `programme.yaml` is a programme.
    """

    folder: Path


@dataclass(frozen=True)
class Preset:
    """How the columns of one kind of file are read (`bihuan import --preset`).

    Args:
        name: As it is asked for.
        file: The YAML file; value files lie beside it.
    """

    name: str
    file: Path


class FactQuestion(NamedTuple):
    """What is asked about a thing.

    Args:
        kind: `KIND` for everything, or `KIND.FIELD`. district: Its code. key: Of the thing.
        at: Aware; what is asked for holds on its day. known: Aware; what became known later does not count.
        programme: For whose purpose it is asked; empty for none.
    """

    kind: str
    district: str
    key: str
    at: datetime
    known: datetime
    programme: str = ""


@dataclass(frozen=True)
class FactSource:
    """What a loop may ask of a room below it or beside it, without knowing it.

    Args:
        name: Short, for messages about faults.
        kinds: The kinds of things it answers for now, such as types of subjects.
        names: The fields of a kind that may be asked for.
        ask: Gives the value and its citation, or None when nothing is known of the thing then.
        zh, en: What it answers.
    """

    name: str
    kinds: Callable[[], Collection[str]]
    names: Callable[[str], Collection[str]]
    ask: Callable[[FactQuestion], tuple[Any, Mapping[str, Any]] | None]
    zh: str
    en: str


@dataclass(frozen=True)
class JoinedEvent:
    """An event that is about to be stored, as a companion reads it; the room that asks fills it in.

    Args:
        kind, at: Of the event. programme, number: Of its case. version: Which event of the case it is.
        data: What it says. kept: What the form of the opening said and later demands ask for.
    """

    kind: str
    at: datetime
    programme: str
    number: str
    version: int
    data: Mapping[str, Any]
    kept: Mapping[str, Any]


@dataclass(frozen=True)
class Companion:
    """What must happen together with an event, or the step is refused.

    Args:
        name: Short, for messages about faults.
        wanted: The programmes and kinds of events that it goes with now.
        join: Does it within the transaction that stores the event; gives code and reason in both languages when it
            cannot, and then nothing of the step is stored.
        zh, en: What it does.
    """

    name: str
    wanted: Callable[[], Collection[tuple[str, str]]]
    join: Callable[[JoinedEvent], tuple[str, str, str] | None]
    zh: str
    en: str


@dataclass(frozen=True)
class Question:
    """A question to the lake.

    Args:
        name: As `bihuan lake ask` takes it.
        ask: Takes the lake and a month (YYYY-MM, or None for everything), gives an Ibis expression: counts and whole
            seconds only, so that every engine answers alike.
        zh, en: What is asked.
    """

    name: str
    ask: Callable[[Any, str | None], Any]
    zh: str
    en: str


@dataclass(frozen=True)
class Standard:
    """A standard of a wire or a file that a foreign program may rely on.

    Args:
        name: As its authors write it, with the part that is meant.
        version: Edition or year; empty where it has none.
        ways: `in`, `out`, or `in out`.
        served: Where: an address, a command or a file.
        zh, en: What for.
        tried: The test that speaks it with a foreign program, a published vector or the published schema.
    """

    name: str
    version: str
    ways: str
    served: str
    zh: str
    en: str
    tried: str


@dataclass(frozen=True)
class MethodPoint:
    """A pure algorithm that runs on files.

    Args:
        name: As `bihuan calc` takes it.
        declared: Gives its `bihuan.methods.declared.model.Method`, imported only when it is asked for.
    """

    name: str
    declared: Callable[[], Any]


@dataclass(frozen=True)
class Handed:
    """What somebody handed in, as a door is given it.

    Args:
        key: The same twice has one effect. programme, kind: What it opens.
        values: By the names that the door takes. media: Hashes of uploads that belong to no case yet.
        actor: Who hands it in, a `bihuan.loop.kernel.model.Actor`. language: Of the writer.
        at: When, aware. facts: Of this moment, a `bihuan.loop.facts.LoopFacts`.
    """

    key: str
    programme: str
    kind: str
    values: Mapping[str, Any]
    media: Sequence[str]
    actor: Any
    language: str
    at: datetime
    facts: Any


@dataclass(frozen=True)
class DoorAnswer:
    """What a door answered: the case that was opened, or why nothing was.

    Args:
        case, number, access: Of the case, and the code by which its reporter follows it. signed: The ledger's promise.
        code, field, what, remedy: Of a refusal, in Chinese and English; `code` is empty when there is none.
    """

    case: UUID | None = None
    number: str = ""
    access: str = ""
    signed: Mapping[str, Any] | None = None
    code: str = ""
    field: str = ""
    what: tuple[str, str] = ("", "")
    remedy: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Door:
    """Where what somebody hands in takes effect: a form names it (`through: {door: …}`).

    Args:
        name: `room.act`. takes: Names of values it understands; one that ends in a dot takes anything behind it.
        wrong: Asked when a form is read, with programme, kind of case, names of the values, and whether anybody may
            send it: what it cannot take, each with a remedy.
        receive: Takes what was handed in, inside the caller's transaction.
        zh, en: What it does.
    """

    name: str
    takes: tuple[str, ...]
    wrong: Callable[[str, str, tuple[str, ...], bool], Sequence[tuple[str, str]]]
    receive: Callable[[Handed], DoorAnswer]
    zh: str
    en: str


@dataclass(frozen=True)
class DeclaredThing:
    """One thing that a file declares.

    Args:
        name: As pages, programs and commands ask for it. zh, en: What it is called.
        programme: The folder it came with; empty: it belongs to all. file: Which declares it, as problems name it.
    """

    name: str
    zh: str
    en: str
    programme: str = ""
    file: str = ""


@dataclass(frozen=True)
class DeclaredKind:
    """A kind of things that are added by one file each, and where people and programs then find them.

    Args:
        name: Short, such as `subjects`. zh, en: What such a thing is. file: Where it is declared, as a pattern.
        find: Gives every thing in use; what has a fault is left out.
        page, api: Address of its page and of its part of the API, with `{name}`; empty: the page of all kinds only.
        command: What is typed, with `{name}`. export: The command or address that gives its data as a file.
        order: Lower ones stand first.
    """

    name: str
    zh: str
    en: str
    file: str
    find: Callable[[], Iterable[DeclaredThing]]
    page: str = ""
    api: str = ""
    command: str = ""
    export: str = ""
    order: int = 100
