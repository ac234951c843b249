"""One module per way out. Each has `send(…)` that returns when the other side has taken the message, and raises
`PortError` when it has not; nothing is retried here.
"""


class PortError(Exception):
    """The message was not taken. The text says why and holds nothing personal."""
