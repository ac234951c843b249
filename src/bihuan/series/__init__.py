"""Series 序列: observations of a subject over time, with unit, quality, arrival and vintage.

Here live: what a series is declared to be (`declared`), the pure arithmetic of values, windows and alarms, the store
(monthly partitions, append-only) and the work that keeps derived values and incidents equal to what the values say.
A late or corrected value is a new row; any figure can be asked as it was known before.
Here may not live: what a limit or a quantity means to a programme, a case, an order. Subjects are named by (type, key)
and looked up in `providing` alone: limits and groups of neighbours come from there. Source: DESIGN §14; ADR 0255.
"""
