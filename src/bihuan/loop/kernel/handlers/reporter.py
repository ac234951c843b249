"""The reporter on an open case: urge, supplement, withdraw."""

from bihuan.loop.kernel.context import Context, Draft, missing
from bihuan.loop.kernel.model import Refusal


def urge(context: Context) -> list[Draft]:
    """催办: counted, shown to the holder."""
    return [context.draft()]


def supplement(context: Context) -> list[Draft] | Refusal:
    """Further words or material from the reporter."""
    if not context.command.private:
        return missing("text", "补充内容", "the text")
    return [context.draft()]


def withdraw(context: Context) -> list[Draft]:
    """The reporter takes it back; ends the case as withdrawn."""
    return [context.ending("withdrawn", reason=context.data.get("reason"))]


HANDLERS = {"urge": urge, "supplement": supplement, "withdraw": withdraw}
