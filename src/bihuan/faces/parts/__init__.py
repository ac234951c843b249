"""What every page is put together from: forms, lists, story, ring, names, words, uploads, drafts, refusals, the world.

It has no address of its own and knows no kind of reader: those are `public`, `work`, `numbers`, `trust` and `api`.
"""
