"""Effects 效果: what happens in a case becomes a fact of a register, by declaration.

Lives here: the pure reading of a declared effect (`rules`) and the follower of the log that writes its versions once
(`following`). Not here: the declaration itself (a case type, `loop.kernel.programme`), what a register is (`subjects`),
anything a programme would have to code. The loop never imports this room.
Source: DESIGN §14 (event → version); docs/topics/subjects.md, "Effects"; docs/adr/0295-effects.md.
"""
