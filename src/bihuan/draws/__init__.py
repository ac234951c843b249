"""Staffed draws 抽取与派员: whom to visit and who goes, drawn in public from registers under recusal and capacity.

Lives here: the declared file (`PROGRAMME/draws/NAME.yaml`), the lists taken from registers, commitment, draw, tasks,
later recusals, and the record from which anybody repeats all of it. Not here: the arithmetic of a fair draw
(`ledger.core`), of an assignment (`methods`), what a visit is (a programme).
Source: docs/topics/draws.md; docs/adr/0304-staffed-draws.md.
"""
