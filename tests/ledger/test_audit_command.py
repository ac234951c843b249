"""`bihuan audit …` on a log of real cases: exit code, and one JSON object as the last line."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from typer.testing import CliRunner

from bihuan.cli.audit import app
from bihuan.console import bootstrap, output
from bihuan.ledger import keyring, store
from bihuan.ledger.core.keys import SigningKey
from bihuan.ledger.core.leaf import leaf_hash
from bihuan.ledger.core.receipts import sign_receipt
from bihuan.loop.kernel.model import Case, Command
from bihuan.loop.models import EventRow
from bihuan.loop.store import Order, append
from tests.ledger.district import START, execute
from tests.loop.district import OPERATOR, community, facts
from tests.loop.district import START as OPENED

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django is set up and connected already; the command need not do it again."""
    monkeypatch.setattr(bootstrap, "start_django", lambda *_args, **_kwargs: None)
    keyring.forget_cached_keys()


@pytest.fixture
def cases() -> list[Case]:
    """Forty cases, opened one by one and in bulk, each dispatched."""
    data = {"channel": "phone", "category": "housing.property.service", "area": community()}
    opening = Order(Command("open", OPERATOR, OPENED, data, {"text": "电梯停运"}), programme="hotline", kind="request")
    made = append([opening] * 10, facts=facts()) + append([opening] * 300, facts=facts(), bulk=True)
    found = [result.case for result in made if result.case is not None]
    append([Order(Command("dispatch", OPERATOR, OPENED, {}), case.id) for case in found[:20]], facts=facts())
    assert store.sequence_leaves() > 0
    return found


def call(*words: object, ok: bool = True) -> dict[str, Any]:
    """Run the command with --json; check its exit code; return the object of the last line."""
    done = CliRunner().invoke(app, [*map(str, words), "--json"])
    if isinstance(done.exception, output.Failure):
        assert not ok, done.exception.message
        return {"ok": False, "error": done.exception.message}
    assert done.exit_code == (0 if ok else 1), done.output
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["ok"] is ok
    return answer


def test_the_log_of_the_loop_verifies(cases: list[Case]) -> None:
    answer = call("verify")
    assert (answer["events"], answer["size"], answer["findings"]) == (EventRow.objects.count(), store.size(), [])
    assert answer["events"] >= 330


def test_one_altered_byte_of_one_old_event_is_named(cases: list[Case]) -> None:
    execute("ALTER TABLE loop_event DISABLE TRIGGER append_only")
    execute(
        "UPDATE loop_event SET data = replace(data::text, 'phone', 'phonf')::jsonb WHERE case_id = %s AND version = 1",
        [cases[7].id],
    )
    answer = call("verify", ok=False)
    assert len(answer["findings"]) == 3, "the event, and the row that no longer follows from it"
    assert answer["findings"][0].startswith(f"event 1 of case {cases[7].id} (log index ")
    assert "its content was altered" in answer["findings"][0]


def test_a_case_an_event_and_a_receipt_are_proven(cases: list[Case], tmp_path: Path) -> None:
    case = cases[0]
    by_number, by_id = call("prove", case.number), call("prove", case.id)
    assert by_number == by_id
    assert [proof["state"] for proof in by_number["proofs"]] == ["included"] * 2
    event = EventRow.objects.get(case_id=case.id, version=1)
    assert call("prove", event.id)["proofs"] == by_number["proofs"][:1]
    receipt = sign_receipt(
        keyring.signing_key(),
        case=case.number,
        report="r1",
        leaf=leaf_hash(bytes(event.hash)),
        at=START,
        max_merge_delay=60,
    ).as_json()
    path = tmp_path / "receipt.json"
    path.write_text(json.dumps(receipt))
    assert call("prove", path)["state"] == "kept_late"
    path.write_text(json.dumps({**receipt, "case": cases[1].number}))
    altered = call("prove", path, ok=False)
    assert (altered["state"], altered["reason"]) == ("broken", "altered")
    said = CliRunner().invoke(app, ["prove", str(path)]).stdout
    assert "回执的承诺: 不成立" in said
    assert "The promise of the receipt: Broken" in said
    path.write_text("{}")
    assert "exactly the members" in call("prove", path, ok=False)["error"]
    assert "there is no case" in call("prove", "2699999999", ok=False)["error"]
    assert "say what to prove" in call("prove", ok=False)["error"]


def test_growth_is_proven(cases: list[Case]) -> None:
    first = 310 if store.note_at(310) else 10
    answer = call("prove", "--since", first)
    assert (answer["old"], answer["new"]) == (first, store.size())


def test_exports_verify_offline_and_find_alterations(cases: list[Case], tmp_path: Path) -> None:
    whole, one = tmp_path / "log.jsonl.gz", tmp_path / "case.jsonl"
    vkey = keyring.signing_key().public.text()
    assert call("export", whole, "--private")["leaves"] == store.size()
    assert call("verify", whole, "--key", vkey)["pinned"] is True
    assert call("export", tmp_path / "static", "--tiles")["leaves"] == store.size()
    assert (tmp_path / "static" / "checkpoint").read_text() == store.latest_note()
    call("export", one, "--case", cases[0].number, "--private")
    assert call("verify", one, "--key", vkey)["events"] == 2
    one.write_text(one.read_text().replace("电梯停运", "电梯正常", 1))
    answer = call("verify", one, "--key", vkey, ok=False)
    assert f"event 1 of case {cases[0].id}" in answer["findings"][0]
    stranger = SigningKey("s", b"s" * 32).public.text()
    assert call("verify", whole, "--key", stranger, ok=False)["found"] > 0


def test_a_draw_is_committed_drawn_and_verified(tmp_path: Path) -> None:
    path, transcript = tmp_path / "draw.json", tmp_path / "transcript.json"
    definition = {
        "purpose": "call-back sample 回访抽样",
        "entropy_source": "lottery of 2026-04-02",
        "strata": [{"name": "all", "candidates": [f"c{n}" for n in range(50)], "pick": 5}],
    }
    path.write_text(json.dumps(definition))
    assert "was never committed" in _uncommitted(path)
    committed = call("draw", path)
    assert call("draw", path)["statement"] == committed["statement"]
    drawn = call("draw", path, "--entropy", "03", "--entropy", "08", "-o", transcript)
    assert drawn["committed_at"] == committed["committed_at"]
    assert len(drawn["transcript"]["drawn"]["all"]) == 5
    verified = call("draw", transcript, "--verify")
    assert (verified["commitment"], verified["committed_at"]) == (committed["commitment"], committed["committed_at"])
    shown = json.loads(transcript.read_text())
    shown["drawn"]["all"][0] = next(f"c{n}" for n in range(50) if f"c{n}" not in shown["drawn"]["all"])
    transcript.write_text(json.dumps(shown))
    assert "drawn does not follow" in call("draw", transcript, "--verify", ok=False)["error"]
    call("verify")


def _uncommitted(path: Path) -> str:
    other = path.with_name("other.json")
    other.write_text(json.dumps({**json.loads(path.read_text()), "salt": "00", "method": "bihuan-draw/1"}))
    message = str(call("draw", other, "--entropy", "03", ok=False)["error"])
    call("draw", other, "--entropy", "03", "-o", other.with_suffix(".drawn"), "--offline")
    assert "not in the log" in call("draw", other.with_suffix(".drawn"), "--verify", ok=False)["error"]
    return message


def test_a_witness_in_another_folder_cosigns(cases: list[Case], tmp_path: Path) -> None:
    shared, state = tmp_path / "shared", tmp_path / "state"
    key, own = keyring.signing_key().public.text(), SigningKey("witness.example", b"w" * 32)
    watching = (shared, "--cosign", "--key", key, "--signing-key", own.text(), "--state", state)
    assert call("witness", shared)["old"] == 0
    assert call("witness", *watching)["size"] == store.size()
    append_one()
    assert call("witness", shared)["old"] == store.size() - 1
    assert call("witness", *watching)["size"] == store.size()
    assert "witness.example" in (shared / "checkpoint").read_text()
    assert "a witness needs --key" in call("witness", shared, "--cosign", ok=False)["error"]


def append_one() -> None:
    data = {"channel": "phone", "category": "housing.property.service", "area": community()}
    order = Order(Command("open", OPERATOR, OPENED, data, {"text": "x"}), programme="hotline", kind="request")
    append([order], facts=facts())
    assert store.sequence_leaves() == 1


def test_keys_are_listed_and_changed(
    cases: list[Case], settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from bihuan.server import secrets
    from bihuan.server.home import current_home

    before = call("keys")
    assert before["keys"][-1].split("+")[1] == before["signing"]
    monkeypatch.setenv("BIHUAN_HOME", str(tmp_path))
    secrets.write_file(current_home().secrets_file, {"BIHUAN_LEDGER_KEY": settings.BIHUAN_LEDGER_KEY, "OTHER": "kept"})
    after = call("keys", "--rotate")
    assert after["keys"][:-1] == before["keys"]
    assert after["signing"] != before["signing"]
    kept = secrets.read_file(current_home().secrets_file)
    assert SigningKey.parse(kept["BIHUAN_LEDGER_KEY"]).id == after["signing"]
    assert kept["OTHER"] == "kept"
    settings.BIHUAN_LEDGER_KEY = kept["BIHUAN_LEDGER_KEY"]
    append_one()
    assert call("verify")["ok"] is True
    monkeypatch.setenv("BIHUAN_LEDGER_KEY", "set")
    assert "is set in the environment" in call("keys", "--rotate", ok=False)["error"]


def test_the_database_connection_is_that_of_the_test() -> None:
    """The commands above must not have opened one of their own: what they saw would not be what the test wrote."""
    assert connection.settings_dict["NAME"].startswith("test_")


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("BIHUAN_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


def test_what_was_verified_is_not_read_again(cases: list[Case], home: Path) -> None:
    whole = call("verify")
    append_one()
    news = call("verify", "--new")
    assert (news["since"], news["size"], news["cases"]) == (whole["size"], whole["size"] + 1, 1)
    assert news["events"] < whole["events"]
    mirror = home / "mirror"
    call("export", mirror, "--tiles")
    append_one()
    assert call("verify", "--since", mirror)["since"] == whole["size"] + 1
    assert call("verify", "--since", mirror / "checkpoint")["ok"]
    (mirror / "checkpoint").write_text("x")
    assert call("verify", "--since", mirror, ok=False)["error"]
    assert "exclude each other" in call("verify", "--new", "--resume", ok=False)["error"]


def test_an_interrupted_verification_is_taken_up(
    cases: list[Case], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bihuan.ledger import verification

    assert "no verification was interrupted" in call("verify", "--resume", ok=False)["error"]
    monkeypatch.setattr(verification, "CHUNK", 256)
    execute("ALTER TABLE loop_event DISABLE TRIGGER append_only")
    execute("UPDATE loop_event SET actor = 'user:x' WHERE case_id = %s AND version = 1", [cases[3].id])
    true = verification.examine_range

    def cut(leaves: tuple[int, int], **named: Any) -> Any:
        if leaves[0] == 256:
            raise KeyboardInterrupt
        return true(leaves, **named)

    monkeypatch.setattr(verification, "examine_range", cut)
    with pytest.raises((KeyboardInterrupt, SystemExit, AssertionError)):
        call("verify")
    assert (home / "audit" / "interrupted.json").exists()
    monkeypatch.setattr(verification, "examine_range", true)
    answer = call("verify", "--resume", ok=False)
    assert answer["events"] == EventRow.objects.count(), "what was read before counts, and is read once"
    assert any("its content was altered" in finding for finding in answer["findings"]), "found before the interruption"
    assert not (home / "audit" / "interrupted.json").exists()


def test_a_mirror_is_verified_by_its_folder(cases: list[Case], home: Path) -> None:
    mirror, key = home / "mirror", keyring.signing_key().public.text()
    call("export", mirror, "--tiles")
    assert call("verify", mirror, "--key", key)["size"] == store.size()
    assert "public key" in call("verify", mirror, ok=False)["error"]
    (mirror / "tile" / "0" / "000").write_bytes(b"")
    assert "tile/0/000" in call("verify", mirror, "--key", key, ok=False)["findings"][0]
