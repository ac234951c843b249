"""Briefings 简报: a week or a month in sentences, filled only with computed facts.

Pure: facts.py (a number is a value with definition, query and cases), text.py (templates to sentences), trace.py (every
number in a text is a fact), render.py (HTML, DOCX, JSON), reword.py (an optional model, rejected when it changes one).
With Django: collect.py asks the indicators and the case table. Nothing here counts by rules of its own.
No template holds a digit; a sentence whose facts are missing is left out.
"""
