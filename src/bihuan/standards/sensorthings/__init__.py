"""OGC SensorThings API 1.1 (part 1: sensing), in and out: `/sta/v1.1/`.

A Thing is a subject of a type that some series measures or that has a place, its Location and FeatureOfInterest are
the subject's place; a Datastream is a line (one series of one subject), its ObservedProperty the declared series and
its Sensor a declared source; an Observation is the value that holds of an instant.
expressions: `$filter` and `$orderby`. options: everything behind the question mark, nested in `$expand`.
entities: what is held, with ways to its neighbours. observing: values in pages. shelf: what a request reads.
changing: Things by the register's own door, Observations as values that arrive; nothing stored is ever changed.
answers: addresses.
Not served: MultiDatastreams, tasking, MQTT; Sensors and ObservedProperties are declared by files (501 says so).
Foreign client: frost-sta-client 1.1.53. Source: OGC 18-088; docs/topics/standards.md; ADR 0369.
"""
