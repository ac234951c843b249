"""What a method declares, and how a declared method is run on files. Knows no method.

model: the declaration. sheets: a file becomes columns of text. cells: columns of text become checked values.
tables: what a method is given. running: from paths and options to an answer with its rejects. writing: CSV out.
describing: help, reference page and JSON Schema from the declaration. finding: methods by name.
"""
