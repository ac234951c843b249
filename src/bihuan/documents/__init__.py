"""Documents 文书: what goes out to people and comes in from them as paper does: letters, orders, forms, versions.

Lives here: letters (`letters/`: declared, composed from facts, rendered, sent, proved), orders (`orders/`), forms
(`forms/`: declared, checked, saved, sent through a door), texts in versions with their conclusions (`versions/`).
Not here: what a letter is about (a programme's folder), pages (`faces`), and anything the loop would have to know: the
loop never imports this room. Guarantee: a letter states facts, basis, decision, remedy and its last day, or is refused;
the hash of what was sent is in the log, and who it went to is not.
Source: DESIGN §14; docs/adr/0274-letters.md.
"""
