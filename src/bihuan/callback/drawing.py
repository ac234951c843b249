"""The monthly sample for re-verification: the list is committed to before anybody can know the seed.

First `commit_sample` publishes the hash of the list in the log; then public entropy appears; then `carry_out_sample`
draws, publishes the transcript and sends the `sample` commands. Anybody can repeat the draw from the transcript.
"""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from bihuan.ledger import statements
from bihuan.ledger.core import draw
from bihuan.ledger.core.errors import DrawError
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append
from bihuan.numbers.periods import Month
from bihuan.server.keeping import Rows

SOURCE = "the first national lottery result (双色球) drawn after the end of the month, numbers as published, in order"
DRAWN = "callback-draw"
SHELF = Rows("draws")
BATCH = 500


def closed_population(month: Month, facts: LoopFacts, programme: str) -> dict[str, list[tuple[str, UUID]]]:
    """Closed cases of a month by unit: (number, id), in the order of their numbers. History is never called back.

    Source: docs/topics/rules.md, "Samples" (the list is fixed before the seed exists).
    """
    start, until = month.bounds(facts.registers.calendar.zone)
    rows = CaseRow.objects.filter(
        programme=programme,
        outcome="closed",
        history__isnull=True,
        ended_at__gte=start,
        ended_at__lt=until,
        lead__isnull=False,
    )
    found: dict[str, list[tuple[str, UUID]]] = defaultdict(list)
    for number, key, lead in rows.order_by("number").values_list("number", "id", "lead"):
        found[str(lead)].append((number, key))
    return dict(found)


def commit_sample(month: Month, per_unit: int, facts: LoopFacts, programme: str, source: str = SOURCE) -> str:
    """Fix the list and publish its hash; keep the list, and return the commitment.

    Args:
        per_unit: how many cases of each unit; all of them where there are fewer.

    Raises:
        DrawError: no case of that month is closed.

    Source: docs/topics/ledger.md, "Draws that nobody can steer"; RFC 3797 §2.
    """
    strata = tuple(
        draw.DrawStratum(unit, tuple(number for number, _ in cases), min(per_unit, len(cases)))
        for unit, cases in sorted(closed_population(month, facts, programme).items())
    )
    if not strata:
        raise DrawError(f"no closed case of {programme} in {month}; draw a month that has some")
    purpose = f"call-back audit of {programme}, {month}"
    definition = draw.DrawDefinition(purpose, source, strata, secrets.token_hex(16))
    statements.commit_draw(definition)
    commitment = definition.commitment().hex()
    SHELF.write(f"{commitment}.json", msgspec.json.encode(definition.as_json()))
    return commitment


def carry_out_sample(commitment: str, entropy: Sequence[str], actor: Actor, facts: LoopFacts) -> dict[str, Any]:
    """Draw with the public entropy, publish the transcript, and put the drawn cases into the call-back queue.

    Returns:
        the transcript, with `sampled` (how many cases entered the queue) and `skipped` (reopened or merged meanwhile).

    Raises:
        DrawError: the commitment was never published, or its list is not kept here.

    Source: docs/topics/ledger.md, "Draws that nobody can steer".
    """
    listed = SHELF.read(f"{commitment}.json")
    if statements.find_commitment(commitment) is None or listed is None:
        raise DrawError(f"no published commitment {commitment} with its list in {SHELF}; commit first")
    transcript = draw.carry_out_draw(draw.DrawDefinition.from_json(msgspec.json.decode(listed)), entropy)
    statements.publish_statement(
        DRAWN, {"commitment": commitment, "entropy": list(entropy), "seed": transcript["seed"]}
    )
    numbers = [number for drawn in transcript["drawn"].values() for number in drawn]
    sampled = _send(numbers, commitment, actor, facts)
    SHELF.write(f"{commitment}.drawn.json", msgspec.json.encode(transcript))
    return {**transcript, "sampled": sampled, "skipped": len(numbers) - sampled}


def _send(numbers: Sequence[str], commitment: str, actor: Actor, facts: LoopFacts) -> int:
    done = 0
    for start in range(0, len(numbers), BATCH):
        keys = CaseRow.objects.filter(number__in=numbers[start : start + BATCH]).values_list("id", flat=True)
        command = Command("sample", actor, facts.now, {"draw": commitment})
        orders = [Order(command, key, key=f"draw:{commitment}:{key}") for key in keys]
        done += sum(r.refusal is None and not r.duplicate for r in append(orders, facts=facts, bulk=True))
    return done
