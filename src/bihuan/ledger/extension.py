"""What the ledger adds to the house."""

from __future__ import annotations

from bihuan.extend import App, Check, PlainColumns, Standard


def apps() -> tuple[App, ...]:
    """The log, its promises and witnesses."""
    return (App("bihuan.ledger", order=30),)


def checks() -> tuple[Check, ...]:
    """The sequencer keeps up."""
    from bihuan.ledger import doctoring

    return (Check("ledger", doctoring.ledger, order=20),)


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.ledger.personal import PLAIN

    return PLAIN


def standards() -> tuple[Standard, ...]:
    """What anybody may copy, verify and repeat."""
    return (
        Standard(
            "RFC 9162 (Certificate Transparency 2.0), Merkle trees",
            "2021",
            "out",
            "/audit/",
            "诉求日志的树、包含与一致性证明",
            "The log's tree, proofs of inclusion and consistency",
            "tests/ledger/test_merkle.py",
        ),
        Standard(
            "C2SP signed-note and tlog-checkpoint",
            "1.0.0",
            "out",
            "/audit/",
            "签名的日志首部",
            "Signed heads of the log",
            "tests/ledger/test_signatures.py",
        ),
        Standard(
            "C2SP tlog-cosignature",
            "1.0.0",
            "in out",
            "bihuan audit",
            "见证方副署",
            "What witnesses cosign",
            "tests/ledger/test_signatures.py",
        ),
        Standard(
            "C2SP tlog-tiles",
            "1.0.0",
            "out",
            "bihuan audit export --tiles",
            "日志的静态副本",
            "The log as files that anybody may copy",
            "tests/ledger/test_audit_command.py",
        ),
        Standard(
            "RFC 8785 (JSON Canonicalization Scheme)",
            "2020",
            "out",
            "bihuan audit export",
            "事件的哈希所依的字节",
            "The bytes that hashes of events stand on",
            "tests/ledger/test_canonical.py",
        ),
        Standard(
            "RFC 3797 (publicly verifiable selection), with SHA-256",
            "2004",
            "out",
            "bihuan audit draw",
            "公开可复算的抽取",
            "Draws that anybody can repeat",
            "tests/ledger/test_draw.py",
        ),
    )
