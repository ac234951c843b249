"""How `bihuan audit verify` goes through this installation's log: from where, in how many processes, and going on."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bihuan.console.output import fail, note

if TYPE_CHECKING:
    from bihuan.ledger.checks import VerificationReport
    from bihuan.ledger.core.heads import Head
    from bihuan.ledger.core.keys import KeyRing
    from bihuan.ledger.verification import Each

STEP = 65_536
"""Leaves between two lines of progress."""


def verify_here(
    trusted: KeyRing | None, *, since: Path | None, new: bool, resume: bool, jobs: int
) -> VerificationReport:
    """Verify this installation's log and fold its cases anew.

    Args:
        trusted: public keys obtained elsewhere.
        since: a checkpoint file, or a mirror's folder: only what came after that head is read.
        new: begin at the head up to which the last whole verification here held.
        resume: go on where an interrupted verification stood.
        jobs: processes that examine leaves.

    Source: docs/topics/ledger.md, "For auditors: verify".
    """
    from bihuan.ledger.verification import verify_log
    from bihuan.loop.store.refolding import check_cases

    head, earlier = _beginning(trusted, since, new, resume)
    whole = head is None or resume
    kept = partial(_keep, _state("interrupted.json"), earlier)
    with _each(jobs) as each:
        report = verify_log(trusted=trusted, since=head, progress=_progress("leaves 条"), each=each, kept=kept)
    if earlier is not None:
        report.take(earlier)
    report.since = 0 if whole or head is None else head.size
    check_cases(report, progress=_progress("cases 件"), since=report.since)
    _state("interrupted.json").unlink(missing_ok=True)
    if report.ok:
        _remember_head(report.size)
    return report


def head_of(path: Path, trusted: KeyRing | None) -> Head:
    """The signed head in a checkpoint file or a mirror's folder.

    Raises:
        LedgerError: it cannot be read or is not signed by a key of the log.

    Source: docs/topics/ledger.md, "For auditors: verify".
    """
    from bihuan.ledger import keyring
    from bihuan.ledger.core.heads import open_head

    file = path / "checkpoint" if path.is_dir() else path
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file}: {error}", "give a checkpoint (a witness's or a mirror's), or a mirror's folder")
    return open_head(text, trusted or keyring.log_keys()).head


def _beginning(
    trusted: KeyRing | None, since: Path | None, new: bool, resume: bool
) -> tuple[Head | None, VerificationReport | None]:
    """(the head to begin at, what an interrupted verification had found before it)."""
    if sum((since is not None, new, resume)) > 1:
        fail("--since, --new and --resume exclude each other", "give one of them")
    if since is not None:
        return head_of(since, trusted), None
    if new:
        file = _state("verified")
        if not file.exists():
            note("nothing was verified here yet: beginning at the first leaf 尚无核验记录，从头开始")
            return None, None
        return head_of(file, trusted), None
    return _interrupted() if resume else (None, None)


def _interrupted() -> tuple[Head | None, VerificationReport | None]:
    from bihuan.ledger.checks import VerificationReport
    from bihuan.ledger.core.heads import Head

    file = _state("interrupted.json")
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        head = Head(kept["origin"], kept["size"], bytes.fromhex(kept["root"]))
        return head, VerificationReport(**kept["report"])
    except FileNotFoundError:
        fail("no verification was interrupted here", "begin one: bihuan audit verify")
    except (ValueError, KeyError, TypeError) as error:
        fail(f"{file}: {error}", "begin anew without --resume")


def _keep(file: Path, earlier: VerificationReport | None, head: Head, report: VerificationReport) -> None:
    """Note how far it came; only at the end of full tiles, where it can be taken up again."""
    from bihuan.ledger.checks import VerificationReport
    from bihuan.ledger.core.tiles import WIDTH

    if head.size % WIDTH:
        return
    so_far = VerificationReport()
    for each in (earlier, report):
        if each is not None:
            so_far.take(each)
    body = {name: value for name, value in so_far.as_json().items() if name not in ("ok", "pinned")}
    kept = {"origin": head.origin, "size": head.size, "root": head.root.hex(), "report": body}
    temporary = file.with_suffix(".new")
    temporary.write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")
    temporary.replace(file)


def _remember_head(size: int) -> None:
    from bihuan.ledger import store

    head = store.note_at(size)
    if head is not None:
        _state("verified").write_text(head, encoding="utf-8")


def _state(name: str) -> Path:
    from bihuan.server.home import current_home

    folder = current_home().path / "audit"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / name


@contextmanager
def _each(jobs: int) -> Iterator[Each]:
    if jobs <= 1:
        yield map
        return
    with multiprocessing.get_context("spawn").Pool(jobs, _begin) as pool:
        yield pool.imap


def _begin() -> None:
    """A process of its own has a connection of its own; the database runs already."""
    from bihuan.console.bootstrap import start_django

    start_django("owner", database=False)


def _progress(what: str) -> Any:
    told = 0

    def tell(done: int, total: int) -> None:
        nonlocal told
        if done == total or done - told >= STEP:
            told = done
            note(f"{done} / {total} {what}")

    return tell
