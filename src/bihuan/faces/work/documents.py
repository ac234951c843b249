"""Texts in versions as staff read them: clauses, what changed since the version before, conclusions that stand."""

from __future__ import annotations

from collections.abc import Sequence

from bihuan.documents.versions import keeping
from bihuan.documents.versions.models import VersionRow
from bihuan.faces.parts.language import moment, say
from bihuan.faces.parts.viewset import Cell, Grid, ListColumn, ViewSet
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text

WORDS = {
    "clauses": Text("条款", "Clauses"),
    "number": Text("条号", "Clause"),
    "under": Text("编、章、节", "Under"),
    "words": Text("内容", "Words"),
    "changes": Text("与上一版比对", "Changed since the version before"),
    "what": Text("变化", "What"),
    "before": Text("原条号", "Before"),
    "after": Text("现条号", "Now"),
    "removed": Text("删去", "Words that went"),
    "added": Text("增加", "Words that came"),
    "conclusions": Text("审查结论", "Conclusions"),
    "kind": Text("类型", "Kind"),
    "verdict": Text("结论", "Verdict"),
    "at": Text("时间", "When"),
    "standing": Text("效力", "Stands"),
    "stands": Text("有效", "stands"),
    "lapsed": Text("文本已变更，失效", "lapsed: the text has changed"),
    "alike": Text("文本已变更，失效；所涉条款未变", "lapsed; its clauses read the same"),
    "versions": Text("版本", "Versions"),
}
CHANGES = {
    "renumbered": Text("移至他条", "renumbered"),
    "changed": Text("修改", "changed"),
    "added": Text("新增", "added"),
    "removed": Text("删去", "removed"),
}


class Documents(ViewSet):
    """Every text that is kept, with its newest version."""

    name = "documents"
    title = Text("文本版本", "Texts in versions")
    lead = Text(
        "结论只对其所依据的文本有效；文本变更即失效。",
        "A conclusion holds for the text it was drawn from, and lapses with it.",
    )
    columns = (
        ListColumn("title", Text("题名", "Title"), lambda here, row: row.title),
        ListColumn("document", Text("文号", "Number"), lambda here, row: row.document),
        ListColumn("version", Text("版次", "Version"), lambda here, row: row.number, type="number"),
        ListColumn("in_force", Text("生效日", "In force from"), lambda here, row: row.in_force, type="date"),
        ListColumn("sha256", Text("摘要", "Digest"), lambda here, row: row.sha256, listed=False),
        ListColumn("source", Text("来源", "Source"), lambda here, row: row.source, listed=False),
    )

    def things(self, here: World) -> Sequence[VersionRow]:
        """Return the newest version of every text."""
        return keeping.all_documents(here.registers.district.code)

    def key_of(self, thing: VersionRow) -> str:
        """Return the text's number."""
        return thing.document

    def find(self, here: World, key: str) -> VersionRow | None:
        """Return the newest version of one text."""
        return keeping.newest_version(key, here.registers.district.code) if "\x00" not in key else None

    def grids(self, here: World, thing: VersionRow) -> Sequence[Grid]:
        """Clauses, what changed since the version before, conclusions."""
        found = [self._clauses(thing), self._conclusions(here, thing)]
        if thing.number > 1:
            before = keeping.version_of(thing.document, here.registers.district.code, thing.number - 1)
            found.insert(1, self._changes(before, thing))
        return found

    def _clauses(self, row: VersionRow) -> Grid:
        rows = [
            [Cell(each.number), Cell(each.under), Cell(row.text[each.start : each.end].strip())]
            for each in keeping.held_clauses(row)
        ]
        return Grid(say(WORDS["clauses"]), [say(WORDS[name]) for name in ("number", "under", "words")], rows)

    def _changes(self, before: VersionRow, after: VersionRow) -> Grid:
        rows = [
            [
                Cell(say(CHANGES[each.kind])), Cell(each.before.number if each.before else ""),
                Cell(each.after.number if each.after else ""),
                Cell("…".join(gone for gone, _ in each.parts if gone)),
                Cell("…".join(come for _, come in each.parts if come)),
            ]
            for each in keeping.compare_versions(before, after) if each.kind != "same"
        ]  # fmt: skip
        heads = [say(WORDS[name]) for name in ("what", "before", "after", "removed", "added")]
        return Grid(say(WORDS["changes"]), heads, rows)

    def _conclusions(self, here: World, row: VersionRow) -> Grid:
        told = keeping.conclusions_of(row.document, here.registers.district.code)
        rows = [
            [
                Cell(each.row.kind), Cell(each.row.verdict),
                Cell("、".join(span[0] for span in each.row.spans)),
                Cell(moment(each.row.at)),
                Cell(say(WORDS["stands" if each.stands else "alike" if each.unchanged else "lapsed"])),
            ]
            for each in told
        ]  # fmt: skip
        heads = [say(WORDS[name]) for name in ("kind", "verdict", "number", "at", "standing")]
        return Grid(say(WORDS["conclusions"]), heads, rows)
