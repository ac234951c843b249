"""Forms 表单: declared in a programme's folder, filled in on a page or sent by a program, handed through a door.

`pure/` declares, checks and describes; beside it the catalogue, drafts that resume, and submissions with their leaf.
"""
