"""What `bihuan doctor` looks at in the views."""

from __future__ import annotations

from bihuan.declare.problems import DeclarationError, Problem
from bihuan.faces.panels.catalogue import check_views
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.server.checks import CheckFinding


def find_faults() -> CheckFinding:
    """Every declared view is whole; one with a fault is left out and named. Source: docs/topics/views.md."""
    count = 0
    problems: list[Problem] = []
    for name in all_programmes():
        try:
            count += len(check_views(name, folder_of(name)))
        except DeclarationError as error:
            problems += error.problems
    if problems:
        return CheckFinding("views", "error", f"{len(problems)} faults in views: {problems[0]}", "correct the file")
    return CheckFinding("views", "ok", f"{count} views of programmes are in use")
