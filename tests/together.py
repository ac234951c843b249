"""Which test files share a worker, and which begin first.

Parallel workers take whole files, since the tests of a file share what it loaded (`--dist loadfile`). Some files share
something dear beyond that: they go to one worker, which makes it once. And the long ones begin first: a worker that
takes two minutes of work at the very end makes the other wait.

Source: docs/adr/0272-what-workers-share.md.
"""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadFileScheduling
from xdist.workermanage import WorkerController

TOGETHER = {
    "what the package says, parsed once (tests/tree.py)": (
        "tests/architecture/",
        "tests/declare/test_source.py",
        "tests/docs/test_reference.py",
        "tests/docs/test_sources.py",
        "tests/registers/test_role_words.py",
        "tests/server/test_documented.py",
        "tests/server/test_log_lines.py",
    ),
    "an installation that has lived for two months": ("tests/cli/lived/",),
}
"""What is shared → the files, or folders, whose tests share it."""

ALONE = ("tests/programmes/test_samples.py",)
"""Files whose tests share nothing: each goes to whichever worker is free."""

LONGEST = (
    "tests/watches/test_occasions_killed.py",
    "tests/cli/test_demo.py",
    "tests/server/test_restored.py",
    "tests/prevention/test_planted.py",
    "tests/server/test_external.py",
    "tests/lake/test_spark.py",
    "tests/programmes/test_samples.py",
    "tests/api/test_page_matrix.py",
    "tests/watches/test_once.py",
    "tests/api/test_commands_checked.py",
    "tests/extend/test_without_a_room.py",
    "tests/faces/test_accessibility.py",
    "tests/faces/test_end_to_end.py",
)
"""Files that begin first, the longest at the head; the rest begin by how many tests they hold."""


class Together(LoadFileScheduling):
    """Files to workers, what is shared to one of them, the longest first."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        if file in ALONE:
            return str(nodeid)
        return next((shared for shared, files in TOGETHER.items() if file.startswith(files)), file)

    def _assign_work_unit(self, node: WorkerController) -> None:
        for file in reversed(LONGEST):
            for scope in [scope for scope in self.workqueue if scope.split("::", 1)[0] == file]:
                self.workqueue.move_to_end(scope, last=False)
        super()._assign_work_unit(node)


def scheduler(config: Any, log: Any) -> Together:
    """Make the scheduler of a parallel run."""
    return Together(config, log)
