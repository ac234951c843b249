"""Rules 规则: dated tables, decision tables, scorecards, rates, ranks, samples. Pure Python.

Here lives: reading and checking rule files, choosing the edition in force on the day of the event, scoring, and
honest statistics of counts. Every answer carries the table, edition, row and citation it came from.
May not live here: Django, a database, a clock, a city's number, a programme's name. Numbers of law
are data in YAML files beside the programme that uses them. Floats never leave towards an event.
"""
