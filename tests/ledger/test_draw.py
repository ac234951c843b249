"""Draws: the published RFC 3797 vector, uniformity, reproducibility and every kind of tampering."""

import copy
import itertools
import struct
from collections import Counter
from hashlib import sha256

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from bihuan.ledger.core import rfc3797
from bihuan.ledger.core.draw import DrawDefinition, DrawStratum, DrawStream, carry_out_draw, seed_of, verify_draw
from bihuan.ledger.core.errors import DrawError

DEFINITION = DrawDefinition(
    purpose="call-back sample, March 2026",
    entropy_source="double-colour lottery, draw of 2026-04-02, six red numbers ascending, then the blue one",
    strata=(
        DrawStratum("street-a", tuple(f"a{n:02}" for n in range(20)), 5),
        DrawStratum("街道乙", ("b1", "b2", "b3"), 2),
    ),
    salt="00112233445566778899aabbccddeeff",
)
ENTROPY = ["03", "08", "11", "19", "24", "30", "07"]


def test_rfc3797_published_vector() -> None:
    # RFC 3797 section 6: sources, pool of 25, pick of 10.
    key = rfc3797.key_string([[9319], [2, 5, 12, 8, 10], [9, 18, 26, 34, 41, 45]])
    assert key == "9319./2.5.8.10.12./9.18.26.34.41.45./"
    assert rfc3797.turn_digest(key, 0).hex().upper() == "990DD0A5692A029A98B5E01AA28F3459"
    assert rfc3797.select_numbers(key, 25, 10) == [17, 7, 2, 16, 25, 23, 8, 24, 19, 13]
    with pytest.raises(DrawError, match="cannot select 26 of 25"):
        rfc3797.select_numbers(key, 25, 26)


def test_a_draw_never_changes_between_releases() -> None:
    transcript = carry_out_draw(DEFINITION, ENTROPY)
    assert transcript["commitment"] == "82fbdf7ad9adb00569f5878141a16670fbcce70eabbc467e716feda69b79ee2a"
    assert transcript["seed"] == "97a09dcb250a6df28fa1e01d447999d54eee1ce2fa5bf591244f77964d13137b"
    assert transcript["drawn"] == {"street-a": ["a09", "a18", "a06", "a17", "a07"], "街道乙": ["b1", "b3"]}


def test_the_derivation_is_the_documented_one() -> None:
    # Written again from the module's docstring, the slow way, for the stratum of three.
    commitment = sha256(b"\x43" + rfc8785.dumps(DEFINITION.as_json())).digest()
    seed = sha256(b"\x44" + commitment + rfc8785.dumps(ENTROPY)).digest()
    name = "街道乙".encode()
    words = []
    for counter in range(2):
        block = sha256(b"\x45" + seed + struct.pack(">Q", len(name)) + name + struct.pack(">Q", counter)).digest()
        words += struct.unpack(">4Q", block)
    pool, drawn = ["b1", "b2", "b3"], []
    for left in (3, 2):
        word = next(iter(words))
        while word >= 2**64 - 2**64 % left:
            words.pop(0)
            word = words[0]
        words.pop(0)
        chosen = word % left
        drawn.append(pool[chosen])
        pool[chosen] = pool[0]
        pool.pop(0)
    assert carry_out_draw(DEFINITION, ENTROPY)["drawn"]["街道乙"] == drawn


def test_a_transcript_verifies_from_json_alone() -> None:
    transcript = carry_out_draw(DEFINITION, ENTROPY)
    verify_draw(transcript)
    verify_draw(transcript, DEFINITION.commitment())
    assert DrawDefinition.from_json(transcript["definition"]) == DEFINITION


def tampered() -> list[tuple[str, dict]]:
    cases = []
    for name, path, value in [
        ("a candidate replaced", ("definition", "strata", 0, "candidates", 3), "friend"),
        ("candidates reordered", ("definition", "strata", 1, "candidates"), ["b2", "b1", "b3"]),
        ("another number drawn", ("definition", "strata", 0, "pick"), 6),
        ("another purpose", ("definition", "purpose"), "something else"),
        ("another entropy source", ("definition", "entropy_source"), "my own dice"),
        ("another salt", ("definition", "salt"), "00"),
        ("other entropy", ("entropy", 0), "04"),
        ("entropy reordered", ("entropy",), ENTROPY[::-1]),
        ("another seed", ("seed",), "00" * 32),
        ("another commitment", ("commitment",), "00" * 32),
        ("another result", ("drawn", "street-a", 0), "a19x"),
        ("a result dropped", ("drawn",), {}),
    ]:
        transcript = copy.deepcopy(carry_out_draw(DEFINITION, ENTROPY))
        place = transcript
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
        cases.append((name, transcript))
    return cases


@pytest.mark.parametrize(("name", "transcript"), tampered(), ids=[name for name, _ in tampered()])
def test_a_tampered_transcript_is_refused(name: str, transcript: dict) -> None:
    with pytest.raises(DrawError):
        verify_draw(transcript)


def test_a_definition_changed_after_the_commitment_is_refused() -> None:
    steered = DrawDefinition(DEFINITION.purpose, DEFINITION.entropy_source, DEFINITION.strata, "ff")
    with pytest.raises(DrawError, match="not the one published before the draw"):
        verify_draw(carry_out_draw(steered, ENTROPY), DEFINITION.commitment())


@given(st.integers(0, 40), st.data(), st.binary(min_size=32, max_size=32))
def test_a_sample_holds_different_candidates(size: int, data: st.DataObject, seed: bytes) -> None:
    pool = [str(number) for number in range(size)]
    count = data.draw(st.integers(0, size))
    drawn = DrawStream(seed, "x").sample(pool, count)
    assert len(drawn) == len(set(drawn)) == count
    assert set(drawn) <= set(pool)
    assert drawn == DrawStream(seed, "x").sample(pool, count)


def test_ordered_samples_are_uniform() -> None:
    # All 5·4 = 20 ordered pairs, 20,000 draws: a modulo bias or a shuffle off by one shows here.
    seen = Counter(
        tuple(DrawStream(seed_of(b"c" * 32, [str(turn)]), "s").sample(list("abcde"), 2)) for turn in range(20_000)
    )
    counts = [seen[pair] for pair in itertools.permutations("abcde", 2)]
    assert sum(counts) == 20_000
    assert chisquare(counts).pvalue > 0.001


def test_numbers_that_would_bias_are_thrown_away() -> None:
    bound = 3 * 2**62  # 2^64 mod bound is 2^62: a quarter of all words must be rejected
    stream = DrawStream(bytes(32), "x")
    low = sum(stream.below(bound) < 2**62 for _ in range(6_000))
    assert 1_850 < low < 2_150  # one third; with plain modulo it would be one half


def test_strata_are_drawn_independently() -> None:
    same = tuple("abcdefghij")
    both = DrawDefinition("p", "e", (DrawStratum("one", same, 5), DrawStratum("two", same, 5)), "")
    drawn = carry_out_draw(both, ENTROPY)["drawn"]
    assert drawn["one"] != drawn["two"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DrawStratum("s", ("a", "a"), 1), "appears twice"),
        (lambda: DrawStratum("s", ("a",), 2), "cannot draw 2 of 1"),
        (lambda: DrawStratum("s", ("a",), -1), "cannot draw -1"),
        (lambda: DrawDefinition("p", "e", (), ""), "at least one stratum"),
        (lambda: DrawDefinition("p", "e", (DrawStratum("s", (), 0), DrawStratum("s", (), 0)), ""), "name of its own"),
        (lambda: DrawDefinition("", "e", (DrawStratum("s", (), 0),), ""), "states its purpose"),
        (lambda: carry_out_draw(DEFINITION, []), "needs its public entropy"),
        (lambda: carry_out_draw(DEFINITION, ["1", ""]), "none of them empty"),
        (lambda: DrawStream(bytes(32), "x").below(0), "between 1 and 2"),
        (lambda: DrawDefinition.from_json({"method": "bihuan-draw/1"}), "'strata' is missing"),
        (lambda: DrawDefinition.from_json({**DEFINITION.as_json(), "method": "dice"}), "is not 'bihuan-draw/1'"),
        (lambda: verify_draw([]), "is a JSON object"),
        (lambda: verify_draw({"seed": ""}), "commitment, definition, drawn, entropy is missing"),
    ],
)
def test_a_wrong_declaration_is_named(make, message: str) -> None:  # type: ignore[no-untyped-def]  # lambdas of any kind
    with pytest.raises(DrawError, match=message):
        make()
