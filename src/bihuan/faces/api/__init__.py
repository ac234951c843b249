"""`/api/v1`: the loop for programs — report, track, act, queues, indicators, audit.

Thin: every write is `intake.receive` or `loop.store.append`, every read `visible_to(actor)`. Errors are
`application/problem+json` naming code, field, rule and remedy in both languages. Identity never leaves here.
"""
