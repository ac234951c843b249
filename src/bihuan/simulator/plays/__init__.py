"""Plays of programmes: a sample with planted faults goes through the real engine, in a database of its own.

Lives here: the database of a play (`cluster`), its clock, what the author of a sample may do (`play`), what was planted
and found (`planted`), and what the engine itself must be able to prove at the end (`conservation`).
May not live here: a programme's name, a rule that a sample declares, a way of changing anything that pages lack.
Source: docs/topics/play.md; DESIGN §14.
"""
