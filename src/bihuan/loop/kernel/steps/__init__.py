"""Every step of the loop: one file each, or one for a small family; the file ends in its rows (`STEPS`).

A file holds the payload of what is recorded, the fold, the handler, the fields that are asked and the words in both
languages. Handlers may not store anything, read a clock or know a programme; what differs between programmes is in
`context.rules`. Adding a step is adding a file: `table` reads whatever modules this package lists.
"""
