"""A staffed draw as a declared file: `PROGRAMME/draws/NAME.yaml`. Pure.

    draw: double-random
    name: {zh: 双随机抽取, en: Random draw of objects and inspectors}
    objects: {subject: risk-grade, states: [graded], enterprise: enterprise, field: scene, stratum: grade}
    departments: {subject: inspection-item, states: [in_force], field: scene, department: authority}
    share: {table: inspection_share, input: grade}
    inspectors: {subject: inspector, states: [serving], department: department, certificates: leads, capacity: most}
    hands: {subject: visit, place: site, date: day, found: found, inspector: inspector}
    interests: {subject: interest, states: [standing], inspector: inspector, enterprise: enterprise}
    groups: {subject: enterprise, together: [group, branch_of], control: [owner]}
    tasks: {subject: inspection-task, open: [open], set: {enterprise: enterprise, department: department, …}}

Every list is a register; fields are named, nothing is computed here. Source: docs/topics/draws.md.
"""

from __future__ import annotations

from pydantic import Field

from bihuan.declare.model import Code, Name, Slug, Strict, validated
from bihuan.declare.source import Document

FOLDER = "draws"
WORDS = ("object", "enterprise", "field", "stratum", "department", "lead", "second", "draw", "first", "last")
"""What may be written into a task."""


class ObjectList(Strict):
    """Whom to draw from: subjects in some states; the fields for the firm, the field of inspection, the stratum."""

    subject: Slug
    states: list[Code] = Field(min_length=1)
    enterprise: Code
    field: Code
    stratum: Code


class DepartmentList(Strict):
    """Who has authority: subjects that give a field of inspection to a department."""

    subject: Slug
    states: list[Code] = Field(min_length=1)
    field: Code
    department: Code


class ShareTable(Strict):
    """How many of a stratum are drawn: a rule table that answers in ‰, and its input for the stratum."""

    table: Code
    input: Code


class InspectorList(Strict):
    """Who may go: fields for the department, the fields of inspection that may be led (joined by ;), most tasks."""

    subject: Slug
    states: list[Code] = Field(min_length=1)
    department: Code
    certificates: Code
    capacity: Code


class HandList(Strict):
    """Who looked where and found something: from it follows how strict each inspector is, and who goes with whom."""

    subject: Slug
    place: Code
    date: Code
    found: Code
    inspector: Code


class InterestList(Strict):
    """Who may not go where: an interest in one firm recuses from its whole group."""

    subject: Slug
    states: list[Code] = Field(min_length=1)
    inspector: Code
    enterprise: Code


class GroupLinks(Strict):
    """Which firms are one group: links that join either way, and links with shares, of which control joins."""

    subject: Slug
    together: list[Code] = []
    control: list[Code] = []


class TaskRule(Strict):
    """What the draw writes: one task for each object and department. `open`: states in which it may be drawn anew."""

    subject: Slug
    open: list[Code] = Field(min_length=1)
    set: dict[Code, str]


class DrawFile(Strict):
    """One declared draw."""

    draw: Slug
    name: Name
    about: Name
    basis: str = Field(min_length=1)
    objects: ObjectList
    departments: DepartmentList
    share: ShareTable
    inspectors: InspectorList
    hands: HandList | None = None
    interests: InterestList
    groups: GroupLinks
    tasks: TaskRule

    @property
    def fields_asked(self) -> dict[str, list[str]]:
        """Every type of subjects it reads or writes, with the fields it needs there."""
        return {
            self.objects.subject: [self.objects.enterprise, self.objects.field, self.objects.stratum],
            self.departments.subject: [self.departments.field, self.departments.department],
            self.inspectors.subject: [
                self.inspectors.department, self.inspectors.certificates, self.inspectors.capacity,
            ],
            self.interests.subject: [self.interests.inspector, self.interests.enterprise],
            self.tasks.subject: list(self.tasks.set),
            **({self.hands.subject: [self.hands.place, self.hands.date, self.hands.found, self.hands.inspector]}
               if self.hands else {}),
        }  # fmt: skip


def read_draw_file(document: Document) -> DrawFile:
    """Return a declared draw.

    Raises:
        DeclarationError: with every fault.

    Source: docs/topics/draws.md, "A draw is a file".
    """
    return validated(document, DrawFile)
