"""What a case is about: one subject of a declared type, asked for once and kept in the event.

The kernel knows no room of subjects: it asks `Facts`, and what it is told (type, edition, change, source, values of the
day) goes into the event. A historical file is taken as it is: nobody can ask the past.
Source: DESIGN §14 (`Facts.ask`); docs/adr/0294-about.md.
"""

from typing import Any

from bihuan.loop.kernel.context import Context, missing, refusal
from bihuan.loop.kernel.model import Case, Data, Refusal
from bihuan.loop.kernel.subject_rules import AboutRule

Told = dict[str, Any]
NOTHING: Told = {}


def about_of(context: Context) -> Told | Refusal:
    """Return what opening and classifying add to what was said: `about`, and the place where the report says none.

    Returns:
        Nothing when the case type is about no type of subjects, or no subject is named and none is required.

    Source: docs/topics/subjects.md, "What a case is about"
    """
    rule, data = context.rules.about, context.data
    key = data.get("subject")
    if rule is None:
        return NOTHING
    if not key:
        return missing("subject", "对象", "the subject") if rule.required else NOTHING
    if data.get("history"):
        return {"about": {"type": rule.subject}}
    found = context.facts.ask(rule.subject, key, context.at, context.programme.id)
    if found is None:
        return _unknown(rule, key)
    values, cited = found
    told: Told = {"about": {"type": rule.subject, **cited}}
    if kept := {name: values[name] for name in rule.named if name in values}:
        told["about"]["values"] = kept
    for name, field in (("area", rule.area), ("place", rule.place)):
        if field and field in values and data.get(name) is None:
            told[name] = values[field]
    return told


def keeper_of(context: Context, case: Case) -> tuple[str | None, Data]:
    """Return the unit that keeps what the case is about on that day, and the citation; None when nobody says.

    Source: docs/topics/subjects.md, "What a case is about" (`duty: {by: about}`)
    """
    rule = context.rules.about
    key = case.subject or context.data.get("subject")
    if rule is None or rule.unit is None or not key:
        return None, {}
    found = context.facts.ask(f"{rule.subject}.{rule.unit}", key, context.at, context.programme.id)
    return (None, {}) if found is None else (context.facts.unit(str(found[0]), context.at), dict(found[1]))


def _unknown(rule: AboutRule, key: str) -> Refusal:
    return refusal(
        "no_such_subject",
        f"名册“{rule.subject}”中当日没有{key!r}",
        f"on that day there is no {key!r} in the register {rule.subject!r}",
        field="subject",
        remedy=("先登记入册，或改正编号", "Enter it in the register first, or correct the key"),
    )
