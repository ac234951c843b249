"""One handler per command: it checks what the command says and resolves the facts of its event.

Each takes a `Context` and returns drafts or a refusal. Handlers may not store anything, may not read
a clock, and may not know a programme; what differs between programmes is in `context.rules`.
"""

from collections.abc import Callable

from bihuan.loop.kernel.context import Context, Draft
from bihuan.loop.kernel.handlers import (
    approvals,
    desk,
    gate,
    parties,
    reporter,
    succession,
    time,
    unit,
    verifying,
)
from bihuan.loop.kernel.model import Refusal

Handler = Callable[[Context], list[Draft] | Refusal]

HANDLERS: dict[str, Handler] = {
    **desk.HANDLERS,
    **unit.HANDLERS,
    **approvals.HANDLERS,
    **parties.HANDLERS,
    **verifying.HANDLERS,
    **reporter.HANDLERS,
    **gate.HANDLERS,
    **time.HANDLERS,
    **succession.HANDLERS,
}
