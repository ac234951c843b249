"""icalendar and recurring-ical-events read a calendar: `{text, first, last}` → events, and those of some days."""

import json
import sys
from datetime import datetime

import icalendar
import recurring_ical_events

said = json.load(sys.stdin)
calendar = icalendar.Calendar.from_ical(said["text"])
events = [
    {"uid": str(each["uid"]), "sequence": int(each["sequence"]), "status": str(each["status"]),
     "starts": each.start.isoformat(), "ends": each.end.isoformat(), "summary": str(each["summary"])}
    for each in calendar.walk("VEVENT")
]  # fmt: skip
first, last = datetime.fromisoformat(said["first"]), datetime.fromisoformat(said["last"])
days = recurring_ical_events.of(calendar).between(first, last)
zones = sorted(str(each["tzid"]) for each in calendar.walk("VTIMEZONE"))
print(json.dumps({"events": events, "zones": zones, "between": sorted(each.start.isoformat() for each in days)}))
