"""The reporter on an open case: urge, supplement, withdraw."""

from bihuan.loop.kernel.context import Context, Draft, missing, refusal
from bihuan.loop.kernel.model import Refusal


def urge(context: Context) -> list[Draft]:
    """催办: counted, shown to the holder."""
    return [context.draft()]


def supplement(context: Context) -> list[Draft] | Refusal:
    """Further words or material from the reporter."""
    if not context.command.private:
        return missing("text", "补充内容", "the text")
    return [context.draft()]


def withdraw(context: Context) -> list[Draft] | Refusal:
    """The reporter takes it back: that ends the case, unless others have the same matter; then only this one leaves."""
    case, actor = context.case, context.command.actor
    if actor.id in case.left:
        return refusal("withdrawn_already", "您已撤回，其他诉求人的事项继续办理",
                       "already withdrawn; the matter goes on for the others")  # fmt: skip
    if case.reporters > 1:
        return [Draft("reporter_left", {"report": actor.id, "reporters": 1}, context.command.private)]
    return [context.ending("withdrawn")]


HANDLERS = {"urge": urge, "supplement": supplement, "withdraw": withdraw}
