"""One module per way out. Each has `send(…)` that returns when the other side has taken the message, and raises
`PortError` when it has not; nothing is retried here.
"""

from bihuan.faults import Fault


class PortError(Fault):
    """The message was not taken. The text says why and holds nothing personal."""

    remedy = "check the settings of that channel"
