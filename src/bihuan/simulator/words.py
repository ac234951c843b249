"""What people write: Chinese complaint texts from a small grammar, with names of places and synonyms."""

from __future__ import annotations

from dataclasses import dataclass

from bihuan.simulator.dice import Dice
from bihuan.simulator.parameters import ComplaintKind, ComplaintWords


@dataclass(frozen=True)
class Writing:
    """A title, a text, and the place name that stands verbatim in both."""

    title: str
    text: str
    place: str


def write_complaint(kind: ComplaintKind, words: ComplaintWords, place: str, dice: Dice) -> Writing:
    """One complaint about `place`; the same dice give the same words.

    Source: docs/topics/simulator.md, "What is played" (made-up words, names and numbers)
    """
    what, at_home = dice.pick(kind.what), kind.place == "estate"
    blanks = {
        "place": place,
        "what": what,
        "detail": dice.pick(kind.detail),
        "since": dice.pick(words.since),
        "ask": dice.pick(words.ask),
        "who": dice.pick(words.who) if at_home else words.who[-1],
        "n": str(2 + dice.below(7)),
        "t": str(12 + dice.below(5)),
    }
    return Writing(
        _fill(dice.pick(words.titles), blanks), _with_place(_fill(dice.pick(words.forms), blanks), place), place
    )


def _fill(form: str, blanks: dict[str, str]) -> str:
    """Fills a form twice, because its parts (`who`, `detail`, `since`) may hold blanks themselves."""
    once = form.format_map(blanks)
    return once.format_map(blanks) if "{" in once else once


def _with_place(text: str, place: str) -> str:
    return text if place in text else f"{place}：{text}"


def make_person(words: ComplaintWords, dice: Dice) -> str:
    """Return a made-up name. Source: docs/topics/simulator.md, "What is played" (made-up words, names and numbers)."""
    return dice.pick(words.surnames) + "".join(dice.pick(words.given) for _ in range(1 + dice.below(2)))


def make_phone(resident: int) -> str:
    """Return a made-up mobile number in the form the registers accept; the same resident always has the same one.

    Source: docs/topics/simulator.md, "What is played" (made-up words, names and numbers)
    """
    return f"199{(resident * 2_654_435_761) % 100_000_000:08d}"
