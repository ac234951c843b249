"""Texts in versions 版本: clauses with spans and hashes, what changed between two, conclusions bound to one hash.

A conclusion (a review, an assessment) belongs to the text it was drawn from; once that reads otherwise it has lapsed.
"""
