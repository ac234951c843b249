"""CAP 1.2: orders that are told to the public, as signed alerts and a feed of those that hold.

alerts: which orders are alerts, and what each says. writing: the alert and the feed as XML. signing: the signature over
an alert and the certificate to pin. answers: `/alerts/`.
Source: CAP-v1.2 (OASIS Standard, 2010-07-01); RFC 4287; XML-DSig; docs/topics/alerts.md.
"""
