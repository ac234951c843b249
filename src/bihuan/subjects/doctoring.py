"""What `bihuan doctor` looks at in the subjects."""

from __future__ import annotations

from bihuan.server.checks import CheckFinding
from bihuan.subjects.catalogue import set_aside, subject_types


def types() -> CheckFinding:
    """Every declared type is in use; a city's own with a fault is left out and named.

    Source: docs/topics/subjects.md, "A new type".
    """
    count, problems = len(subject_types()), set_aside()
    if problems:
        message = f"{len(problems)} faults in types of subjects: {problems[0]}"
        return CheckFinding(
            "subjects", "error", message, "correct the file; `bihuan register types` lists what is in use"
        )
    return CheckFinding("subjects", "ok", f"{count} types of subjects are in use")
