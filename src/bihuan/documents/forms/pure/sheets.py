"""A form as a sheet: an outline for the command line, and the printable page, blank or filled, in one language.

The page is plain HTML of its own, so that it prints the same everywhere and can be read aloud; all is escaped.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from bihuan.declare.fieldtype import Label
from bihuan.documents.forms.pure.checking import CheckedForm
from bihuan.documents.forms.pure.declaration import FormDeclaration, FormField
from bihuan.documents.forms.pure.telling import answer_text

WORDS = {
    "when": ("仅在以下情形填写", "Only if"),
    "not_asked": ("已由登记簿提供，不再索要", "Held by a register: not asked for"),
    "optional": ("选填", "optional"), "edition": ("版次", "Edition"), "sign": ("签名", "Signature"),
    "date": ("日期", "Date"), "equals": ("为", "is"), "among": ("为其一", "is one of"),
    "present": ("已填写", "is answered"), "absent": ("未填写", "is not answered"), "yes": ("是", "yes"),
    "no": ("否", "no"), "files": ("个文件", "files"),
}  # fmt: skip
STYLE = (
    "body{font:12pt/1.5 'Noto Sans CJK SC',sans-serif;max-width:44em;margin:2em auto;padding:0 1em;color:#000;"
    "background:#fff}h1{font-size:1.5em}h2{font-size:1.1em;border-bottom:1px solid #000}dt{font-weight:bold}"
    "dd{margin:0 0 .8em;min-height:1.6em;border-bottom:1px dotted #000;white-space:pre-wrap}.small{font-size:.85em}"
)


@dataclass(frozen=True)
class Outline:
    """What a form asks, for a person and for a program."""

    text: str
    data: dict[str, Any]


def outline_of(form: FormDeclaration) -> Outline:
    """Return the steps and fields of a form. Source: docs/topics/forms.md, "Declare"."""
    lines = [f"{form.form}  {form.name.zh} · {form.name.en}  ({form.edition}, {form.digest})"]
    for step in form.steps:
        lines.append(f"  {step.id}  {step.name.zh} · {step.name.en}")
        for name in step.fields:
            rule = form.fields[name]
            marks = [rule.type, *(["required"] if rule.required else []), *(["sealed"] if not rule.open else [])]
            marks += [f"from {rule.source.kind}"] if rule.source else []
            marks += [f"not asked while {rule.issuer.kind} is connected"] if rule.issuer else []
            marks += [f"if {condition_text(form, each, 'en')}" for each in rule.show]
            lines.append(f"    {name}  {rule.name.zh} · {rule.name.en}  [{', '.join(marks)}]")
    lines += [f"  ✍ {each.id} ({each.sign})  {each.text.zh}" for each in form.declarations]
    data = form.model_dump(mode="json", by_alias=True, exclude_defaults=True) | {"digest": form.digest}
    return Outline("\n".join(lines), data)


def condition_text(form: FormDeclaration, condition: Any, language: str) -> str:
    """Return a condition of showing in words. Source: docs/topics/forms.md, "Conditions"."""
    name = say(form.fields[condition.field].name, language)
    if condition.present is not None:
        return f"{name} {_word('present' if condition.present else 'absent', language)}"
    if condition.among is not None:
        told = [answer_text(form, condition.field, each, language) for each in condition.among]
        return f"{name} {_word('among', language)} {'、'.join(told) if language == 'zh' else ', '.join(told)}"
    return f"{name} {_word('equals', language)} {answer_text(form, condition.field, condition.equals, language)}"


def sheet_of(
    form: FormDeclaration,
    language: str,
    checked: CheckedForm | None = None,
    *,
    personal: bool = False,
    footer: str = "",
    nonce: str = "",
) -> str:
    """Return the printable page (HTML) of a form, blank or filled.

    Args:
        checked: What was answered; None: blank. personal: With what says something of a person.
        footer: Such as number and digest of what was sent. nonce: Of the page's policy for styles, when it is served.

    Source: docs/topics/forms.md, "On paper"; WCAG 2.2 AA (headings, language, definition lists).
    """
    parts = []
    for step in form.steps:
        asked = [name for name in step.fields if checked is None or name in checked.shown]
        rows = "".join(_row(form, name, language, checked, personal) for name in asked)
        if rows:
            parts.append(f"<section><h2>{escape(say(step.name, language))}</h2><dl>{rows}</dl></section>")
    for each in form.declarations:
        signed = checked.signed.get(each.id) if checked else None
        mark = "☑" if signed else "☐"
        shown = f" {escape(signed)}" if isinstance(signed, str) and personal else ""
        parts.append(f"<p>{mark} {escape(say(each.text, language))}{shown}</p>")
    if checked is None:
        parts.append(f"<p>{_word('sign', language)} ____________ {_word('date', language)} ____________</p>")
    nonced = f' nonce="{escape(nonce)}"' if nonce else ""
    edition = f"{_word('edition', language)} {form.edition} · {form.digest}"
    return (
        f'<!doctype html><html lang="{"zh-Hans" if language == "zh" else "en"}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(say(form.name, language))}</title><style{nonced}>{STYLE}</style></head><body><main>"
        f"<h1>{escape(say(form.name, language))}</h1><p>{escape(say(form.about, language))}</p>{''.join(parts)}"
        f'<p class="small">{escape(edition)}{" · " + escape(footer) if footer else ""}</p></main></body></html>'
    )


def say(label: Label, language: str) -> str:
    """Return a name in a language."""
    return label.zh if language == "zh" else label.en


def _row(form: FormDeclaration, name: str, language: str, checked: CheckedForm | None, personal: bool) -> str:
    rule = form.fields[name]
    head = escape(say(rule.name, language)) + (f' <span class="small">{escape(rule.unit)}</span>' if rule.unit else "")
    if not rule.required:
        head += f' <span class="small">({_word("optional", language)})</span>'
    if checked is None:
        return f"<dt>{head}{_blank_notes(form, rule, language)}</dt><dd>{_boxes(rule, language)}</dd>"
    if name in checked.values:
        shown = answer_text(form, name, checked.values[name], language)
        told = "＊＊＊" if rule.personal and not personal else escape(shown)
    elif name in checked.files:
        told = f"{len(checked.files[name])} {_word('files', language)}"
    else:
        told = _word("not_asked", language) if name in checked.taken else ""
    return f"<dt>{head}</dt><dd>{told}</dd>"


def _blank_notes(form: FormDeclaration, rule: FormField, language: str) -> str:
    notes = [f"{_word('when', language)}: {escape(condition_text(form, each, language))}" for each in rule.show]
    notes += [escape(say(rule.about, language))] if rule.about else []
    return "".join(f'<br><span class="small">{note}</span>' for note in notes)


def _boxes(rule: FormField, language: str) -> str:
    if rule.type == "yes_no":
        return f"☐ {_word('yes', language)} ☐ {_word('no', language)}"
    return " ".join(f"☐ {escape(say(each, language))}" for each in rule.choices)


def _word(name: str, language: str) -> str:
    return WORDS[name][0 if language == "zh" else 1]
