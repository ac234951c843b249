"""Watches 监看: declared rules over subjects, series, books, cases and time that open a case or remind; once each.

Lives here: what a watch file says (`declared`), the closed catalogue of kinds (`kinds/`, one file each), how a kind
looks at everything at once (`scene`), and what becomes of what it finds (`running`): opened through `intake.receive`,
cleared by its own rule, retracted when a correction takes its ground away, silenced for a time, judged by its cases.
May not live here: a programme's name, a decision that is adverse to anybody, a second way to open a case.
Source: DESIGN §14 (watch); docs/adr/0282-watches.md.
"""
