"""The errors of the ledger; all are ``LedgerError`` so that a caller can catch one thing."""

from bihuan.faults import Fault


class LedgerError(Fault):
    """Something about the log is wrong; the message says what, by which rule, and what to do."""

    remedy = "`bihuan audit verify` shows what holds and what does not"


class NotCanonicalError(LedgerError):
    """A value cannot be put into the canonical JSON of the log."""


class TreeError(LedgerError):
    """A tree was asked for something it does not have, or its tiles contradict each other."""


class SignatureError(LedgerError):
    """A signature, key or signed text is malformed, unknown or does not verify."""


class DrawError(LedgerError):
    """A draw is declared wrongly, or a transcript does not follow from its commitment and entropy."""
