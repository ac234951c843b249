"""DCAT 3 after DCAT-AP 3.0, out: `/catalog.ttl` and `/catalog.jsonld`: what anybody may have, and where.

catalogue: the graph: catalogue, data sets with their distributions, services.
writing: the same graph as Turtle and as JSON-LD.
answers: addresses. Foreign clients: rdflib, pyshacl. Source: W3C DCAT 3 (2024); SEMIC DCAT-AP 3.0; ADR 0372.
"""
