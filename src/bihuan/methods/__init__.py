"""Methods 算法: pure deterministic algorithms, one file each. Columns in, columns and facts out.

Here lives: one module per algorithm, ending in its `METHOD` (`declared/model.py`): inputs, options, output and words in
both languages, from which `bihuan calc`, its help, the reference page and the JSON Schema are made. `declared/` reads
files into columns, checks cells, collects rejects and runs a method; `parts/` is what several methods share; `tables/`
holds figures of law and of standards that no programme owns, as dated and cited rule tables.
May not live here: Django, a database, a clock (the day is an argument), a programme's name, a figure of law in code.
Money is whole fen or a Decimal, shares are fractions, and no float decides a bound.
Source: DESIGN §14 (methods); ADR 0265.
"""
