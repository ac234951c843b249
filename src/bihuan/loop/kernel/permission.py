"""Who may take a step: one small predicate per word used in the `who` column of the table.

A predicate asks for a capability (`actor.may`), for a role that the declaration names, or for the unit that holds the
case; it knows no role by name.
"""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from bihuan.loop.kernel.context import refusal
from bihuan.loop.kernel.facts import Facts
from bihuan.loop.kernel.model import Actor, Case, Refusal
from bihuan.loop.kernel.programme import CaseType
from bihuan.loop.kernel.step import Step

Rule = Callable[[CaseType, Case, Actor, Facts], bool]


def permitted(step: Step, rules: CaseType, case: Case, actor: Actor, facts: Facts, at: datetime) -> Refusal | None:
    """None when the actor may take the step, else the refusal that says who may.

    Source: docs/topics/kernel.md, "A decision, step by step" (2)
    """
    actor = narrowed(actor, case)
    if step.who == "verifier":
        return _independent(rules, case, actor, facts, at)
    if _RULES[step.who](rules, case, actor, facts):
        return None
    zh, en = _WHO[step.who]
    return refusal("not_yours", f"只有{zh}可以{step.label.zh}", f"only {en} may do this")


def narrowed(actor: Actor, case: Case) -> Actor:
    """Return the actor with only those roles whose scope covers the case.

    Source: docs/adr/0234 (a role is narrowed by the scope of its grant)
    """
    if not actor.limits:
        return actor
    return replace(actor, roles=frozenset(r for r in actor.roles if _covers(actor.limits.get(r), case)), limits={})


def _covers(scopes: tuple[str, ...] | None, case: Case) -> bool:
    return scopes is None or any(_scope_covers(scope, case) for scope in scopes)


def _scope_covers(scope: str, case: Case) -> bool:
    kind, key = scope.split(":", 1)
    if kind == "area":
        return case.area is None or case.area.startswith(key)
    if kind == "programme":
        return not case.programme or case.programme == key
    return kind == "district" or key in (*case.units, *case.parties, case.lead)


def acts_for(actor: Actor, unit: str) -> bool:
    """Return whether the actor is a member of the unit or its deputy at this moment.

    Source: docs/topics/registers.md, "People, roles, deputies".
    """
    return actor.unit == unit or unit in actor.units


def _holder(rules: CaseType, case: Case, actor: Actor, facts: Facts) -> bool:
    holder = case.holder
    if holder is None or holder.kind != "unit":
        return False
    if holder.person and holder.person != actor.id:
        return actor.may("lead") and acts_for(actor, holder.id)
    return acts_for(actor, holder.id) and actor.may("handle")


def _desk(rules: CaseType, case: Case, actor: Actor, facts: Facts) -> bool:
    if case.holder is None or case.holder.kind != "desk":
        return case.state in ("dispatched", "in_progress") and actor.may("dispatch")
    return case.holder.id in actor.roles or actor.may("import")


def _party(rules: CaseType, case: Case, actor: Actor, facts: Facts) -> bool:
    return any(acts_for(actor, unit) for unit in case.parties)


def _reopener(rules: CaseType, case: Case, actor: Actor, facts: Facts) -> bool:
    return bool(actor.roles & set(rules.reopen.by)) and (actor.case is None or actor.case == str(case.id))


def _approver(rules: CaseType, case: Case, actor: Actor, facts: Facts) -> bool:
    roles = {c.extend.approver for c in rules.clocks if c.extend}
    if rules.suspend:
        roles.add(rules.suspend.approver)
    return bool(actor.roles & roles) and (case.lead is None or actor.unit != case.lead)


def _independent(rules: CaseType, case: Case, actor: Actor, facts: Facts, at: datetime) -> Refusal | None:
    """No self-verification: role, then every declared relation on today's organisation graph."""
    verify = rules.verify
    if verify is None or not (verify.by in actor.roles or actor.may("import")):
        return refusal(
            "not_yours",
            "只有独立核实人可以核实",
            "only an independent verifier may do this",
        )
    relation = facts.dependent(actor, case, list(verify.independent_of), at)
    if relation is None:
        return None
    return refusal("not_independent", f"核实人与承办方有关联（{relation}），须回避",
                   f"the verifier is not independent of the handling: {relation}",
                   remedy=("请换一位与承办单位无关的核实人", "Let somebody unconnected with the handling verify"))  # fmt: skip


_RULES: dict[str, Rule] = {
    "opener": lambda rules, case, actor, facts: bool(actor.roles & set(rules.opened_by)),
    "desk": _desk,
    "dispatcher": lambda rules, case, actor, facts: rules.desk in actor.roles or actor.may("dispatch", "import"),
    "adjudicator": lambda rules, case, actor, facts: rules.returns.arbiter in actor.roles,
    "holder": _holder,
    "holder_or_above": lambda rules, case, actor, facts: (
        _holder(rules, case, actor, facts)
        or (actor.may("handle") and any(acts_for(actor, above) for above in case.chain))
    ),
    "worker": lambda rules, case, actor, facts: (
        _holder(rules, case, actor, facts) or _party(rules, case, actor, facts) or _desk(rules, case, actor, facts)
    ),
    "holder_or_clock": lambda rules, case, actor, facts: actor.may("tick") or _holder(rules, case, actor, facts),
    "holder_of_record": lambda rules, case, actor, facts: case.lead is not None and acts_for(actor, case.lead),
    "approver": _approver,
    "party": _party,
    "verifier_desk": lambda rules, case, actor, facts: (
        (rules.verify is not None and rules.verify.by in actor.roles) or actor.may("sample")
    ),
    "reopener": _reopener,
    "own_report": lambda rules, case, actor, facts: (
        actor.may("dispatch") or (actor.may("speak") and actor.case == str(case.id))
    ),
    "reviewer": lambda rules, case, actor, facts: rules.gate is not None and rules.gate.reviewer in actor.roles,
    "applicant": lambda rules, case, actor, facts: case.lead is not None and acts_for(actor, case.lead),
    "reviewer_of_exclusions": lambda rules, case, actor, facts: (
        rules.exclusions is not None
        and rules.exclusions.reviewer in actor.roles
        and not (case.lead and acts_for(actor, case.lead))
    ),
    "clock": lambda rules, case, actor, facts: actor.may("tick"),
    "history": lambda rules, case, actor, facts: actor.may("import"),
}

_WHO: dict[str, tuple[str, str]] = {
    "opener": ("登记渠道的人员", "those who may register such cases"),
    "desk": ("当前持有案件的岗位", "the desk that holds the case"),
    "dispatcher": ("派单员", "an operator"),
    "adjudicator": ("裁定人", "the arbiter"),
    "holder": ("当前承办人", "the present holder"),
    "holder_or_above": ("当前承办人或其上级承办单位", "the present holder or a unit that passed it on"),
    "worker": ("当前经办人", "those now working on the case"),
    "holder_or_clock": ("当前承办人", "the present holder"),
    "holder_of_record": ("责任单位", "the duty-bearing unit"),
    "approver": ("与承办单位无关的批准人", "an approver outside the unit"),
    "party": ("被吹哨单位", "a unit that was called in"),
    "verifier_desk": ("核实岗位", "the verification desk"),
    "reopener": ("诉求人或回访员", "the reporter or the call-back desk"),
    "own_report": ("诉求人本人", "the reporter"),
    "reviewer": ("审查人", "the reviewer"),
    "applicant": ("申请单位", "the applicant unit"),
    "reviewer_of_exclusions": (
        "与责任单位无关的剔除审核人",
        "the exclusion reviewer outside the unit",
    ),
    "clock": ("系统时钟", "the system clock"),
    "history": ("导入程序", "the importer"),
}
