"""What the door of forms takes, asked when a form is read: pure, so that a form is checked without a database."""

from __future__ import annotations

from bihuan.loop.programmes import all_programmes

FIELD = "fields."
WORDS = ("title", "text", "address", "category", "area", "urgency", "subject", "restricted")
REPORTER = ("name", "phone", "email")
TAKES = (*WORDS, "place", *REPORTER, FIELD)
VISITOR = "resident"
"""The role of who has no account."""


def wrong_of(programme: str, kind: str, values: tuple[str, ...], anybody: bool) -> list[tuple[str, str]]:
    """Return what a form cannot open, each with a remedy: a programme, a kind of case, a field that is not declared,
    and `anybody` where nobody from outside may open such a case.

    Source: docs/topics/forms.md, "Through a door".
    """
    found = all_programmes().get(programme)
    if found is None:
        return [(f"there is no programme {programme!r}", f"one of {', '.join(all_programmes())}")]
    rules = found.cases.get(kind)
    if rules is None:
        return [(f"{programme} has no case {kind!r}", f"one of {', '.join(found.cases)}")]
    known = {*rules.fields, *(rules.gate.requires if rules.gate else ())}
    wanted = [name.removeprefix(FIELD) for name in values if name.startswith(FIELD)]
    told = [(f"{programme}/{kind} has no field {name!r}", f"one of {', '.join(sorted(known)) or 'none'}")
            for name in wanted if name not in known]  # fmt: skip
    if "title" not in values and "text" not in values:
        told.append(("nothing says what the case is about", "give `title:` or `text:` a field"))
    if anybody and VISITOR not in rules.opened_by:
        told.append((f"nobody from outside may open {programme}/{kind}", f"`who: staff`, or {VISITOR} in opened_by"))
    return told
