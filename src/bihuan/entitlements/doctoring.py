"""What `bihuan doctor` looks at in the entitlements."""

from __future__ import annotations

from bihuan.entitlements.catalogue import all_policies, policies_aside
from bihuan.server.checks import CheckFinding


def policies() -> CheckFinding:
    """Every declared policy is in use; one with a fault is left out and named.

    Source: docs/topics/entitlements.md, "A policy is a file".
    """
    count, problems = len(all_policies()), policies_aside()
    if problems:
        message = f"{len(problems)} faults in policies: {problems[0]}"
        return CheckFinding(
            "policies", "error", message, "correct the file; `bihuan entitle list` tells what is in use"
        )
    return CheckFinding("policies", "ok", f"{count} policies are in use")
