"""The lake: events and cases as partitioned Parquet, and the analytical questions over them.

A sync is incremental and leaves either the former manifest or the next one, never something between.
The lake holds no words and no identity: codes, times, places as H3 cells. So an erasure has nothing to erase here.
Questions are Ibis expressions that answer alike on DuckDB (here) and on a Spark cluster (when outgrown).
Reading needs neither server nor database; only `sync` from the platform does.
"""
