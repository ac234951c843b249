"""What was answered becomes values, or a list of every defect at once: field, rule, remedy in both languages.

A field that its conditions do not show is not asked: what was written there does not count. A value that a register
holds, and a paper whose issuer is connected, are never missing. Pure: registers, codes and the day are given.
Source: docs/topics/forms.md; 行政许可法 (2019) 第三十二条 (all that must be put right is told at once).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from bihuan.declare.fieldtype import Codes, Names, UnparsableText, Words, Wrong
from bihuan.documents.forms.pure.declaration import FormDeclaration, FormField, Signed
from bihuan.rules.terms import proof_state

LONGEST_NAME = 64


@dataclass(frozen=True)
class Defect:
    """One thing to be put right.

    Args:
        field: Of the form, or of a declaration; empty for the whole. code: For programs.
        what: A sentence. rule: What was broken. remedy: What to do.
    """

    field: str
    code: str
    what: Words
    rule: Words
    remedy: Words

    def as_dict(self) -> dict[str, Any]:
        """Return the parts as a JSON object. Source: docs/topics/forms.md, "All defects at once"."""
        both = {name: getattr(self, name)._asdict() for name in ("what", "rule", "remedy")}
        return {"field": self.field, "code": self.code, **both}


@dataclass(frozen=True)
class Taken:
    """What a register said in place of an answer or a paper.

    Args:
        register: Its type of subjects. found: Whether it knows the subject. value: Of a field; None of a paper.
        citation: Which change said so, when, from where.
    """

    register: str
    found: bool
    value: Any = None
    citation: Mapping[str, Any] = field(default_factory=dict)


Registry = Callable[[str, FormField, str], Taken | None]
"""Asks a register about the subject of a key for a field; None when no such register is connected."""


@dataclass(frozen=True)
class Answers:
    """What somebody answered.

    Args:
        values: Field → value, or its text when `texts`. files: Field → hashes of uploads.
        signed: Declaration → True, or the name that was written.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Sequence[str]] = field(default_factory=dict)
    signed: Mapping[str, bool | str] = field(default_factory=dict)
    texts: bool = False


@dataclass
class CheckedForm:
    """The result: with no defect it may be sent.

    Args:
        values: Of the fields shown, given or taken. files: Of the fields shown. shown: Which fields are asked.
        taken: What registers said, by field; `warned`: fields whose proof ends soon.
    """

    values: dict[str, Any] = field(default_factory=dict)
    files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    taken: dict[str, Taken] = field(default_factory=dict)
    signed: dict[str, bool | str] = field(default_factory=dict)
    warned: list[str] = field(default_factory=list)
    defects: list[Defect] = field(default_factory=list)


@dataclass(frozen=True)
class Asking:
    """The world of one check: names for texts, codes for values, registers, the day."""

    names: Names
    codes: Codes
    registry: Registry
    day: date


def check_form(form: FormDeclaration, answers: Answers, asking: Asking) -> CheckedForm:
    """Return the values of what was answered, and every defect of it.

    Source: docs/topics/forms.md, "All defects at once"; 行政许可法 第三十二条.
    """
    done = CheckedForm()
    for name in form.order:
        rule = form.fields[name]
        if not all(condition.holds(done.values.get(condition.field)) for condition in rule.show):
            continue
        done.shown.append(name)
        if rule.attached:
            _attached(name, rule, answers, asking, done)
        else:
            _answered(form, name, rule, answers, asking, done)
    done.defects += [_unknown(name) for name in {**answers.values, **answers.files} if name not in form.fields]
    for declared in form.declarations:
        _signed(declared, answers.signed.get(declared.id), done)
    return done


def _answered(
    form: FormDeclaration, name: str, rule: FormField, answers: Answers, asking: Asking, done: CheckedForm
) -> None:
    given, wrong = _value(form, name, answers, asking)
    key = done.values.get(rule.source.by) if rule.source else None
    taken = asking.registry(name, rule, str(key)) if key is not None else None
    if taken is not None and taken.value is not None:
        done.taken[name] = taken
        done.values[name] = taken.value
        if wrong is not None or (given is not None and given != taken.value):
            done.defects.append(_differs(name, rule, taken))
        return
    if wrong is not None:
        done.defects.append(_wrong(name, rule, wrong))
    elif given is not None:
        if rule.pick is not None and (held := asking.registry(name, rule, str(given))) is not None and not held.found:
            done.defects.append(_not_there(name, rule))
        done.values[name] = given
        _bounds(name, rule, given, asking, done)
    elif rule.required:
        done.defects.append(_missing(name, rule))


def _value(form: FormDeclaration, name: str, answers: Answers, asking: Asking) -> tuple[Any, Wrong | None]:
    """The value of an answer, or why it is none; (None, None) when there is no answer."""
    given, asked = answers.values.get(name), form.asked[name]
    if answers.texts:
        text = str(given or "").strip()
        if not text:
            return None, None
        try:
            given = asked.kind.parse(text, asked, asking.names)
        except UnparsableText as error:
            return None, error.wrong
    if given is None:
        return None, None
    wrong = asked.kind.check(given, asked, asking.codes)
    return (None, wrong) if wrong is not None else (given, None)


def _bounds(name: str, rule: FormField, value: Any, asking: Asking, done: CheckedForm) -> None:
    if rule.lasts is not None:
        state = proof_state(date.fromisoformat(str(value)), rule.lasts.term, asking.day)
        if state in ("expired", "missing"):
            done.defects.append(_proof(name, rule, str(value), state))
        elif state == "expiring":
            done.warned.append(name)
    low, high = rule.at_least, rule.at_most
    if low is None and high is None:
        return
    number = Decimal(str(value))
    if (low is not None and number < low) or (high is not None and number > high):
        bounds = [("不小于", "at least", low), ("不大于", "at most", high)]
        zh = "，".join(f"{word}{bound:f}" for word, _, bound in bounds if bound is not None)
        en = " and ".join(f"{word} {bound:f}" for _, word, bound in bounds if bound is not None)
        what = Words(f"“{rule.name.zh}”须{zh}", f"{rule.name.en} must be {en}")
        remedy = Words("请更正数值", "Correct the number")
        done.defects.append(Defect(name, "out_of_bounds", what, Words(zh, en), remedy))


def _attached(name: str, rule: FormField, answers: Answers, asking: Asking, done: CheckedForm) -> None:
    files = tuple(dict.fromkeys(answers.files.get(name, ())))
    key = done.values.get(rule.issuer.by) if rule.issuer else None
    taken = asking.registry(name, rule, str(key)) if key is not None else None
    if taken is not None:
        done.taken[name] = taken
    if files:
        done.files[name] = files
    if len(files) > rule.most:
        rule_ = Words(f"最多{rule.most}个文件", f"at most {rule.most} files")
        what = Words(f"“{rule.name.zh}”{rule_.zh}", f"{rule.name.en}: {rule_.en}")
        done.defects.append(Defect(name, "too_many", what, rule_, Words("请减少文件", "Take some away")))
    if rule.required and not files and taken is None:
        done.defects.append(_missing(name, rule))


def _signed(declared: Signed, given: bool | str | None, done: CheckedForm) -> None:
    if declared.sign == "name":
        written = given.strip() if isinstance(given, str) else ""
        if 2 <= len(written) <= LONGEST_NAME and written.isprintable():
            done.signed[declared.id] = written
            return
    elif given is True:
        done.signed[declared.id] = True
        return
    if declared.required or given:
        what = Words("告知承诺尚未签署", "The declaration has not been signed")
        how = Words("请勾选确认", "Tick it") if declared.sign == "tick" else Words("请填写全名", "Write your full name")
        rule = Words(declared.basis or "须签署告知承诺", declared.basis or "the declaration is signed")
        done.defects.append(Defect(declared.id, "unsigned", what, rule, how))


def signature_of(written: str, said: str) -> str:
    """Return the SHA-256 over a written name and what was signed, for what may be told without the name.

    Source: FIPS 180-4; DOMAIN E12 (proved by signature, the name stays sealed).
    """
    return hashlib.sha256(f"{written}|{said}".encode()).hexdigest()


def _unknown(name: str) -> Defect:
    what = Words(f"本表没有“{name[:80]}”一项", f"the form has no field {name[:80]!r}")
    return Defect(name[:80], "unknown_field", what, Words("只填写表内各项", "only fields of the form"),
                  Words("去掉该项", "Leave it out"))  # fmt: skip


def _not_there(name: str, rule: FormField) -> Defect:
    assert rule.pick is not None
    what = Words(f"“{rule.name.zh}”不在登记簿中", f"{rule.name.en} is not in the register")
    rule_ = Words(f"从登记簿（{rule.pick.kind}）中选取", f"one of the register {rule.pick.kind!r}")
    return Defect(name, "unknown_value", what, rule_, Words("请重新选择", "Choose one of the list"))


def _missing(name: str, rule: FormField) -> Defect:
    what = Words(f"缺少“{rule.name.zh}”", f"{rule.name.en} is missing")
    verb = Words("请上传", "Upload it") if rule.attached else Words("请填写", "Fill it in")
    return Defect(name, "missing", what, Words("此项必填", "it is required"), verb)


def _wrong(name: str, rule: FormField, wrong: Wrong) -> Defect:
    named = Words(f"“{rule.name.zh}”{wrong.what.zh}", f"{rule.name.en} {wrong.what.en}")
    code = wrong.code or ("unknown_value" if wrong.unknown else "wrong_value")
    return Defect(name, code, wrong.what if wrong.whole else named, wrong.what, wrong.remedy)


def _differs(name: str, rule: FormField, taken: Taken) -> Defect:
    what = Words(f"“{rule.name.zh}”与登记信息不一致", f"{rule.name.en} differs from the register")
    rule_ = Words(f"以登记簿（{taken.register}）为准", f"the register {taken.register!r} holds")
    remedy = Words("请留空；登记有误的，请向登记机关申请更正", "Leave it empty; its keeper corrects a wrong record")
    return Defect(name, "differs", what, rule_, remedy)


def _proof(name: str, rule: FormField, value: str, state: str) -> Defect:
    assert rule.lasts is not None
    rule_ = Words(rule.lasts.citation or "证明须在有效期内", rule.lasts.citation or "the proof still holds")
    if state == "missing":
        what = Words(f"“{rule.name.zh}”在今天之后", f"{rule.name.en} lies in the future")
        return Defect(name, "not_yet", what, rule_, Words("请核对日期", "Check the day"))
    what = Words(f"“{rule.name.zh}”{value}出具的证明已过有效期", f"{rule.name.en}: the proof of {value} has expired")
    return Defect(name, "expired", what, rule_, Words("请重新取得证明", "Get a new proof"))
