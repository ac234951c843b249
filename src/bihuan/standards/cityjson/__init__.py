"""CityJSON 2.0 (OGC 20-072r5), out: what stands in a register, as a model of the city on a day.

grid: degrees to metres of a Gauss–Krüger zone (CGCS2000, three degrees).
solids: a shape and a height as the surfaces of an object.
encoding: objects as one file; each object's case pages are found by its key.
The command `bihuan twin export` stands with the tiles.
Checked in the tests: blocks are closed and have their volume, points are those of EPSG:4548; cjio and
cityjson-lib read it and the official schema judges it (docs/adr/0356, 0376). No textures, no terrain, no appearance;
level of detail 1 for areas with a height, 0 for the rest. Nothing comes in by this door.
"""
