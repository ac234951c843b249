"""Observations in PostgreSQL: appended by COPY into monthly partitions, read as known at a vintage.

Here may not live: what a value means (`values`), what is made of it (`deriving`, `alarms`).
"""
