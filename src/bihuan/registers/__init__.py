"""Registers: what loops are about — areas, organisations, duties, people and roles, calendars, identity.

Here live the facts that change slowly and carry validity dates, the lookups on them, and the sealed reporter identity.
`pure/` is free of Django and is what the kernel reads; `models/` and the stores beside it keep the same facts in the
database. Shipped facts are data files under `data/` (calendars, model districts), each with its source and licence.
Not here: cases, events, clocks, programmes, forms or anything that decides what happens next.
"""
