"""Indicators: what a month came to, counted from events; each number with its definition, data cut and query.

Lives here: dated definitions, one set-based query per group, the cube of a month, ranking, closing a month.
Not here: how a rate, an interval or a class is computed (`rules`), how a case moves (`loop.kernel`), any page.
Every number is a `Rate` (or a count) that can be recomputed identically and drilled down to its cases.
A programme takes part by listing an indicator in its declaration; no programme is named here.
"""
