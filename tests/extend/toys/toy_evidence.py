"""A kind of evidence of somebody else."""

from __future__ import annotations

from bihuan.extend import EvidenceType


def evidence() -> tuple[EvidenceType, ...]:
    """One kind."""
    return (EvidenceType("recording", "录音", "Recording"),)
