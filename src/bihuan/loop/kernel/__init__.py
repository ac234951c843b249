"""The pure kernel: `decide`, `evolve`, `actions`, `tick`, `why`.

Pure functions over frozen values. May import only the standard library, msgspec, pydantic and the
pure parts of `rules` and `registers`. No database, no wall clock, no randomness: time is a command,
rules arrive resolved through `Facts`, and the fold never looks anything up.
"""
