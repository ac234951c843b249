"""The inputs of eligibility: clauses, subjects with open columns, kinds of fields; and what is wrong with them."""

from __future__ import annotations

import numpy as np

from bihuan.declare.fieldtype import Words
from bihuan.methods.declared.model import Column, Input, one_of
from bihuan.methods.declared.tables import Table
from bihuan.methods.parts.clauses import TESTS, PolicyCondition, Register, wrong_clause, wrong_values


def clauses_input(name: str, zh: str, en: str) -> Input:
    """An input of clauses under a name."""
    return Input(
        name, zh, en,
        (
            Column("policy", "政策", "Policy"), Column("alternative", "择一条件组", "Alternative"),
            Column("clause", "条款", "Clause"), Column("field", "字段", "Field"),
            Column("test", "判断", "Test", "choice", choices=tuple((test, Words(test, test)) for test in TESTS)),
            Column("value", "值", "Value", note="several joined by ; for in and not_in"),
            Column("from", "起", "From the day", "date", required=False, absent=True),
            Column("to", "止", "To the day", "date", required=False, absent=True),
        ),
        unique=("clause",),
    )  # fmt: skip


FIRMS = Input("firms", "主体", "Subjects", (Column("firm", "主体", "Subject"),), unique=("firm",), open=True)
FIELDS = Input(
    "fields", "字段", "Fields",
    (
        Column("field", "字段", "Field"),
        Column("kind", "类型", "Kind", "choice", choices=one_of(
            code="代码|Code", flag="是否|Flag", number="数值|Number", date="日期|Date")),
    ),
    unique=("field",),
)  # fmt: skip


def kinds_of(fields: Table) -> dict[str, str]:
    """The kind of every field."""
    return dict(zip(fields["field"].text(), fields["kind"].text(), strict=True))


def clauses_of(table: Table, kinds: dict[str, str]) -> tuple[list[PolicyCondition], frozenset[str]]:
    """The clauses, and the names of those that cannot be asked; these are rejected, too."""
    columns = (table[c].text() for c in ("policy", "alternative", "clause", "field", "test", "value", "from", "to"))
    clauses = [PolicyCondition(*cells) for cells in zip(*columns, strict=True)]
    broken = set()
    for row, clause in enumerate(clauses):
        if part := wrong_clause(clause, kinds):
            broken.add(clause.name)
            rule, remedy = _RULES[part]
            table.refuse(row, part, rule, remedy)
    return clauses, frozenset(broken)


def register_of(firms: Table, kinds: dict[str, str]) -> tuple[Register, Table]:
    """The subjects whose fields hold values of their kinds, in order of name; the others are rejected."""
    good = np.ones(len(firms), dtype=np.bool_)
    for field, kind in kinds.items():
        if field in firms.others:
            wrong = wrong_values(kind, firms.others[field])
            for row in np.flatnonzero(wrong & good).tolist():
                rule = f"须为{_KINDS[kind][0]} · must be {_KINDS[kind][1]}"
                firms.refuse(row, field, rule, "更正，或留空表示不知 · correct it, or leave it empty for not known")
            good &= ~wrong
    kept = firms.kept(good) if not good.all() else firms
    columns = {field: kept.others[field] for field in kinds if field in kept.others}
    return Register(columns, kinds, len(kept)), kept


_KINDS = {
    "code": ("代码", "a code"), "flag": ("0 或 1", "0 or 1"), "number": ("数字", "a number"),
    "date": ("日期，如 2026-01-01", "a date such as 2026-01-01"),
}  # fmt: skip
_RULES = {
    "field": ("字段未声明类型 · the field has no declared kind", "在字段表中加上它 · add it to the fields"),
    "test": ("该类字段没有这种判断 · no such test of this kind of field", "核对判断与类型 · check test and kind"),
    "value": ("值与字段类型不符 · the value is none of the field's kind", "更正值 · correct the value"),
}
