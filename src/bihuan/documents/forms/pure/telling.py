"""Answers as people read them, and as a door takes them."""

from __future__ import annotations

from typing import Any

from bihuan.documents.forms.pure.checking import CheckedForm
from bihuan.documents.forms.pure.declaration import ALL, LITERAL, FormDeclaration

READ = ("title", "text", "address")
"""Values that people read: a code of a list is told by its name."""


def answer_text(form: FormDeclaration, name: str, value: Any, language: str) -> str:
    """Return a value as people read it: a choice by its name, a number with its unit.

    Source: docs/topics/declarations.md, "Field types" (`export`).
    """
    rule, asked = form.fields[name], form.asked[name]
    for each in rule.choices:
        if each.code == value:
            return each.zh if language == "zh" else each.en
    if isinstance(value, bool):
        return ("是" if value else "否") if language == "zh" else ("yes" if value else "no")
    return f"{asked.kind.export(value)}{' ' + rule.unit if rule.unit else ''}"


def answer_lines(form: FormDeclaration, checked: CheckedForm, language: str, *, personal: bool = False) -> list[str]:
    """Return every answer as a line `name: value`, in the order of the form.

    Args:
        personal: With what says something of a person.

    Source: docs/topics/forms.md, "Through a door".
    """
    lines = []
    for name in checked.shown:
        rule = form.fields[name]
        if rule.personal and not personal:
            continue
        label = rule.name.zh if language == "zh" else rule.name.en
        colon = "：" if language == "zh" else ": "
        if name in checked.values:
            lines.append(f"{label}{colon}{answer_text(form, name, checked.values[name], language)}")
        elif name in checked.files:
            count = len(checked.files[name])
            lines.append(f"{label}{colon}{f'{count} 个文件' if language == 'zh' else f'{count} files'}")
        elif name in checked.taken:
            known = checked.taken[name].found
            told = ("登记簿已有" if known else "登记簿查无记录") if language == "zh" else (
                "held by the register" if known else "not known to the register")  # fmt: skip
            lines.append(f"{label}{colon}{told}")
    return lines


def handed_values(form: FormDeclaration, checked: CheckedForm, language: str) -> dict[str, Any]:
    """Return the values that the form's door is given, by its own names.

    Source: docs/topics/forms.md, "Through a door".
    """
    handed: dict[str, Any] = {}
    for name, source in form.through.values.items():
        if source.startswith(LITERAL):
            handed[name] = source.removeprefix(LITERAL)
        elif source == ALL:
            handed[name] = "\n".join(answer_lines(form, checked, language))
        elif source in checked.values:
            value = checked.values[source]
            handed[name] = answer_text(form, source, value, language) if name in READ else value
    return handed
