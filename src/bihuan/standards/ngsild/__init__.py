"""NGSI-LD 1.8, a subset, in and out: `/ngsi-ld/v1/`: subjects as entities, with the newest value of each series.

entities: a subject as an entity: properties, its place, relationships, series with the time of their value.
queries: `type`, `id`, `q`, `attrs`, `georel` of a query for entities.
changing: entities by the register's own door.
answers: addresses; what is not served is told with 501 and the problem type that the standard has for it.
Foreign clients: ngsildclient, pyld. Source: ETSI GS CIM 009 V1.8.1; docs/topics/standards.md; ADR 0369.
"""
