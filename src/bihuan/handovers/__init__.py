"""Handovers 交接: an act with two sides, A gave and B received; open until matched, with typed exceptions.

Lives here: what a handover is as a declared file (`declaration`, `catalogue`), the pure judgement of both sides
(`pure`), reading both registers (`reading`), posting what was given and received to a book (`posting`), what loops
ask (`facts`), EPCIS out (`pure.epcis`). It keeps no rows of its own: the state of a handover follows from what both
registers say, for an instant, as known then. Not here: what a load, a book or a loan is (folders of declarations), the
watch over exceptions (`watches`). Source: DESIGN §14; docs/topics/handovers.md; docs/adr/0310-handovers.md.
"""
