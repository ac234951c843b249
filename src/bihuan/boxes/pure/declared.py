"""A sealed box as a declared file: `PROGRAMME/boxes/NAME.yaml`. Pure.

    box: owners-vote
    name: {zh: 业主表决, en: Vote of the owners}
    lot: {subject: owners-item, title: title, opens: vote_from, closes: vote_until}
    roll: {subject: part, voter: owner, weight: area, same: {estate: estate}}
    values: {vote: {name: {…}, choices: {for: {…}, against: {…}}}}
    online: page
    barred: [{id: deceased, subject: owner, states: [deceased], reason: {…}}]
    to: {subject: ballot, set: {number: number, item: lot, owner: voter, vote: vote}}
    count:
      method: double-majority
      inputs: {ballots: {from: envelopes, columns: {owner: voter, vote: vote}}}
      set: {result: result}

Source: docs/topics/boxes.md, "A box is a file".
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from bihuan.declare.model import Code, Name, Slug, Strict, validated
from bihuan.declare.source import Document

FOLDER = "boxes"
WORDS = ("number", "lot", "voter", "channel", "put_on", "receipt", "counted")
"""What an opened envelope says beside its values."""


class BoxLot(Strict):
    """What one box is about: a subject, the field with its title, its first and its last day."""

    subject: Slug
    title: Code
    opens: Code
    closes: Code


class BoxRoll(Strict):
    """Who may put in: a register, its field for the voter, one for the weight; `same`: its field → the lot's."""

    subject: Slug
    voter: Code
    weight: Code | None = None
    same: dict[Code, Code] = {}


class BoxValue(Strict):
    """One value of an envelope: a choice from a closed list."""

    name: Name
    choices: dict[Code, Name] = Field(min_length=1)


class BoxBar(Strict):
    """Whose envelope does not count: somebody in one of these states on the day of putting in."""

    id: Code
    subject: Slug
    states: list[Code] = Field(min_length=1)
    reason: Name
    citation: str = ""


class BoxTarget(Strict):
    """The register into which opened envelopes go: field → a word, a value, or `=literal`."""

    subject: Slug
    set: dict[Code, str]


class BoxInput(Strict):
    """One input of the count: from the roll, the envelopes that count, or the lot; column → field, word or `key`."""

    source: Literal["roll", "envelopes", "lot"] = Field(alias="from")
    columns: dict[Code, str]


class BoxCount(Strict):
    """How it is counted: a method, its inputs; `set`: field of the lot → column of the answer's one row."""

    method: Slug
    inputs: dict[Code, BoxInput]
    set: dict[Code, Code] = {}


class BoxQuorum(Strict):
    """How much of the roll has to take part, as a fraction of heads and of weight, for the live page."""

    of: list[int] = Field(min_length=2, max_length=2)
    citation: str = ""


class BoxFile(Strict):
    """One declared box. `online`: the channel of whoever puts in on the public page with a code; none: no such page."""

    box: Slug
    name: Name
    about: Name
    basis: str = Field(min_length=1)
    lot: BoxLot
    roll: BoxRoll
    values: dict[Code, BoxValue] = Field(min_length=1)
    channels: dict[Code, Name] = Field(min_length=1)
    online: Code | None = None
    barred: list[BoxBar] = []
    quorum: BoxQuorum | None = None
    unit: Name | None = None
    to: BoxTarget
    count: BoxCount

    @property
    def fields_asked(self) -> list[tuple[str, list[str]]]:
        """Every type of subjects it reads or writes, with the fields it needs there."""
        of_roll = [self.roll.voter, *([self.roll.weight] if self.roll.weight else []), *self.roll.same]
        of_lot = [self.lot.title, self.lot.opens, self.lot.closes, *self.roll.same.values(), *self.count.set]
        for each in self.count.inputs.values():
            asked = [name for name in each.columns.values() if name != "key"]
            of_roll += asked if each.source == "roll" else []
            of_lot += asked if each.source == "lot" else []
        return [(self.lot.subject, of_lot), (self.roll.subject, of_roll), (self.to.subject, list(self.to.set))]


def read_box_file(document: Document) -> BoxFile:
    """Return a declared box.

    Raises:
        DeclarationError: with every fault.

    Source: docs/topics/boxes.md, "A box is a file".
    """
    return validated(document, BoxFile)
