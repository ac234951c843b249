"""Open311 GeoReport v2, in and out: `/open311/v2/`, and a client of another installation.

services: what anybody may report, one for each leaf of a programme's categories, with its form as attributes.
requests: public cases as service requests; their steps as updates (`servicerequestupdates`, as mySociety reads them).
sending: a request that comes in becomes a report through the one door (`intake.receive`).
forms: the same answer as JSON and XML; errors as a list of code and description, which is the standard's own form.
answers: addresses.
No name, telephone number or word of a report is in any answer; the place is the middle of its cell.
Foreign client: georeport 0.3.1. Source: wiki.open311.org/GeoReport_v2; docs/topics/standards.md; ADR 0370.
"""
