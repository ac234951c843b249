"""Where staff work: home, desk, case, unit, inbox, call-back, approvals, opening, mails, suggestions, what is stuck.

Views read through `visible_to` and write through `loop.store.append` and `intake.receive`, never otherwise.
"""
