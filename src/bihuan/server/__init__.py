"""The server room: what turns the other rooms into a running service.

Here live the Django settings and URLs, the data folder and its secrets, the private PostgreSQL,
logging, metrics, health, backup and restore. It knows that other rooms exist only by their dotted names
(INSTALLED_APPS, url includes) and imports none of them.
No rule of the domain, no page for residents and no table of cases may live here.
"""
