"""The offline verifier: a whole bundle, every kind of tampering, and each finding names the event."""

import base64
import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bihuan.ledger.bundle import FORMAT, BundleError
from bihuan.ledger.core.erasures import sign_erasure
from bihuan.ledger.core.heads import Head, sign_head
from bihuan.ledger.core.keys import KeyRing, SigningKey
from bihuan.ledger.core.leaf import event_hash, leaf_hash, private_hash, statement_hash, write_instant
from bihuan.ledger.core.tiles import MemoryTiles, TileTree
from bihuan.ledger.offline import main, verify_bundle

KEY = SigningKey("district.example/log", bytes(range(32)))
AT = datetime(2026, 3, 1, 1, 2, 3, tzinfo=UTC)
CASES = ["01920000-0000-7000-8000-00000000000a", "01920000-0000-7000-8000-00000000000b"]

Lines = list[dict[str, Any]]


def event(index: int, prev: bytes | None) -> dict[str, Any]:
    salt, private_salt = index.to_bytes(16), (index + 1000).to_bytes(16)
    record = {"words": f"文字 {index}", "phone": "0"}
    body = {
        "case": CASES[index % 2],
        "version": index // 2 + 1,
        "kind": "noted",
        "occurred_at": "2026-03-01T00:00:00Z",
        "recorded_at": "2026-03-01T00:00:00Z",
        "actor": "user:1",
        "data": {"n": index},
        "private": private_hash(private_salt, record).hex(),
    }
    return {
        "type": "event",
        "index": index,
        "salt": salt.hex(),
        "prev": None if prev is None else prev.hex(),
        "hash": event_hash(salt, prev, body).hex(),
        "body": body,
        "private": {"salt": private_salt.hex(), "body": record},
        "private_state": "included",
    }


def events(count: int) -> Lines:
    lines: Lines = []
    for index in range(count):
        prev = bytes.fromhex(lines[index - 2]["hash"]) if index >= 2 else None
        lines.append(event(index, prev))
    return lines


def tree_of(lines: Lines) -> TileTree:
    tree = TileTree(MemoryTiles())
    tree.append(b"".join(leaf_hash(bytes.fromhex(line["hash"])) for line in lines))
    return tree


def note(tree: TileTree, size: int) -> dict[str, Any]:
    return {"type": "head", "note": str(sign_head(Head(KEY.public.name, size, tree.root(size)), KEY, AT))}


def tiles(tree: TileTree) -> Lines:
    keys = sorted(index for level, index in tree.store.tiles if level == 0)
    return [
        {"type": "tile", "index": index, "hashes": base64.b64encode(tree.store.get_tile(0, index)).decode()}
        for index in keys
    ]


def bundle(count: int = 20, heads: tuple[int, ...] = (7, 20)) -> Lines:
    logged = events(count)
    tree = tree_of(logged)
    return [
        {"type": "bundle", "format": FORMAT, "partial": False},
        {"type": "key", "vkey": KEY.public.text()},
        *(note(tree, size) for size in heads),
        *tiles(tree),
        *logged,
    ]


def bundle_with_statement(index: int) -> Lines:
    """A whole log whose last leaf states that the private record of one event was erased."""
    logged = events(20)
    made_at = write_instant(AT)
    record = logged[index]["body"]["private"]
    body = sign_erasure(KEY, records=[record], case=None, by="user:1", ground="request", at=AT)
    digest = statement_hash("erasure", made_at, body).hex()
    stated = {"type": "statement", "index": 20, "kind": "erasure", "made_at": made_at, "body": body, "hash": digest}
    tree = tree_of([*logged, stated])
    head, key = note(tree, 21), {"type": "key", "vkey": KEY.public.text()}
    return [{"type": "bundle", "format": FORMAT, "partial": False}, key, head, *tiles(tree), *logged, stated]


def partial_bundle() -> Lines:
    """Only the events of the first case, with proofs instead of tiles."""
    logged = events(20)
    tree = tree_of(logged)
    chosen = [{**line, "proof": [step.hex() for step in tree.inclusion(line["index"])]} for line in logged[::2]]
    steps = [step.hex() for step in tree.consistency(7, 20)]
    return [
        {"type": "bundle", "format": FORMAT, "partial": True},
        {"type": "key", "vkey": KEY.public.text()},
        note(tree, 7),
        note(tree, 20),
        {"type": "consistency", "old": 7, "new": 20, "proof": steps},
        *chosen,
    ]


def write(folder: Path, lines: Lines, name: str = "bundle.jsonl") -> Path:
    path = folder / name
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
    path.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return path


def at(lines: Lines, index: int) -> dict[str, Any]:
    return next(line for line in lines if line["type"] == "event" and line["index"] == index)


def rehash(line: dict[str, Any]) -> None:
    prev = None if line["prev"] is None else bytes.fromhex(line["prev"])
    line["hash"] = event_hash(bytes.fromhex(line["salt"]), prev, line["body"]).hex()


@pytest.mark.parametrize("name", ["bundle.jsonl", "bundle.jsonl.gz"])
def test_an_untouched_bundle_holds(tmp_path: Path, name: str) -> None:
    report = verify_bundle(write(tmp_path, bundle(), name), KeyRing([KEY.public]))
    assert report.as_json() == {
        "ok": True,
        "events": 20,
        "statements": 0,
        "cases": 0,
        "heads": 2,
        "size": 20,
        "since": 0,
        "erased": 0,
        "withheld": 0,
        "pinned": True,
        "found": 0,
        "findings": [],
    }


def test_an_untouched_partial_bundle_holds(tmp_path: Path) -> None:
    report = verify_bundle(write(tmp_path, partial_bundle()))
    assert (report.ok, report.events, report.size, report.pinned) == (True, 10, 20, False)


def test_erased_content_is_said_and_still_verifies(tmp_path: Path) -> None:
    lines = bundle()
    at(lines, 3).update(private=None, private_state="erased")
    (finding,) = verify_bundle(write(tmp_path, lines)).findings
    assert finding.startswith("event 2 of case 01920000-0000-7000-8000-00000000000b (log index 3, noted): its private")
    lines = bundle_with_statement(3)
    at(lines, 3).update(private=None, private_state="erased")
    at(lines, 4).update(private=None, private_state="withheld")
    report = verify_bundle(write(tmp_path, lines))
    assert (report.ok, report.erased, report.withheld) == (True, 1, 1)


def alter_body(lines: Lines) -> None:
    at(lines, 9)["body"]["data"]["n"] = 10


def alter_body_and_hash(lines: Lines) -> None:
    alter_body(lines)
    rehash(at(lines, 9))


def alter_private(lines: Lines) -> None:
    at(lines, 9)["private"]["body"]["words"] = "文字 9 "


def alter_private_salt(lines: Lines) -> None:
    at(lines, 9)["private"]["salt"] = "00" * 16


def alter_salt(lines: Lines) -> None:
    at(lines, 9)["salt"] = "00" * 16


def drop_event(lines: Lines) -> None:
    lines.remove(at(lines, 9))


def swap_places(lines: Lines) -> None:
    nine, ten = at(lines, 9), at(lines, 10)
    nine["index"], ten["index"] = 10, 9


def alter_everything_but_the_signature(lines: Lines) -> None:
    alter_body_and_hash(lines)
    for later in range(11, 20, 2):  # follow the chain of the case to its end
        at(lines, later)["prev"] = at(lines, later - 2)["hash"]
        rehash(at(lines, later))
    logged = [line for line in lines if line["type"] == "event"]
    tree = tree_of(logged)
    next(line for line in lines if line["type"] == "tile").update(tiles(tree)[0])


EVENT_9 = f"event 5 of case {CASES[1]} (log index 9, noted)"
EVENT_11 = f"event 6 of case {CASES[1]} (log index 11, noted)"


@pytest.mark.parametrize(
    ("alter", "expected"),
    [
        (alter_body, [f"{EVENT_9}: its content was altered; it no longer has the hash that was recorded"]),
        (
            alter_body_and_hash,
            [f"{EVENT_9}: its recorded hash is not the leaf at that index", f"{EVENT_11}: it does not follow event 5"],
        ),
        (alter_private, [f"{EVENT_9}: its private record was altered"]),
        (alter_private_salt, [f"{EVENT_9}: its private record was altered"]),
        (alter_salt, [f"{EVENT_9}: its content was altered"]),
        (
            drop_event,
            [f"{EVENT_11}: it does not follow event 4", "1 events of the log are missing", "first at index 9"],
        ),
        (swap_places, ["its recorded hash is not the leaf at that index of the log"]),
        (
            alter_everything_but_the_signature,
            ["the head signed at size 20 does not match the leaves: a leaf between index 7 and 19 was altered"],
        ),
    ],
)
def test_every_alteration_is_found_and_named(
    tmp_path: Path, alter: Callable[[Lines], None], expected: list[str]
) -> None:
    lines = bundle()
    alter(lines)
    report = verify_bundle(write(tmp_path, lines), KeyRing([KEY.public]))
    assert not report.ok
    for sentence in expected:
        assert any(sentence in finding for finding in report.findings), report.findings


@pytest.mark.parametrize("alter", [alter_body, alter_body_and_hash, alter_private, alter_salt])
def test_the_same_alterations_of_a_partial_bundle(tmp_path: Path, alter: Callable[[Lines], None]) -> None:
    lines = partial_bundle()
    target = at(lines, 8)
    shifted = json.loads(json.dumps(lines).replace('"index": 8,', '"index": 9,'))
    alter(shifted)
    target.update({**at(shifted, 9), "index": 8})
    report = verify_bundle(write(tmp_path, lines))
    assert any(f"event 5 of case {CASES[0]} (log index 8, noted)" in finding for finding in report.findings)


def test_a_missing_consistency_proof_is_found(tmp_path: Path) -> None:
    lines = [line for line in partial_bundle() if line["type"] != "consistency"]
    assert any("head signed at size 20" in finding for finding in verify_bundle(write(tmp_path, lines)).findings)


def test_a_bundle_signed_by_another_key_fails_only_when_the_true_key_is_given(tmp_path: Path) -> None:
    other = SigningKey(KEY.public.name, b"o" * 32)
    path = write(tmp_path, bundle())
    report = verify_bundle(path, KeyRing([other.public]))
    assert any("not signed by a known key" in finding for finding in report.findings)


def test_every_single_flipped_bit_of_an_event_is_found(tmp_path: Path) -> None:
    """Flip each byte of one event's line; whatever still parses must not verify as the same event."""
    lines = bundle(4, (4,))
    true_line = json.dumps(lines[-2], ensure_ascii=False).encode()
    head = b"".join(json.dumps(line).encode() + b"\n" for line in lines[:-2])
    tail = json.dumps(lines[-1]).encode() + b"\n"
    original = json.loads(true_line)
    path = tmp_path / "flipped.jsonl"
    for place in range(len(true_line)):
        altered = bytearray(true_line)
        altered[place] ^= 0x01
        path.write_bytes(head + bytes(altered) + b"\n" + tail)
        try:
            holds = verify_bundle(path).ok
        except BundleError:
            holds = False
        assert not holds or same_event(bytes(altered), original), f"byte {place}: {bytes(altered)!r}"


def same_event(line: bytes, original: dict[str, Any]) -> bool:
    """A flip of the case of a hex digit, or in the unused label of an included record, changes no claim."""
    parsed = json.loads(line)
    return all(parsed[name] == original[name] for name in ("index", "body", "prev", "salt", "hash", "private"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: the bundle is empty"),
        (b"{}\n", "line 1: not a bihuan-bundle/1 bundle"),
        (b"not json\n", "line 1: not JSON"),
        (b"[1]\n", "line 1: not a JSON object"),
        (
            b'{"type":"bundle","format":"bihuan-bundle/1","partial":false}\n{"type":"key","vkey":"x"}\n',
            "line 2: malformed key",
        ),
        (
            b'{"type":"bundle","format":"bihuan-bundle/1","partial":false}\n{"type":"odd"}\n',
            "line 2: malformed odd line",
        ),
        (b'{"type":"bundle","format":"bihuan-bundle/1","partial":true}\n{"type":"event"}\n', "line 2: malformed event"),
    ],
)
def test_a_malformed_bundle_is_named_by_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_bytes(content)
    with pytest.raises(BundleError, match=message):
        verify_bundle(path)


def test_a_truncated_gzip_is_said(tmp_path: Path) -> None:
    path = write(tmp_path, bundle(), "bundle.jsonl.gz")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(BundleError, match="cannot be read"):
        verify_bundle(path)


def test_the_command_needs_no_django_and_ends_with_one_json_object(tmp_path: Path) -> None:
    path = write(tmp_path, bundle())
    code = (
        "import sys; from bihuan.ledger import offline; code = offline.main(sys.argv[1:]); "
        "assert not any(name.split('.')[0] in ('django', 'psycopg') for name in sys.modules); sys.exit(code)"
    )
    good = subprocess.run(
        [sys.executable, "-c", code, str(path), "--key", KEY.public.text()], capture_output=True, text=True, check=False
    )
    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout.splitlines()[-1])["ok"] is True
    lines = bundle()
    alter_body(lines)
    bad = subprocess.run(
        [sys.executable, "-m", "bihuan.ledger.offline", str(write(tmp_path, lines))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert bad.returncode == 1
    assert EVENT_9 in bad.stdout
    assert json.loads(bad.stdout.splitlines()[-1])["ok"] is False


def test_wrong_use_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([]) == 2
    assert "usage" in capsys.readouterr().err
    assert main([str(tmp_path / "absent.jsonl")]) == 2
    assert "cannot be read" in capsys.readouterr().err
