"""The knowledge base: short answers that an operator reads out, so that a request ends on the call.

Lives here: the article with its validity, the bigram index in PostgreSQL, the search, the loader of article files.
Not here: cases (an answer given is an event of `loop`), pages (`faces`), the articles themselves (beside a programme).
Articles are never overwritten: a changed text is a new version, so that an old answer stays explainable.
"""
