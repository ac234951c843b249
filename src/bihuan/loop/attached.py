"""Evidence at the outer doors: whoever presents it names an upload; hash, size, look, time and place are ours.

Pages, API and command line pass an `add_evidence` through `attached` before they append it. What the house computes
(`COMPUTED`) is refused from outside: nobody can say of a file that does not exist where and when it was taken.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from bihuan.loop.kernel.clocks import iso
from bihuan.loop.kernel.model import Data, Refusal, Text
from bihuan.loop.models import MediaRow

COMMAND = "add_evidence"
COMPUTED = ("sha256", "size", "picture", "taken_at", "place")


def facts_of(row: MediaRow) -> Data:
    """Return what an evidence event says of an upload: computed from its bytes when it came in.

    Source: docs/adr/0220 (evidence names an upload; hash, size, look, time and place are read from it)
    """
    facts: Data = {"media": str(row.id), "sha256": row.sha256, "size": row.size}
    if row.picture:
        facts["picture"] = row.picture
    if row.taken_at is not None:
        facts["taken_at"] = iso(row.taken_at)
    if row.lon_e6 is not None and row.lat_e6 is not None:
        facts["place"] = [row.lon_e6, row.lat_e6]
    return facts


def attached(command: str, data: Data, case: UUID) -> Data | Refusal:
    """Return the data of a command from outside with the facts of the upload it names; every other command as it is.

    Args:
        data: For evidence: `type` and `media`, the id of an upload of this case.

    Source: docs/adr/0220 (evidence names an upload; hash, size, look, time and place are read from it)
    """
    if command != COMMAND:
        return data
    for name in COMPUTED:
        if name in data:
            return Refusal(
                "computed_here",
                Text(f"“{name}”由系统从文件中读取，不接受填报", f"{name} is read from the file itself"),
                Text("先上传文件，再以其编号（media）提交", "upload the file, then name it by its id (media)"),
                name,
            )
    row = _upload(data.get("media"), case)
    if row is None:
        return Refusal(
            "no_such_upload",
            Text("本案没有这个上传文件", "this case has no such upload"),
            Text("先上传文件，再以其编号（media）提交", "upload the file, then name it by its id (media)"),
            "media",
        )
    return {**data, **facts_of(row)}


def _upload(named: Any, case: UUID) -> MediaRow | None:
    try:
        key = UUID(named) if isinstance(named, str) else None
    except ValueError:
        key = None
    return MediaRow.objects.filter(pk=key, case_id=case).exclude(path="").first() if key else None
