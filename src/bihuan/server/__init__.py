"""The server room: what turns the other rooms into a running service.

Here live the Django settings and URLs, the data folder and its secrets, the private PostgreSQL,
logging, metrics, health, backup and restore. What other rooms add to it (apps, pages, loops) it asks of
`bihuan.extend`; it names none of them.
No rule of the domain, no page for residents and no table of cases may live here.
"""
