"""The call-back centre's statistics: a drawn sample, estimates from it, and the audit of units' claims.

The calls themselves are verification commands of the kernel; the mathematics are in `rules`. Here a month's
cases are turned into populations, strata and answers. A flag is a question for a person, never a consequence.
"""
