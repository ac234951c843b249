"""What can be wrong with a question put to a rule. What is wrong with a rule's file is a `declare` problem."""

from bihuan.faults import Fault


class NoRuleError(Fault, LookupError):
    """No edition or no row answers the question; the message says which table and which inputs."""

    remedy = "add a row or an edition for these inputs, then `bihuan programme check`"


class InputError(Fault, ValueError):
    """A question put to a rule, a rate or a scorecard is malformed: unknown name, float, outside the domain."""

    remedy = "correct the value named above"
