"""The store: what the kernel decided becomes rows, in one transaction, set-based.

`append` is the only writer of events and cases. Live intake is a batch of one; the importer and the
simulator send thousands. Nothing here decides anything: it loads, calls the kernel, writes.
"""

from bihuan.loop.store.appending import Order, Result, append
from bihuan.loop.store.current import current_facts
from bihuan.loop.store.read import UnreadableCase, get_case, history, history_for, reads_words, visible_to
from bihuan.loop.store.ticking import tick

__all__ = [
    "Order",
    "Result",
    "UnreadableCase",
    "append",
    "current_facts",
    "get_case",
    "history",
    "history_for",
    "reads_words",
    "tick",
    "visible_to",
]
