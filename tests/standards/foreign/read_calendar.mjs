// ical.js reads a calendar: `{text, first, last}` → events, and those of some days with their repetitions.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";

const said = JSON.parse(readFileSync(0, "utf8"));
const calendar = new ICAL.Component(ICAL.parse(said.text));
const zones = calendar.getAllSubcomponents("vtimezone").map((each) => {
  const zone = new ICAL.Timezone(each);
  ICAL.TimezoneService.register(zone);
  return zone.tzid;
});
const iso = (time) => time.toJSDate().toISOString();
const found = calendar.getAllSubcomponents("vevent").map((each) => new ICAL.Event(each));
const masters = found.filter((each) => !each.isRecurrenceException());
for (const each of found.filter((one) => one.isRecurrenceException()))
  masters.find((one) => one.uid === each.uid)?.relateException(each);
const between = [];
for (const each of masters) {
  const steps = each.iterator();
  for (let next = steps.next(), count = 0; next && count < 1000; next = steps.next(), count += 1) {
    const at = iso(each.getOccurrenceDetails(next).startDate);
    if (at >= new Date(said.last).toISOString()) break;
    if (at >= new Date(said.first).toISOString()) between.push(at);
  }
}
const events = found.map((each) => ({
  uid: each.uid,
  sequence: each.sequence,
  status: each.component.getFirstPropertyValue("status"),
  starts: iso(each.startDate),
  ends: iso(each.endDate),
  summary: each.summary,
}));
console.log(JSON.stringify({ events, zones, between: between.sort() }));
