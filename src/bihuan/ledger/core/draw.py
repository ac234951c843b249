"""Verifiable random draws: who is drawn can be recomputed by anyone, and could not be steered by anyone.

Two steps, in this order:

1. **Commit.** A definition (purpose, candidates in order, how many, which public entropy of which future date) is
   published as its hash, before that entropy exists.
2. **Draw.** When the entropy is public, ``seed = SHA-256(0x44 || commitment || canonical(entropy))``. For each
   stratum a stream of 64-bit numbers, ``SHA-256(0x45 || seed || len(name) || name || counter)`` cut into four, drives
   a partial Fisher–Yates shuffle; numbers that would bias the choice are thrown away (rejection sampling).

The method follows RFC 3797 (published list, public entropy, published procedure) with SHA-256 in place of MD5 and
without its modulo bias. The MD5 original is in ``rfc3797``, for conformance only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self

from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.core.errors import DrawError

METHOD = "bihuan-draw/1"
"""Name of the derivation written into every transcript; another derivation gets another name."""

_WORD = 2**64


@dataclass(frozen=True, slots=True)
class DrawStratum:
    """One group to draw from.

    Attributes:
        name: unique within the draw.
        candidates: identifiers in the order that was published; no duplicates.
        pick: how many to draw, 0 … number of candidates.
    """

    name: str
    candidates: tuple[str, ...]
    pick: int

    def __post_init__(self) -> None:
        if len(set(self.candidates)) != len(self.candidates):
            raise DrawError(f"stratum {self.name!r}: a candidate appears twice; list each exactly once")
        if not 0 <= self.pick <= len(self.candidates):
            raise DrawError(f"stratum {self.name!r}: cannot draw {self.pick} of {len(self.candidates)} candidates")


@dataclass(frozen=True, slots=True)
class DrawDefinition:
    """Everything about a draw that is fixed before the entropy is known.

    Attributes:
        purpose: what the draw is for, in words.
        entropy_source: which public numbers will be used and when they appear, precisely enough to look them up.
        strata: the groups; a plain draw has one.
        salt: hex of random bytes, so that the published hash does not give away a short list before it is opened.
    """

    purpose: str
    entropy_source: str
    strata: tuple[DrawStratum, ...]
    salt: str

    def __post_init__(self) -> None:
        names = [stratum.name for stratum in self.strata]
        if not names or len(set(names)) != len(names):
            raise DrawError("a draw needs at least one stratum, each with a name of its own")
        if not self.purpose or not self.entropy_source:
            raise DrawError("a draw states its purpose and its entropy_source before it takes place; fill both in")

    def as_json(self) -> dict[str, Any]:
        """Return the definition as it is hashed and published.

        Source: docs/topics/ledger.md, "Draws that nobody can steer".
        """
        strata = [{"name": s.name, "candidates": list(s.candidates), "pick": s.pick} for s in self.strata]
        return {
            "method": METHOD,
            "purpose": self.purpose,
            "entropy_source": self.entropy_source,
            "strata": strata,
            "salt": self.salt,
        }

    @classmethod
    def from_json(cls, source: Any) -> Self:
        """Read a definition.

        Raises:
            DrawError: names the member that is missing or wrong, or another derivation method.
        """
        try:
            if source["method"] != METHOD:
                raise DrawError(
                    f"draw method {source['method']!r} is not {METHOD!r}; verify with the program that made it"
                )
            strata = tuple(DrawStratum(s["name"], tuple(s["candidates"]), s["pick"]) for s in source["strata"])
            return cls(source["purpose"], source["entropy_source"], strata, source["salt"])
        except (KeyError, TypeError) as error:
            raise DrawError(
                f"draw definition: {error} is missing or has the wrong type; see docs/topics/ledger.md"
            ) from error

    def commitment(self) -> bytes:
        """Return the 32 bytes to publish before the entropy appears: ``SHA-256(0x43 || canonical(definition))``.

        Source: RFC 3797 §2 (what is drawn from is published before the randomness); docs/adr/0020 (7).
        """
        return sha256(b"\x43" + canonical(self.as_json())).digest()


class DrawStream:
    """An endless, reproducible stream of unbiased choices.

    Args:
        seed: 32 bytes.
        label: separates streams of the same seed.
    """

    def __init__(self, seed: bytes, label: str) -> None:
        name = label.encode()
        self._prefix = b"\x45" + seed + len(name).to_bytes(8) + name
        self._words = self._generate()

    def below(self, bound: int) -> int:
        """Return a whole number in 0 … bound−1, each equally likely (1 ≤ bound ≤ 2^64).

        Source: rejection sampling instead of the remainder of RFC 3797 §4, which favours low numbers.
        """
        if not 1 <= bound <= _WORD:
            raise DrawError(f"cannot choose below {bound}; the bound is between 1 and 2^64")
        limit = _WORD - _WORD % bound
        return next(word for word in self._words if word < limit) % bound

    def sample(self, items: Sequence[str], count: int) -> list[str]:
        """Return ``count`` different items in the order drawn (partial Fisher–Yates).

        Source: Durstenfeld (1964), Algorithm 235, Communications of the ACM 7:420, stopped after `count` steps.
        """
        if not 0 <= count <= len(items):
            raise DrawError(f"cannot draw {count} of {len(items)} items")
        pool = list(items)
        for position in range(count):
            chosen = position + self.below(len(pool) - position)
            pool[position], pool[chosen] = pool[chosen], pool[position]
        return pool[:count]

    def _generate(self) -> Iterator[int]:
        counter = 0
        while True:
            block = sha256(self._prefix + counter.to_bytes(8)).digest()
            yield from (int.from_bytes(block[start : start + 8]) for start in range(0, 32, 8))
            counter += 1


def seed_of(commitment: bytes, entropy: Sequence[str]) -> bytes:
    """Derive the 32-byte seed from the commitment and the public entropy, in the order published.

    Raises:
        DrawError: if there is no entropy.

    Source: RFC 3797 §4 (public sources of randomness, in a published order), with SHA-256.
    """
    if not entropy or not all(entropy):
        raise DrawError("a draw needs its public entropy; give the published values, none of them empty")
    return sha256(b"\x44" + commitment + canonical(list(entropy))).digest()


def carry_out_draw(definition: DrawDefinition, entropy: Sequence[str]) -> dict[str, Any]:
    """Carry out a draw.

    Args:
        definition: as committed to.
        entropy: the public values, as strings exactly as published.

    Returns:
        the transcript as plain JSON values: definition, commitment, entropy, seed, and per stratum who was drawn.

    Raises:
        DrawError: if there is no entropy.

    Source: RFC 3797 §4 in the derivation `METHOD`; docs/topics/ledger.md, "Draws that nobody can steer".
    """
    commitment = definition.commitment()
    seed = seed_of(commitment, entropy)
    return {
        "definition": definition.as_json(),
        "commitment": commitment.hex(),
        "entropy": list(entropy),
        "seed": seed.hex(),
        "drawn": {s.name: DrawStream(seed, s.name).sample(s.candidates, s.pick) for s in definition.strata},
    }


def verify_draw(transcript: Any, commitment: bytes | None = None) -> None:
    """Recompute a draw from its transcript.

    Args:
        transcript: as returned by ``carry_out_draw``.
        commitment: the hash that was published beforehand; without it only the transcript's own consistency is checked.

    Raises:
        DrawError: names the first part that does not follow from the definition and the entropy.

    Source: RFC 3797 §1 (anybody can repeat the selection); docs/topics/ledger.md.
    """
    if not isinstance(transcript, dict):
        raise DrawError("a draw transcript is a JSON object; this is not one")
    missing = sorted({"definition", "commitment", "entropy", "seed", "drawn"} - set(transcript))
    if missing:
        raise DrawError(f"draw transcript: {', '.join(missing)} is missing; ask for the whole transcript")
    if commitment is not None and transcript["commitment"] != commitment.hex():
        raise DrawError(
            "the transcript's commitment is not the one published before the draw: the definition was changed"
        )
    expected = carry_out_draw(DrawDefinition.from_json(transcript["definition"]), transcript["entropy"])
    for part in ("commitment", "seed", "drawn"):
        if transcript[part] != expected[part]:
            raise DrawError(
                f"draw transcript: {part} does not follow from the definition and the entropy; it was altered"
            )
