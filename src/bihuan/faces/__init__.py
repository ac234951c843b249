"""What a person sees, by who works there: `public`, `work`, `numbers`, `trust`; `api` for machines; `parts` for all.

Views read through `visible_to` and write through `loop.store.append` and `intake.receive`, never otherwise.
No rule about what may happen to a case lives here: pages show what `actions(...)` answers.
A page's view and its template stand in folders of one name; styles and scripts are built from `frontend/` into
`static/faces/dist`.
"""
