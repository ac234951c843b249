"""Notices: who is told what, by which port, and whether it arrived.

Planned from events after they are in the log, outside the acknowledged transaction, in batches; each
delivery is an append-only row. Rules and words are data (`notices.yaml`). Ports: mail, SMS, webhook, in-app.
Nothing here decides about a case, and no personal text is logged.
"""
