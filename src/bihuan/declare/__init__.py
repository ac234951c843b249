"""Declarations 声明: what the rooms above share when they read what somebody declared in a file.

Here lives: YAML that knows its lines (`source`), the one `Problem` (`problems`), validation (`model`), dated editions
(`editions`) and the catalogue of field types (`types/`, one file each). Pure Python, no Django, no room but `faults`.
May not live here: what a declaration means. A table is a rule, a programme is a loop: those rooms read their own.
Source: DESIGN §14 (one floor below everything); ADR 0231.
"""
