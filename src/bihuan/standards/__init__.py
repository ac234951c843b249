"""Wires and files that others have agreed on, one folder each, carried into the rooms below.

Each folder says in its first lines which edition it speaks, in which direction, what it refuses and who proved it.
Nothing here decides anything about a case: what comes in becomes observations, reports or documents through the
doors that everybody uses.
"""
