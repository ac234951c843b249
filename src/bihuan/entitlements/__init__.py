"""Entitlements 应得: who is entitled to what by declared clauses, asked of a register, delivered without application.

Lives here: clause sets as declared files (`pure.declared`), their answers over a register and for one subject, the next
question worth asking, which grants may stand beside each other (`pure`), lists that are frozen, published and paid from
a book (`lists`, `paying`). Not here: what a policy is for (a programme's folder), pages (`faces`), who approves.
Guarantee: what is not known is neither yes nor no; once per subject × policy × period, whatever is sent again; never
more than the budget has. Source: DESIGN §14 (clause sets); docs/topics/entitlements.md; docs/adr/0296-entitlements.md.
"""
