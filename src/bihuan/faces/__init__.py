"""What a person sees: portal, desk, unit workspace, call-back, case page, approvals, cockpit, programmes, audit.

Views read through `visible_to` and write through `loop.store.append` and `intake.receive`, never otherwise.
Here live templates, words of events in two languages, the ring, the form renderer, presence locks and saved views.
No rule about what may happen to a case lives here: pages show what `actions(...)` answers.
The machine interface is in `faces/api`; the styles and scripts are built from `frontend/` into `static/faces/dist`.
"""
