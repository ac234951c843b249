"""Reports in: the one door (`receive`), import files, mail, the exchange with the city above, the surge alarm.

The room `readers` turns files into columns, `presets/` declares what the columns mean, `receive` and `importing` hand
the reports to the loop. Everything from `mapping` to `records` is pure: no Django, no database.
Here may not live: what happens to a case after it was received, a city's constant in code (a preset is data),
and any second way to open a case: faces, API, importer and simulator all come through `receive`.
"""
