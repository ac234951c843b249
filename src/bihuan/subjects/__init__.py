"""Subjects 对象: what loops are about that is no place, organisation or account; values with two times and a source.

Here lives: types of subjects as files (`pure/types`, `catalogue`, `shared/`), their bitemporal versions and links in
one append-only table (`models`, `writing`), questions for a day as known on a day (`asking`, `closures`), the loader
of files (`loading`), and the fence of purpose (`fence`). `pure/` needs no database.
May not live here: a programme's name, what a case does with a subject, and anything that needs the loop.
Source: DESIGN §14; docs/topics/subjects.md; ADR 0250.
"""
