"""Adding evidence: one file at a time, named by the SHA-256 of its bytes."""

from bihuan.loop.kernel.coded import EvidenceType
from bihuan.loop.kernel.context import Context, PlannedEvent, refusal
from bihuan.loop.kernel.evidence_types import evidence_types
from bihuan.loop.kernel.fields import choice, fixed
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Refusal, Text
from bihuan.loop.kernel.payload import Instant, Payload, Place
from bihuan.loop.kernel.states import HELD
from bihuan.loop.kernel.step import Step


class EvidenceAdded(Payload, frozen=True, kw_only=True):
    """One file: its digest, size in bytes, look, and where and when it was taken."""

    sha256: str
    type: EvidenceType | None = None
    taken_at: Instant | None = None
    place: Place | None = None
    size: int | None = None
    media: str | None = None
    picture: str | None = None


SAID = ("type", "taken_at", "place", "size", "media", "picture")


def add_evidence(context: Context) -> list[PlannedEvent] | Refusal:
    """One piece of evidence, named by the SHA-256 of its bytes.

    Source: docs/adr/0220 (evidence names an upload; hash and look are read from it)
    """
    digest = str(context.data.get("sha256", ""))
    if len(digest) != 64 or any(c not in "0123456789abcdef" for c in digest):
        return refusal(
            "bad_hash",
            "佐证须有SHA-256",
            "evidence needs the SHA-256 of its bytes",
            field="sha256",
        )
    if any(item["sha256"] == digest for item in context.case.evidence):
        return refusal(
            "same_evidence",
            "同一佐证已上传",
            "the same file is already attached",
            field="sha256",
        )
    if (known := _known(context)) is not None:
        return known
    return [context.record(EvidenceAdded(sha256=digest, **context.given(*SAID)))]


def _known(context: Context) -> Refusal | None:
    """A picture proves once, and never what it was reported with; other files may serve several cases unless `unique`."""
    unique, data = context.rules.evidence.unique, context.data
    seen = context.facts.used_for(data, context.case) if unique or data.get("media") else None
    remedy = ("请上传办理之后在本案现场拍摄的照片", "Attach a photograph of this very place, taken after the work")
    if seen is None:
        return None
    if seen.where == "report":
        return refusal("reporters_picture", f"这是反映问题时的材料（{seen.number}），不能证明已经办结",
                       f"this came with the report ({seen.number}); it cannot prove that the work is done",
                       field="sha256", remedy=remedy)  # fmt: skip
    if seen.where == "earlier":
        return refusal("same_evidence", "同一佐证已用于本案，不能重复计算", "this is evidence of this case already and counts once",
                       field="sha256", remedy=remedy)  # fmt: skip
    if unique or data.get("picture") or data.get("type") == "photo":
        return refusal("used_elsewhere", f"该佐证已用于案件{seen.number}",
                       f"this file is evidence of case {seen.number} already", field="sha256", remedy=remedy)  # fmt: skip
    return None


def _keep(case: Case, event: Event, data: Data, changes: Changes) -> None:
    item = {k: v for k, v in data.items() if k not in ("holder", "clocks", "state", "by_unit")}
    changes["evidence"] = (*case.evidence, item)


STEPS = (
    Step(
        order=210,
        command="add_evidence",
        who="holder",
        sources=HELD,
        event=EventKind(
            kind="evidence_added",
            name=Text("已上传佐证", "evidence added"),
            payload=EvidenceAdded,
            fold=_keep,
            acts=True,
            story=Sentence(zh="上传佐证：{type}", en="Evidence added: {type}"),
        ),
        label=Text("上传佐证", "Attach evidence"),
        button=Text("上传佐证", "Add evidence"),
        handler=add_evidence,
        asks=(
            choice("type", "类型", "Type", lambda rules, case: {t: evidence_types()[t] for t in rules.evidence.types}),
            fixed("file", "文件", "File", "file", required=True),
        ),
        carries=(
            fixed("sha256", "摘要", "SHA-256", "code"),
            fixed("media", "上传编号", "Upload", "code"),
            fixed("taken_at", "拍摄时间", "Taken at", "instant"),
            fixed("place", "位置", "Position", "place"),
            fixed("size", "大小", "Size", "count"),
            fixed("picture", "图像特征", "Look", "code"),
        ),
        shortcut="e",
    ),
)
