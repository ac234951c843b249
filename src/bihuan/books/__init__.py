"""Books 账: double-entry journals of quantities with units: money, tonnes, pieces, seats, points, quota.

Lives here: books as declared files (`declaration`), the pure judge of entries (`pure/`), the append-only journal with
its kept balances, reservations, closings, provenance, reconciliation and the rules by which an event becomes an entry.
Not here: what a book is for (a programme's folder), pages (`faces`), and anything the loop would have to know: the loop
never imports this room. Guarantee: Σ = 0 per entry and unit; bounds hold under concurrency; reversed, never edited.
Source: DESIGN §14; docs/adr/0260-books.md.
"""
