"""A record of a sealed box is repeated from itself alone: digests, root, who was set aside, the count."""

from __future__ import annotations

import msgspec
import pytest

from bihuan.boxes.pure.record import (
    BoxRecord,
    BoxRefused,
    OpenedEnvelope,
    counted_again,
    envelope_body,
    root_of_digests,
    verify_record,
)
from bihuan.ledger.core.leaf import private_hash

SALT = "00" * 16
OWNERS = {"a": "100.00", "b": "80.00", "c": "50.00"}


def envelope(n: int, voter: str, vote: str, aside: str = "") -> OpenedEnvelope:
    at, values = f"2026-03-0{n}T09:00:00+08:00", {"vote": vote}
    digest = private_hash(bytes.fromhex(SALT), envelope_body("box", "V1", voter, "paper", at, values)).hex()
    return OpenedEnvelope(f"V1:{n}", "s", voter, "paper", at, values, SALT, digest, aside)


def record(*envelopes: OpenedEnvelope) -> BoxRecord:
    made = BoxRecord(
        "box", "V1", "t", "", "", "", list(envelopes),
        root_of_digests([e.digest for e in envelopes]) if envelopes else "",
        "double-majority", {"ballots": {"owner": "voter", "item": "lot", "vote": "vote"}},
        {"parts": [{"part": f"P{owner}", "owner": owner, "area_m2": area} for owner, area in OWNERS.items()],
         "items": [{"item": "V1", "matter": "use_fund", "held_on": "2026-03-05"}]}, {},
    )  # fmt: skip
    counted, rejected = counted_again(made)
    return msgspec.structs.replace(made, counted=counted, rejected=rejected)


def test_a_count_of_sealed_votes_is_repeated() -> None:
    made = record(envelope(1, "a", "for"), envelope(2, "b", "for"), envelope(3, "c", "against"))
    verify_record(made)
    assert (made.counted["heads_for"], made.counted["area_for"], made.counted["result"]) == ("2", "180.00", "passed")


def test_who_is_set_aside_and_who_votes_differently_does_not_take_part() -> None:
    made = record(envelope(1, "a", "for"), envelope(2, "b", "for", "deceased"), envelope(3, "a", "against"))
    verify_record(made)
    assert (made.counted["conflicts"], made.counted["heads_voted"], made.counted["result"]) == ("1", "0", "no_quorum")


def test_a_box_in_which_nothing_was_put_is_counted_too() -> None:
    made = record()
    verify_record(made)
    assert made.counted["result"] == "no_quorum"


def test_nothing_is_changed_left_out_added_or_counted_otherwise() -> None:
    first, second = envelope(1, "a", "for"), envelope(2, "b", "against")
    made = record(first, second)
    turned = msgspec.structs.replace(first, values={"vote": "against"})
    changes = {
        "digest": {"envelopes": [turned, second]}, "root": {"envelopes": [first]},
        "twice": {"envelopes": [first, first]},
        "count": {"counted": made.counted | {"result": "passed"}},
    }  # fmt: skip
    for code, change in changes.items():
        with pytest.raises(BoxRefused) as refused:
            verify_record(msgspec.structs.replace(made, **change))
        assert refused.value.code == code
    moved = msgspec.structs.replace(second, aside="deceased")
    with pytest.raises(BoxRefused, match="counted again"):
        verify_record(msgspec.structs.replace(made, envelopes=[first, moved]))
