// cloudevents of npm reads what was posted; the same question as read_cloudevent.py.
import { readFileSync } from "node:fs";
import { HTTP } from "cloudevents";

const said = JSON.parse(readFileSync(0, "utf8"));
const event = HTTP.toEvent({ headers: said.headers, body: said.body });
const { specversion, id, source, type, subject, datacontenttype, time, data } = event;
console.log(JSON.stringify({ attributes: { specversion, id, source, type, subject, datacontenttype }, time, data }));
