"""What `bihuan doctor` looks at in the boxes."""

from __future__ import annotations

from bihuan.boxes.catalogue import all_boxes, boxes_aside
from bihuan.server.checks import CheckFinding


def declared_boxes() -> CheckFinding:
    """Every declared box is in use; one with a fault is left out and named.

    Source: docs/topics/boxes.md, "A box is a file".
    """
    count, problems = len(all_boxes()), boxes_aside()
    if problems:
        message = f"{len(problems)} faults in boxes: {problems[0]}"
        return CheckFinding("boxes", "error", message, "correct the file; `bihuan box list` tells what is in use")
    return CheckFinding("boxes", "ok", f"{count} boxes are in use")
