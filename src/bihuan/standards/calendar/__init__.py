"""iCalendar (RFC 5545), out: `/calendar/deadlines.ics?token=`: what is due, in the calendar of whoever works on it.

Calendars that programmes declare for everybody are `/feeds/` (bihuan.faces.feeds); both are written by
`bihuan.readers.calendars`. A calendar program can send no header: the token stands in the address, which no log keeps.
Foreign clients: icalendar, recurring-ical-events, ical.js. Source: RFC 5545; RFC 7986; ADR 0373.
"""
