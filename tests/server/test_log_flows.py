"""Everything that changes a state says so in the log, and nothing that was entered on the way can be read there.

Each test plays real flows with marked words, names and numbers, names the lines it writes, and reads the whole log as
it would be on disk. Together they write every line of the catalogue.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.test import Client, RequestFactory

from bihuan.declare.problems import DeclarationError
from bihuan.documents.background import deliver_letters, write_letters
from bihuan.extend import WARM, Loop, Retention, Warm
from bihuan.intake import alarms, mailbox, sources
from bihuan.intake.receive import receive
from bihuan.intake.reports import Reporter
from bihuan.ledger import holding, keyring, proofs, statements, store
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.core.keys import SigningKey
from bihuan.ledger.witness import FolderWitness
from bihuan.loop import editions, erasing, migrating, programmes, retiring, stuck
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.merging import merge_orders
from bihuan.loop.store import Order, append, current_facts
from bihuan.notices.delivering import deliver_due
from bihuan.notices.planning import plan_notices
from bihuan.readers.faults import FileError
from bihuan.registers import identity
from bihuan.registers.models import User
from bihuan.registers.people import authenticate_token, issue_token, revoke_token
from bihuan.registers.pure.ids import new_id
from bihuan.server import attending, background, backup, beating, exports, limits, migrate, retention, wsgi
from bihuan.server.beating import Pulse
from bihuan.server.home import Home
from bihuan.server.log_lines import LINES
from bihuan.server.stream import Secret
from bihuan.suggestions import gazetteer, methods, parents, work
from tests.documents.conftest import declare  # noqa: F401 - a fixture, asked for by name
from tests.documents.test_orders import drafted, orders  # noqa: F401 - a fixture, asked for by name
from tests.intake.test_importing import ROWS, by, run
from tests.loop.district import OPERATOR, START, facts
from tests.loop.test_editions import next_edition  # noqa: F401 - a fixture, asked for by name
from tests.loop.test_store import opening
from tests.server.flows import COVERED, report, writes


@writes("report_received", "report_known", "report_refused", "reports_received", "case_merged", "mail_left",
        "mail_broken", "surge_raised", "source_assigned", "source_refused")  # fmt: skip
def test_what_comes_in(flow: None, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (receive([report(key)], actor=OPERATOR)[0].value for key in "ab")
    assert first is not None
    assert second is not None
    receive([report("a")], actor=OPERATOR)
    receive([report("c", reporter=Reporter(name="赵标记", phone="赵标记"))], actor=OPERATOR)
    receive([report("d"), report("e", programme="nothing-so-called")], actor=OPERATOR, bulk=True)
    append(merge_orders(second, first, OPERATOR, datetime.now(UTC)))
    mail = (
        "From: 赵标记 <marked.person@example.org>\r\nMessage-ID: <{}@x>\r\nSubject: 暗号电梯\r\n{}"
        "\r\n暗号电梯 13912345678\r\n"
    )
    handled = mailbox.Handled()
    mailbox.take_safely(mail.format(1, "Auto-Submitted: auto-replied\r\n").encode(), "hotline", "request", handled)
    monkeypatch.setattr(mailbox, "LARGEST", 10)
    mailbox.take_safely(mail.format(2, "").encode(), "hotline", "request", handled)
    receive([report(f"s{i}", category="utilities.heating.outage", area="110108001") for i in range(8)], actor=OPERATOR)
    alarms.watch_surges()
    district = current_facts().registers.district.code
    sources.assign_source("partner", "user:1", district, datetime.now(UTC))
    assert sources.bind_source("partner", "user:2", district, datetime.now(UTC)) is not None


@writes("import_started", "import_batch", "import_finished", "import_file_refused", "duplicates_merged")
def test_an_import(flow: None, tmp_path: Path) -> None:
    marked = ROWS.replace("lamp out", "暗号电梯 13912345678").replace("waiting", "赵标记")
    (tmp_path / "赵标记.csv").write_text(marked, encoding="utf-8")
    run(tmp_path / "赵标记.csv")
    (tmp_path / "other.csv").write_text("暗号地址,赵标记\n1,2\n", encoding="utf-8")
    with pytest.raises(FileError):
        run(tmp_path / "other.csv", by())


def queue(event: UUID, digest: bytes = bytes(32)) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_queue (event_id, event_hash) VALUES (%s, %s)", [event, digest])


@writes("leaves_sequenced", "head_signed", "promise_late", "leaf_held", "leaves_released", "statement_made",
        "key_recorded", "witness_given", "witness_refused", "content_erased", "erasure_asked", "erasure_decided",
        "identity_seen")  # fmt: skip
def test_the_log_and_an_erasure(flow: None, tmp_path: Path) -> None:
    case = receive([report("a")], actor=OPERATOR)[0].value
    assert case is not None
    withdraw = Command("withdraw", Actor("reporter", frozenset({"reporter"}), case=str(case.id)), datetime.now(UTC), {},
                       {"reason": "暗号理由"})  # fmt: skip
    assert append([Order(withdraw, case.id)])[0].refusal is None
    early = int((datetime.now(UTC) - timedelta(minutes=9)).timestamp() * 1000)
    queue(UUID(int=(early << 80) | (new_id().int & ((1 << 80) - 1))))
    bad = new_id()
    queue(bad, b"short")
    statements.promise_statement("draw", {"purpose": "暗号理由"}, datetime.now(UTC))
    store.sequence_leaves()
    store.sequence_leaves()
    holding.hold_faulty()
    holding.release_leaves([bad])
    witness = FolderWitness(tmp_path, SigningKey("witness.example", b"w" * 32))
    request = proofs.witness_request(0)
    witness.cosign(request, keyring.log_keys(), START)
    with pytest.raises(LedgerError):
        witness.cosign(request.replace("old 0", "old 1"), keyring.log_keys(), START)
    asks, decides = Actor("user:1", frozenset({"arbiter"})), Actor("user:2", frozenset({"arbiter"}))
    row = erasing.ask_erasure(case.number, "request", "暗号理由 赵标记", asks, datetime.now(UTC))
    district = current_facts().registers.district
    erasing.decide(row.id, decides, district, datetime.now(UTC), approve=True)
    identity.lookup_by_phone("13912345678", district, "user:1", "暗号理由")


def fails_once() -> int:
    """A loop's batch."""
    TRIES.append(1)
    if len(TRIES) == 1:
        raise ValueError("赵标记 13912345678")
    STOP.set()
    return 0


TRIES: list[int] = []
STOP = threading.Event()


@writes("loop_failed", "loop_recovered", "worker_started", "worker_stopped", "beats_unstored")
@pytest.mark.django_db(transaction=True)
def test_the_worker(told: None, monkeypatch: pytest.MonkeyPatch) -> None:
    TRIES.clear()
    STOP.clear()
    background.run_loop(Loop("toy", fails_once, interval=0.01, zh="试", en="toy"), STOP)
    with background.Loops([]):
        pass

    class Away(Pulse):
        def store(self) -> None:
            STOP.set()
            raise DatabaseError("赵标记 13912345678")

    STOP.clear()
    monkeypatch.setattr(beating, "EVERY_SECONDS", 0)
    Away({}).keep_storing(STOP)


@writes("order_acted")
def test_orders(flow: None, orders: Any) -> None:  # noqa: F811
    drafted()


@writes("letter_written", "letter_delivered")
def test_letters(flow: None, declare: Any) -> None:  # noqa: F811
    receive([report("a")], actor=OPERATOR)
    store.sequence_leaves()
    while write_letters():
        pass
    assert deliver_letters()


@writes("set_aside", "taken_up_again", "notice_tried", "suggestion_failed", "duplicates_window", "place_unread",
        "model_unusable", "kept_ended", "kept_not_ended")  # fmt: skip
def test_background_work(flow: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    receive([report("a")], actor=OPERATOR)
    store.sequence_leaves()
    while plan_notices():
        pass
    deliver_due()

    def wrong(some: Any) -> Any:
        raise ValueError("赵标记 13912345678 暗号电梯")

    stuck.each("toy", ["1"], wrong, lambda item: (item, ""))
    stuck.mended("toy", ["1"])
    words = ("赵标记", "暗号电梯", "", "", "")
    rules = (Retention("broken", *words, lambda: int(wrong([]))), Retention("toy", *words, lambda: 3))
    monkeypatch.setattr(retention, "RETENTION", SimpleNamespace(all=lambda: rules))
    with pytest.raises(ValueError, match="赵标记"):
        retention.end_due()
    parents.Parents().rebuild()
    seen: Any = type("Seen", (), {"id": uuid4()})()
    assert work.ask_method("triage", wrong, [seen]) == [[]]
    (tmp_path / gazetteer.LIST).write_text("id,name,lon,lat\n1,赵标记,暗号地址,13912345678\n", encoding="utf-8")
    monkeypatch.setattr(gazetteer, "list_folder", lambda: tmp_path)
    assert gazetteer.own_list().faults

    class Broken:
        shelf = "models"

        def read(self, name: str) -> bytes:
            return b"{}"

    methods._model.cache_clear()
    broken: Any = Broken()
    assert methods._model(broken, "model-1") is None
    methods._model.cache_clear()


@writes("sign_in", "sign_out", "sign_in_failed", "demo_password_refused", "demo_account_refused", "refused", "limited",
        "token_made", "token_revoked", "token_refused", "request", "input_unreadable", "error_page_failed")  # fmt: skip
def test_who_comes_in(flow: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from bihuan.faces.parts import bounds, errors
    from bihuan.server.gate import PublishedPasswords

    client = Client()
    client.login(username="赵标记", password="暗号理由13912345678")
    assert client.login(username="operator", password="bihuan-demo")
    client.get("/desk/")
    client.logout()
    few = limits.Limit("probe", 1, 60)
    assert [limits.seconds_to_wait(few, "赵标记") > 0 for _ in range(2)] == [False, True]
    user = User.objects.get(username="operator")
    text, token = issue_token(user, "赵标记", ["read"], datetime.now(UTC) + timedelta(days=3))
    assert authenticate_token(text) is not None
    revoke_token(token)
    assert authenticate_token(text) is None
    asked = RequestFactory().get("/track/暗号地址/?code=13912345678")
    middleware = bounds.BoundsMiddleware(lambda request: None)  # type: ignore[arg-type,return-value]
    assert middleware.process_exception(asked, UnicodeError("赵标记")) is not None

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("暗号电梯 13912345678")

    monkeypatch.setattr(errors, "render", broken)
    monkeypatch.setattr(errors, "render_to_string", lambda *_: "")
    errors.not_found(asked, KeyError("赵标记"))
    monkeypatch.undo()
    settings.BIHUAN_ENV = "production"
    for credentials in ({"password": "bihuan-demo"}, {"username": "operator", "password": "another 赵标记"}):
        with pytest.raises(PermissionDenied):
            PublishedPasswords().authenticate(asked, **credentials)
    User.objects.update(demo=False)
    admin = User.objects.get(username="admin")
    client.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/desk/", secure=True)


@writes("role_changed", "edition_recorded", "programme_set_aside", "cases_migrated", "programme_retired",
        "programme_resumed")  # fmt: skip
def test_programmes_and_people(flow: None, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    from bihuan.registers.loading import load_register

    (tmp_path / "users.csv").write_text(
        "username,name,roles,scope_kind,scope,is_active\nmarked,赵标记,inspector,area,110108012,yes\n", encoding="utf-8"
    )
    assert load_register("users", tmp_path / "users.csv", "110108").created == 1
    editions.activate()
    assert append([opening()], facts=facts())[0].case is not None
    request.getfixturevalue("next_edition")
    editions.activate()
    shown = migrating.difference("hotline", OPERATOR, facts())
    assert migrating.migrate("hotline", OPERATOR, facts(), shown.digest) == 1
    programmes.refuse_folder(tmp_path, DeclarationError([]))
    today = datetime.now(UTC).date()
    retiring.retire("hotline", "110108", today, today, "暗号理由", "user:1", datetime.now(UTC))
    retiring.resume("hotline", "110108", today, "暗号理由", "user:1", datetime.now(UTC))


class Gone:
    """A server, or a process, that has ended."""

    pid = 4711
    returncode = -9

    def lives(self) -> bool:
        return False

    def start_again(self) -> None:
        raise ValueError("赵标记 13912345678")

    def poll(self) -> int:
        return -9


class Stays(Gone):
    """A process that does not end when asked to."""

    def poll(self) -> Any:
        return None

    def wait(self, seconds: float = 0) -> None:
        import subprocess

        if seconds:
            raise subprocess.TimeoutExpired("worker", seconds)

    def terminate(self) -> None:
        """Asked."""

    kill = terminate


@writes("postgres_restarted", "worker_restarted", "worker_killed", "restart_failed", "not_warm")
def test_the_attendant(told: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone: Any = Gone()
    attendant = attending.Attendant(Home(tmp_path), gone, worker=True)
    attendant._process = gone
    attendant._stop = type("Once", (), {"asked": [False, True], "is_set": lambda self: self.asked.pop(0),
                                        "wait": lambda self, seconds: None})()  # fmt: skip
    attendant._attend()
    stays: Any = Stays()
    attendant._process, attendant._stop = stays, threading.Event()
    attendant._thread = threading.Thread(target=lambda: None)
    attendant._thread.start()
    attendant.__exit__()
    monkeypatch.setattr(type(WARM), "all", lambda self: (Warm("toy", gone.start_again),))
    monkeypatch.setattr(wsgi, "_templates", list)
    monkeypatch.setattr(wsgi, "_warm", False)
    wsgi.warm_up()


@writes("files_taken", "file_not_kept", "tables_migrated")
def test_the_data_folder(flow: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "programmes" / "own"
    own.mkdir(parents=True)
    (own / "programme.yaml").write_text("id: own  # 赵标记\n", encoding="utf-8")
    (own / "赵标记.py").write_text("", encoding="utf-8")
    assert exports.take_in(Home(tmp_path)) == {"programmes": 1}
    monkeypatch.setattr(migrate, "pending_migrations", lambda: ["loop.0001"])
    monkeypatch.setattr("django.core.management.call_command", lambda *_, **__: None)
    monkeypatch.setattr("sys.argv", ["migrate"])
    migrate.main()


@writes("backup_written", "backup_failed", "restore_started", "restore_finished", "restore_failed")
def test_backup_and_restore(told: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(home: Home, out: Any, secret: Secret, keys: Any) -> Any:
        out.write("archive of 赵标记".encode())
        return type("Packer", (), {"rows": {"loop_case": 3}, "media": 1})()

    monkeypatch.setattr(backup, "_write", write)
    target = tmp_path / "赵标记.backup"
    backup.create_backup(Home(tmp_path), target, Secret(), with_keys=False)
    with pytest.raises(backup.BackupError):
        backup.create_backup(Home(tmp_path), target, Secret(), with_keys=False)
    with pytest.raises(Exception, match=r"."):
        backup.restore_backup(Home(tmp_path / "new"), target, Secret())

    found: Any = type("Contents", (), {"keys": {"a": "b"}, "seal": backup.ArchiveSeal.NONE, "manifest": None,
                                       "rows": {"loop_case": 3}, "media": 1})()  # fmt: skip
    monkeypatch.setattr(backup.archive, "verify_archive", lambda path, secret: found)
    monkeypatch.setattr(backup, "_refuse_newer", lambda *_: None)
    monkeypatch.setattr(backup, "_fill", lambda *_: None)
    backup.restore_backup(Home(tmp_path / "new"), target, Secret(), unauthenticated=True)


def test_every_line_of_the_catalogue_is_written_by_one_of_these() -> None:
    assert sorted(set(LINES) - COVERED) == []
