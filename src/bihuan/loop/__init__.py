"""The loop: signal → case → duty-bearer → deadline → evidence → verification → indicator.

`kernel/` holds the pure functions (no Django, no clock of its own, no programme's name);
the modules beside it store what the kernel decided. A page, the API, the command line, the
importer and the simulator all come through here. No programme and no city may be named here.
"""
