"""Clauses and differences without a database. No Django here."""
