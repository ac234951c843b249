"""What people write is among the erasable words of an event, by whatever door it came; never among its public facts."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest

from bihuan.declare.fieldtype import NOBODY
from bihuan.declare.types import field_type, field_types
from bihuan.loop.kernel.actions import Action
from bihuan.loop.kernel.apart import quiet, retold, words_of_event
from bihuan.loop.kernel.evolve import evolve
from bihuan.loop.kernel.fields import FREE, Field, Fixed
from bihuan.loop.kernel.form_rules import FieldRule, form_types
from bihuan.loop.kernel.model import Actor, Case, Command, Event, Text
from bihuan.loop.kernel.programme import Name, Programme
from bihuan.loop.kernel.table import fields_of, sealed, table
from bihuan.registers.pure.snapshot import Registers
from tests.examples import share
from tests.loop.district import OPERATOR, START, Walk, registers
from tests.loop.test_invariants import DECLARED
from tests.loop.walker import Move, World

pytestmark = pytest.mark.slow

WHO = "慕容凌霜，手机13912345678"


class Writing(World):
    """A walk in which everybody names a person wherever they may write, and sends it as fact and as word in turn."""

    def command(self, action: Action, key: str, actor: Actor, luck: int) -> Command:
        """The action with the person in every free field."""
        said = super().command(action, key, actor, luck)
        free = {each.name: WHO for each in action.fields if each.type in FREE and not each.choices}
        free |= dict.fromkeys(sealed(table().by_command[action.command]), WHO)
        if luck % 2:
            return msgspec.structs.replace(said, data={**said.data, **free}, private=None)
        return msgspec.structs.replace(said, private={**(said.private or {}), **free})


def walked(programme: Programme, kind: str, seed: int, of: Registers) -> Writing:
    world = Writing(programme, kind, of)
    luck = random.Random(seed)
    for _ in range(120):
        world.move(Move(*(luck.randrange(200) for _ in range(4)), luck.randrange(10_000), luck.random() < 0.5))
    return world


@pytest.mark.parametrize(("programme", "kind"), DECLARED, ids=lambda each: str(getattr(each, "id", each)))
def test_a_person_named_in_every_free_field_stands_in_no_fact_and_in_no_fold(programme: Programme, kind: str) -> None:
    planted = 0
    for seed in range(share(120, len(DECLARED), 2)):
        world = walked(programme, kind, seed, registers())
        for key, events in world.events.items():
            for event in events:
                assert WHO not in msgspec.json.encode(event.data).decode(), event.kind
                planted += WHO in msgspec.json.encode(event.private).decode()
            assert WHO not in msgspec.json.encode(world.cases[key]).decode()
    assert planted > 0


@pytest.mark.parametrize("command", sorted(table().by_command))
def test_every_free_field_of_every_command_is_sealed_without_being_told_to(command: str) -> None:
    rules = Walk().programme.cases["request"]
    for field in fields_of(command, rules, Case(id=Walk().case.id)).values():
        assert field.type in field_types()
        assert field.private == (field.type in FREE and not field.choices), f"{command}.{field.name}"


def test_a_field_declared_as_text_is_private_from_the_start() -> None:
    makes = [make for step in table().steps for make in (*step.asks, *step.carries)]
    texts = [make.field for make in makes if isinstance(make, Fixed) and make.field.type in FREE]
    assert len(texts) > 25
    assert all(field.private for field in texts)


# One step each whose reason stood in the public log before: (what leads there, who, command, what is written).
STEPS: list[tuple[str, Actor | str, str, dict[str, Any], dict[str, Any]]] = [
    ("opened", "reporter", "withdraw", {}, {"reason": WHO}),
    ("opened", OPERATOR, "invalidate", {}, {"reason": WHO}),
    ("opened", OPERATOR, "refuse", {}, {"reason": WHO, "remedy": WHO}),
    ("opened", OPERATOR, "transfer_out", {"to": "110"}, {"reason": WHO}),
    ("opened", OPERATOR, "dispatch", {}, {"reason": WHO}),
    ("dispatched", OPERATOR, "recall", {}, {"reason": WHO}),
    ("accepted", "holder", "request_extension", {"clock": "feedback"}, {"reason": WHO}),
    ("accepted", "holder", "note", {}, {"text": WHO}),
]


@pytest.mark.parametrize("door", ["as fact", "as word"])
@pytest.mark.parametrize(("led", "who", "command", "data", "said"), STEPS, ids=[s[2] for s in STEPS])
def test_a_reason_is_required_kept_and_sealed_by_either_door(
    led: str, who: Actor | str, command: str, data: dict[str, Any], said: dict[str, Any], door: str
) -> None:
    walk: Walk = getattr(Walk(), led)()
    actor = (
        walk.holder if who == "holder" else
        Actor("reporter:1", frozenset({"reporter"}), case=str(walk.case.id)) if isinstance(who, str) else who
    )  # fmt: skip
    if door == "as fact":
        walk.do(command, actor, 3, **data, **said)
    else:
        walk.do(command, actor, 3, words=said, **data)
    event = walk.events[-1]
    assert event.private == said
    assert WHO not in msgspec.json.encode((event.data, walk.case)).decode()


def test_a_required_reason_is_still_required() -> None:
    assert Walk().opened().refused("invalidate", OPERATOR, 1) == "field_missing"
    assert Walk().opened().refused("refuse", OPERATOR, 1, reason="x") == "field_missing"


def form(walk: Walk, **rules: FieldRule) -> Walk:
    """The walk under a declaration whose form asks for more."""
    case = walk.programme.cases["request"].model_copy(update={"fields": rules})
    walk.programme = walk.programme.model_copy(update={"cases": {**walk.programme.cases, "request": case}})
    return walk


def test_a_form_field_is_sealed_unless_it_is_declared_to_hold_no_words() -> None:
    name = Name(zh="更多", en="More")
    asked = {
        "remark": FieldRule(name=name), "stage": FieldRule(name=name, type="choice", choices={"a": name}),
        "flat": FieldRule(name=name, type="number", personal=True), "site": FieldRule(name=name, public=True),
    }  # fmt: skip
    given = {"remark": WHO, "stage": "a", "flat": "7", "site": "east gate", "undeclared": WHO}
    opened = form(Walk(), **asked).opened(fields=given).events[0]
    assert opened.data["fields"] == {"stage": "a", "site": "east gate"}
    assert opened.private is not None
    assert opened.private["fields"] == {"remark": WHO, "flat": "7", "undeclared": WHO}
    with pytest.raises(ValueError, match="not both"):
        FieldRule(name=name, personal=True, public=True)
    told = {word for word in form_types() if not field_type(FieldRule(name=name, type=word).field_type).sealed}
    assert told >= {"number", "date", "choice", "photo"}
    assert not told & {"text", "long_text", "citizen_id", "plate"}


def test_a_signature_is_a_digest_and_never_a_name() -> None:
    field = Field("signature", Text("签名", "Signature"), "signature")
    refused = field_type("signature").check(WHO, field, NOBODY)
    assert refused is not None
    assert WHO not in str(refused)
    assert field_type("signature").check("ab" * 32, field, NOBODY) is None


# -- what earlier versions wrote -----------------------------------------------------------------------


def old(kind: str, **data: Any) -> Event:
    """An event as an earlier version wrote it."""
    return Event(Walk().case.id, 1, kind, START, START, "user:x", data, {})


@pytest.mark.parametrize(
    ("event", "left", "said"),
    [
        (old("withdrawn", state="withdrawn", reason=WHO), {"state": "withdrawn"}, {"reason": WHO}),
        (old("refused", reason=WHO, remedy="x"), {}, {"reason": WHO, "remedy": "x"}),
        (old("approved", until="2027", conditions=WHO), {"until": "2027"}, {"conditions": WHO}),
        (old("called_in", parties=[{"unit": "u", "task": WHO}]), {"parties": [{"unit": "u"}]}, {"task": WHO}),
        (old("extension_requested", request={"clock": "c", "reason": WHO}), {"request": {"clock": "c"}},
         {"reason": WHO}),
        (old("returned", reason="not_our_duty"), {"reason": "not_our_duty"}, {}),
        (old("excluded", reason="force_majeure"), {"reason": "force_majeure"}, {}),
        (old("refused", reason="not_admitted", text={"zh": "a", "en": "b"}),
         {"reason": "not_admitted", "text": {"zh": "a", "en": "b"}}, {}),
    ],
)  # fmt: skip
def test_old_words_among_facts_are_read_as_words(event: Event, left: dict[str, Any], said: dict[str, Any]) -> None:
    told = retold(event)
    assert (told.data, told.private) == (left, said)
    hidden = retold(msgspec.structs.replace(event, private=None))
    assert (hidden.data, hidden.private) == (left, None)


def test_old_events_fold_as_they_did_and_the_fold_is_shown_without_words() -> None:
    walk = Walk().accepted()
    request = {"clock": "feedback", "reason": WHO}
    event = Event(walk.case.id, walk.case.version + 1, "extension_requested", START, START, "user:x",
                  {"pending": "extension:feedback", "request": request})  # fmt: skip
    case = evolve(walk.case, event)
    assert case.pending["extension:feedback"].data == request, "bit-identical to what is stored"
    assert WHO not in msgspec.json.encode(quiet(case)).decode()
    assert words_of_event("extension_requested") == {"reason"}
