"""OpenFisca judges clauses: `{clauses, fields, firms, at}` → answers by policy and firm, and the seconds it took.

A field of a firm that is not given is what OpenFisca takes it for: empty, false, nought or its first day.
"""

import json
import sys
import time
from collections import defaultdict
from datetime import date
from importlib.metadata import version

import numpy as np
from openfisca_core import entities, periods, taxbenefitsystems, variables
from openfisca_core.simulations import SimulationBuilder

DAY = periods.DateUnit.DAY
KINDS = {"code": str, "flag": bool, "number": float, "date": date}


def holds(column, test, value, kind):
    """One clause over all firms."""
    if test in ("in", "not_in"):
        found = np.isin(np.asarray(column).astype(str), value.split(";"))
        return found if test == "in" else ~found
    if test == "is":
        return column == (value == "1")
    if test in ("before", "on_or_after"):
        day = np.datetime64(value)
        return column < day if test == "before" else column >= day
    bound = float(value)
    return {">=": column >= bound, ">": column > bound, "<=": column <= bound, "<": column < bound}[test]


def model(said):
    """A system with one variable for each field and one formula for each policy."""
    firm = entities.Entity("firm", "firms", "", "")
    firm.is_person = True
    system = taxbenefitsystems.TaxBenefitSystem([firm])
    kinds = said["fields"]
    for name, kind in kinds.items():
        attributes = {"value_type": KINDS[kind], "entity": firm, "definition_period": DAY, "label": name}
        system.add_variable(type(f"field_{name}", (variables.Variable,), attributes))
    policies = defaultdict(lambda: defaultdict(list))
    for clause in said["clauses"]:
        policies[clause["policy"]][clause["alternative"]].append(clause)
    for policy, alternatives in policies.items():
        system.add_variable(type(variable_of(policy), (variables.Variable,), {
            "value_type": bool, "entity": firm, "definition_period": DAY, "label": policy,
            "formula": formula_of(alternatives, kinds, said["at"]),
        }))  # fmt: skip
    return system, list(policies)


def formula_of(alternatives, kinds, at):
    """The formula of one policy: one alternative is enough, all its clauses in force must hold."""

    def formula(firms, period):
        answer = np.zeros(firms.count, dtype=bool)
        for clauses in alternatives.values():
            counting = [c for c in clauses if (c["from"] or at) <= at <= (c["to"] or at)]
            group = np.full(firms.count, bool(counting))
            for c in counting:
                column = firms(f"field_{c['field']}", period)
                group &= holds(column, c["test"], c["value"], kinds[c["field"]])
            answer |= group
        return answer

    return formula


def variable_of(policy):
    """A policy as OpenFisca names variables."""
    return f"policy_{policy.replace('-', '_')}"


def given(text, kind):
    """A cell as a value of its kind."""
    return {"code": str, "flag": lambda t: t == "1", "number": float, "date": str}[kind](text)


said = json.load(sys.stdin)
system, policies = model(said)
inputs = {
    firm["firm"]: {
        f"field_{name}": {said["at"]: given(firm[name], kind)} for name, kind in said["fields"].items() if firm[name]
    }
    for firm in said["firms"]
}
simulation = SimulationBuilder().build_from_entities(system, {"firms": inputs})
began = time.perf_counter()
answers = {policy: simulation.calculate(variable_of(policy), said["at"]).tolist() for policy in policies}
seconds = time.perf_counter() - began
print(json.dumps({"answers": answers, "seconds": seconds, "version": version("openfisca-core")}))
