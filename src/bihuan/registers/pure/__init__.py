"""Pure registers: frozen values and fast lookups, without Django, without a database, without a clock.

Calendars and durations, areas, organisations, duties, rosters, and `Registers`, the snapshot that bundles them for the
kernel. Everything is a function of its arguments and of the snapshot; the same snapshot version gives the same answer
for ever. Files are read only by `files.py` and `snapshot.py`.
Nothing here may import Django, a store, a programme or the kernel.
"""
