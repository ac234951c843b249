"""What can be learnt from reports: triage, places, duplicates, topics, forecasts, effects.

Pure functions over Arrow and NumPy, deterministic under a seed, usable as a library without the platform.
Every method ships with a card that says what it was measured on, how well, and where it fails.
No Django, no database, no other room of the house; nothing here acts: it proposes, with a confidence and a reason.
One folder per question: triage/, places/, duplicates/, topics/, forecast/, effect/.
"""
