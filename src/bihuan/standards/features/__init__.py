"""OGC API - Features 1.0 (part 1: core, GeoJSON; part 2: coordinate systems), out: `/ogc/`.

collections: every type of subjects with a place, for staff; the cases of what anybody may report, for everybody.
systems: the systems of coordinates a position may be asked for and bounded in.
asked: what stands behind the question mark; a parameter that is not known is refused.
answers: landing page, collections, items as they are sent.
Nothing is written here, no name of a person or words of a report are in any property, and a place of a public case is
the middle of its cell of about 0.1 km². Foreign clients: OWSLib, @camptocamp/ogc-client, GDAL (`ogrinfo OAPIF:`).
Source: OGC 17-069r4; OGC 18-058r1; ADR 0368.
"""
