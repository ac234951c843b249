"""A form on paper: an outline for the command line, and what the printable page and the PDF are drawn from.

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


@dataclass(frozen=True)
class PaperRow:
    """One field on paper: its label, notes in small print, and what stands in its line (boxes, an answer, nothing)."""

    label: str
    notes: tuple[str, ...]
    value: str


@dataclass(frozen=True)
class PaperForm:
    """A form on paper in one language, blank or filled; the page and the PDF are drawn from it.

    Args:
        sections: Heading and rows of each step. declarations: With their mark. sign: The line to sign, of a blank one.
        edition: Edition and digest of the declaration, and what else stands at the foot.
    """

    language: str
    title: str
    about: str
    sections: tuple[tuple[str, tuple[PaperRow, ...]], ...]
    declarations: tuple[str, ...]
    sign: str
    edition: str


def paper_of(
    form: FormDeclaration,
    language: str,
    checked: CheckedForm | None = None,
    *,
    personal: bool = False,
    footer: str = "",
) -> PaperForm:
    """Return a form on paper.

    Args:
        checked: What was answered; None: blank. personal: With what says something of a person.
        footer: Such as number and digest of what was sent.

    Source: docs/topics/forms.md, "On paper".
    """
    sections = []
    for step in form.steps:
        asked = [name for name in step.fields if checked is None or name in checked.shown]
        if asked:
            rows = tuple(_row(form, name, language, checked, personal) for name in asked)
            sections.append((say(step.name, language), rows))
    declarations = []
    for each in form.declarations:
        signed = checked.signed.get(each.id) if checked else None
        shown = f" {signed}" if isinstance(signed, str) and personal else ""
        declarations.append(f"{'☑' if signed else '☐'} {say(each.text, language)}{shown}")
    sign = f"{_word('sign', language)} ____________ {_word('date', language)} ____________" if checked is None else ""
    edition = f"{_word('edition', language)} {form.edition} · {form.digest}{' · ' + footer if footer else ''}"
    return PaperForm(
        language,
        say(form.name, language),
        say(form.about, language),
        tuple(sections),
        tuple(declarations),
        sign,
        edition,
    )


def sheet_of(paper: PaperForm, nonce: str = "") -> str:
    """Return the printable page (HTML) of a form.

    Args:
        nonce: Of the page's policy for styles, when it is served.

    Source: docs/topics/forms.md, "On paper"; WCAG 2.2 AA (headings, language, definition lists).
    """
    parts = []
    for heading, rows in paper.sections:
        told = ""
        for row in rows:
            notes = "".join(f'<br><span class="small">{escape(note)}</span>' for note in row.notes)
            told += f"<dt>{escape(row.label)}{notes}</dt><dd>{escape(row.value)}</dd>"
        parts.append(f"<section><h2>{escape(heading)}</h2><dl>{told}</dl></section>")
    parts += [f"<p>{escape(each)}</p>" for each in (*paper.declarations, *([paper.sign] if paper.sign else ()))]
    nonced = f' nonce="{escape(nonce)}"' if nonce else ""
    tag = "zh-Hans" if paper.language == "zh" else "en"
    return (
        f'<!doctype html><html lang="{tag}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(paper.title)}</title><style{nonced}>{STYLE}</style></head><body><main>"
        f"<h1>{escape(paper.title)}</h1><p>{escape(paper.about)}</p>{''.join(parts)}"
        f'<p class="small">{escape(paper.edition)}</p></main></body></html>'
    )


def say(label: Label, language: str) -> str:
    """Return a name in a language."""
    return label.zh if language == "zh" else label.en


def _row(form: FormDeclaration, name: str, language: str, checked: CheckedForm | None, personal: bool) -> PaperRow:
    rule = form.fields[name]
    label = say(rule.name, language) + (f" ({rule.unit})" if rule.unit else "")
    label += "" if rule.required else f" ({_word('optional', language)})"
    if checked is None:
        return PaperRow(label, _blank_notes(form, rule, language), _boxes(rule, language))
    if name in checked.values:
        hidden = rule.personal and not personal
        return PaperRow(label, (), "＊＊＊" if hidden else answer_text(form, name, checked.values[name], language))
    if name in checked.files:
        return PaperRow(label, (), f"{len(checked.files[name])} {_word('files', language)}")
    return PaperRow(label, (), _word("not_asked", language) if name in checked.taken else "")


def _blank_notes(form: FormDeclaration, rule: FormField, language: str) -> tuple[str, ...]:
    asked = [f"{_word('when', language)}: {condition_text(form, each, language)}" for each in rule.show]
    return (*asked, *([say(rule.about, language)] if rule.about else ()))


def _boxes(rule: FormField, language: str) -> str:
    if rule.type == "yes_no":
        return f"☐ {_word('yes', language)} ☐ {_word('no', language)}"
    return " ".join(f"☐ {say(each, language)}" for each in rule.choices)


def _word(name: str, language: str) -> str:
    return WORDS[name][0 if language == "zh" else 1]
