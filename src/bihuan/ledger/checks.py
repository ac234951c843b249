"""What every verification checks, in the database as in a bundle: contents, chains of cases, signed heads.

Findings name the altered event by case, version and place in the log. No Django here: the offline verifier uses it
too.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Self

from bihuan.ledger.core.erasures import erased_records
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.core.heads import SignedHead
from bihuan.ledger.core.keys import KeyRing
from bihuan.ledger.core.leaf import event_hash, private_hash, statement_hash, write_instant
from bihuan.ledger.core.vouching import SKEW, KeyChain

MOST_FINDINGS = 1_000
"""Findings kept as sentences; all are counted."""


@dataclass(slots=True)
class VerificationReport:
    """What a verification found.

    Attributes:
        events: how many events were checked.
        statements: how many statements of the log itself were checked.
        cases: how many case rows were compared with the fold of their events; 0 in a bundle, which has no rows.
        heads: how many signed heads were checked.
        size: leaves of the largest head that holds.
        since: leaves that were not read, because a trusted head stands for them.
        erased: private records that were erased, each with a signed statement; their events still verify.
        withheld: private records that exist but were not exported.
        pinned: whether the verifier was given the log's key, rather than trusting the bundle's own.
        found: how many things do not hold.
        findings: one sentence for each of them, the first ``MOST_FINDINGS``.
    """

    events: int = 0
    statements: int = 0
    cases: int = 0
    heads: int = 0
    size: int = 0
    since: int = 0
    erased: int = 0
    withheld: int = 0
    pinned: bool = False
    found: int = 0
    findings: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True when nothing was found. Source: docs/topics/ledger.md, "What is checked against what"."""
        return not self.found

    def add(self, finding: str) -> None:
        """Record one thing that does not hold. Source: docs/topics/ledger.md, "What is checked against what"."""
        self.found += 1
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)

    def take(self, other: Self) -> None:
        """Add what another report found: counts and findings, not what it says about heads.

        Source: docs/topics/ledger.md, "What is checked against what".
        """
        for name in ("events", "statements", "cases", "erased", "withheld"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.findings += other.findings[: MOST_FINDINGS - len(self.findings)]
        self.found += other.found

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values; ``ok`` first.

        Source: docs/topics/ledger.md, "What is checked against what".
        """
        return {"ok": self.ok, **{member.name: getattr(self, member.name) for member in fields(self)}}


def name_event(body: dict[str, Any], index: int | None) -> str:
    """Name an event the way findings do: version and case, its place in the log, its kind.

    Source: docs/topics/ledger.md, "What is checked against what".
    """
    place = "not in the log" if index is None else f"log index {index}"
    return f"event {body.get('version')} of case {body.get('case')} ({place}, {body.get('kind')})"


def check_content(event: dict[str, Any], report: VerificationReport, erased: Container[str] = frozenset()) -> None:
    """Check one event's own content against its stored hash, and its private record against the body.

    Args:
        event: members ``index``, ``salt``, ``prev``, ``hash`` (bytes), ``body``; ``private``: dict with ``salt``
            and ``body``, or None; ``private_state``: none, included, withheld or erased.
        report: receives counts and findings.
        erased: hex hashes of the records for which a statement of erasure holds, see ``stated_erasures``.

    Source: docs/topics/ledger.md, "What is checked against what".
    """
    name = name_event(event["body"], event["index"])
    report.events += 1
    try:
        if event_hash(event["salt"], event["prev"], event["body"]) != event["hash"]:
            report.add(f"{name}: its content was altered; it no longer has the hash that was recorded")
        _check_private(name, event, report, erased)
    except LedgerError as error:
        report.add(f"{name}: its content was altered; it cannot even be hashed ({error})")


def _check_private(name: str, event: dict[str, Any], report: VerificationReport, erased: Container[str]) -> None:
    promised, private = event["body"].get("private"), event["private"]
    if promised is None:
        if private is not None:
            report.add(f"{name}: it carries a private record that was never recorded")
    elif private is not None:
        if private_hash(private["salt"], private["body"]).hex() != promised:
            report.add(f"{name}: its private record was altered; it no longer has the hash that was recorded")
        elif promised in erased:
            report.add(f"{name}: its private record was stated to be erased, but it is still there")
    elif event["private_state"] == "withheld":
        report.withheld += 1
    elif promised in erased:
        report.erased += 1
    else:
        report.add(f"{name}: its private record is gone, and no signed statement of erasure covers it")


def stated_erasures(statements: Iterable[dict[str, Any]], ring: KeyRing, report: VerificationReport) -> set[str]:
    """Return the records that signed statements of erasure name; a statement that does not hold is a finding.

    Args:
        statements: ``kind``, ``made_at``, ``body``.
        ring: the log's keys.
        report: receives findings.

    Source: docs/topics/ledger.md, "Erasing personal content".
    """
    records: set[str] = set()
    for statement in statements:
        try:
            records |= erased_records(statement, ring)
        except LedgerError as error:
            report.add(f"{name_statement(statement, statement.get('index'))}: it does not count as signed: {error}")
    return records


def check_link(event: dict[str, Any], report: VerificationReport) -> None:
    """Check that an event names the hash of its case's previous event.

    Args:
        event: as for ``check_content``, with ``before``: the hash recorded for the previous version, None if there is
            none.
        report: receives findings.

    Source: docs/topics/ledger.md, "What is checked against what" (the chain of a case).
    """
    body, prev, before = event["body"], event["prev"], event["before"]
    name = name_event(body, event["index"])
    if body["version"] == 1 and prev is None:
        return
    if before is None:
        report.add(f"{name}: an earlier event of its case is missing")
    elif prev != before:
        report.add(
            f"{name}: it does not follow event {body['version'] - 1} of its case; "
            "one of the two was altered, or an event between them removed"
        )


class CaseChains:
    """Checks that each event names the hash of the same case's previous event.

    Args:
        complete: whether every case is seen from its first event; otherwise the first event seen is taken as it is.
    """

    def __init__(self, complete: bool) -> None:
        self._complete = complete
        self._last: dict[str, tuple[int, bytes]] = {}

    def check(self, event: dict[str, Any], report: VerificationReport) -> None:
        """Check one event; events of one case come in the order of their versions.

        Source: docs/topics/ledger.md, "What is checked against what" (the chain of a case).
        """
        body, prev = event["body"], event["prev"]
        before = self._last.get(body["case"])
        self._last[body["case"]] = (body["version"], event["hash"])
        if before is None:
            if self._complete and prev is not None:
                report.add(f"{name_event(body, event['index'])}: an earlier event of its case is missing")
            return
        if body["version"] != before[0] + 1 or prev != before[1]:
            report.add(
                f"{name_event(body, event['index'])}: it does not follow event {before[0]} of its case; "
                "one of the two was altered, or an event between them removed"
            )


def name_statement(statement: dict[str, Any], index: int | None) -> str:
    """Name a statement of the log the way findings do.

    Source: docs/topics/ledger.md, "What is checked against what".
    """
    place = "not in the log" if index is None else f"log index {index}"
    return f"statement {statement.get('kind')} of {statement.get('made_at')} ({place})"


def check_statement(statement: dict[str, Any], index: int | None, report: VerificationReport) -> None:
    """Check one statement's content against its stored hash.

    Args:
        statement: ``kind``, ``made_at``, ``body`` and ``hash`` (bytes).
        index: its place in the log.
        report: receives counts and findings.

    Source: docs/topics/ledger.md, "Formats" (0x53).
    """
    report.statements += 1
    try:
        holds = statement_hash(statement["kind"], statement["made_at"], statement["body"]) == statement["hash"]
    except LedgerError:
        holds = False
    if not holds:
        report.add(f"{name_statement(statement, index)}: its content was altered; it no longer has the hash recorded")


class HeadTimes:
    """Checks that heads were signed in the order of their sizes, not in the future, and one per size.

    Args:
        report: receives findings.
        now: this moment.
    """

    def __init__(self, report: VerificationReport, now: datetime) -> None:
        self._report = report
        self._now = now
        self._latest: SignedHead | None = None
        self.newest: SignedHead | None = None

    def take(self, signed: SignedHead) -> None:
        """Check one head; they come smallest first.

        Source: docs/topics/ledger.md, "Keys" (times never go back).
        """
        before, self.newest = self.newest, signed
        if before is not None and before.head.size == signed.head.size and before.head.root != signed.head.root:
            self._report.add(
                f"two heads were signed at size {signed.head.size} over different leaves: a log of two faces"
            )
        at, latest = signed.signed_at, self._latest
        if at is None:
            return
        name = f"the head at size {signed.head.size}, signed at {write_instant(at)},"
        if at > self._now + SKEW:
            self._report.add(f"{name} is dated in the future")
        if latest is not None and latest.signed_at is not None and at < latest.signed_at:
            if at < latest.signed_at - SKEW:
                earlier = write_instant(latest.signed_at)
                self._report.add(f"{name} is backdated: the smaller one at {latest.head.size} is of {earlier}")
            return
        self._latest = signed

    def close(self, ring: KeyChain) -> None:
        """Check that the largest head is by a key obtained elsewhere, or by one that such a key leads to.

        Source: docs/topics/ledger.md, "Keys" (the chain is followed from the key you hold).
        """
        if self.newest is not None and not {seal.key.id for seal in self.newest.seals} & ring.trusted:
            self._report.add(
                f"the newest head (size {self.newest.head.size}) is signed only by keys older than the one you trust; "
                "whoever held a former key could have signed it"
            )


class HeadTrail:
    """Judges signed heads from the smallest to the largest, and says between which two the history was changed.

    Args:
        report: receives counts and findings.
        good: size of a head up to which the leaves are trusted already.
    """

    def __init__(self, report: VerificationReport, good: int = 0) -> None:
        self._report = report
        self._good = good
        self._bad: list[int] = []

    def judge(self, size: int, holds: bool) -> None:
        """Record whether the head signed at ``size`` matches the leaves; sizes come in ascending order.

        Source: docs/topics/ledger.md, "What is checked against what".
        """
        self._report.heads += 1
        if holds and not self._bad:
            self._good = self._report.size = size
        elif not holds:
            self._bad.append(size)

    def close(self) -> None:
        """Write the finding, if any: one sentence however many fail, since one altered leaf fails all later ones.

        Source: docs/topics/ledger.md, "What is checked against what".
        """
        if self._bad:
            others = f"; so do {len(self._bad) - 1} later heads" if len(self._bad) > 1 else ""
            self._report.add(
                f"the head signed at size {self._bad[0]} does not match the leaves: "
                f"a leaf between index {self._good} and {self._bad[0] - 1} was altered, removed or inserted{others}"
            )
