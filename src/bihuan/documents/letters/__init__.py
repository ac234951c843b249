"""Letters 函件: what a programme writes to somebody, from a declared template, with basis, remedy and proof.

`pure/` reads declarations and composes; `rendering/` makes HTML, DOCX and PDF of one composed letter; the rest keeps,
sends and shows. Source: DESIGN §14 (document); docs/adr/0274-letters.md.
"""
