"""OCEL 2.0 (object-centric event log), out: `bihuan lake ocel --out FILE.json`.

Written from the lake's files alone: cases, the units that had them, the areas they lie in and what they are about are
objects; every event of a case is an event with its time and codes. No words, no person: the lake has none.
exporting: reads the lake and writes the file. Foreign client: pm4py (tests only).
Source: A. Berti et al., OCEL (Object-Centric Event Log) 2.0 Specification (2023), 5 (JSON); ADR 0372.
"""
