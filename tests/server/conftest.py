"""Fixtures of the tests of log lines."""

from tests.server.flows import flow, told

__all__ = ["flow", "told"]
