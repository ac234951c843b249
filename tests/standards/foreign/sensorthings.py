"""frost-sta-client makes, asks, changes and ends entities: `{address, token}` → what each step found."""

import json
import sys

import frost_sta_client as fsc
import jsonpatch
import requests
from geojson import Point

said = json.load(sys.stdin)
service = fsc.SensorThingsService(said["address"], auth_handler=fsc.AuthHandler("anyone", said["token"]))
told: dict[str, object] = {}

place = fsc.Location(
    name="bank", description="left bank", encoding_type="application/geo+json", location=Point((116.31, 39.96))
)
thing = fsc.Thing(name="Gauge five", description="x", properties={"type": "gauge", "key": "g5", "river": "Qing"})
thing.locations = [place]
service.create(thing)
told["made"] = thing.id
found = service.things().find(thing.id)
told["name"], told["properties"] = found.name, dict(found.properties)
told["place"] = [each.location for each in found.get_locations().query().list()]

found.properties["river"] = "Wanquan"
service.update(found)
service.patch(found, jsonpatch.JsonPatch([{"op": "replace", "path": "/name", "value": "Gauge V"}]))
again = service.things().find(thing.id)
told["changed"] = [again.name, again.properties["river"]]

stream = fsc.Datastream(
    name="level", description="level", observation_type="x",
    unit_of_measurement=fsc.UnitOfMeasurement(name="m", symbol="m", definition="x"),
)  # fmt: skip
stream.thing = fsc.Thing(id=thing.id)
stream.observed_property = fsc.ObservedProperty(id="gauge_level")
stream.sensor = fsc.Sensor(id="gauge_level.declared")
service.create(stream)
told["stream"] = type(stream.id).__name__
for hour in range(1, 6):
    observation = fsc.Observation(phenomenon_time=f"2026-03-01T0{hour}:00:00Z", result=hour + 0.25)
    observation.datastream = fsc.Datastream(id=stream.id)
    service.create(observation)
told["observation"] = observation.id

url, auth = said["address"], ("anyone", said["token"])
rows = [[f"2026-03-02T{hour:02}:00:00Z", hour] for hour in range(24)] + [["soon", 1]]
array = [{"Datastream": {"@iot.id": stream.id}, "components": ["phenomenonTime", "result"], "dataArray": rows}]
sent = requests.post(f"{url}/CreateObservations", json=array, auth=auth).json()
told["array"] = [len(sent), sum(each.startswith("http") for each in sent), sent[-1][:5]]

mine = service.datastreams().find(stream.id).get_observations().query()
told["total"] = mine.count().top(1).list().count
asked = (
    service.datastreams()
    .find(stream.id)
    .get_observations()
    .query()
    .filter("result gt 3 and phenomenonTime lt 2026-03-01T05:00:00Z")
    .orderby("phenomenonTime", "desc")
)
told["filtered"] = [float(each.result) for each in asked.list()]
pages = service.datastreams().find(stream.id).get_observations().query().top(10).orderby("phenomenonTime", "asc")
told["paged"] = len([each.result for each in pages.list()])
wide = (
    service.datastreams()
    .query()
    .filter(f"id eq {stream.id}")
    .expand("Thing($expand=Locations),ObservedProperty,Observations($top=1;$orderby=phenomenonTime desc)")
)
(one,) = list(wide.list())
told["expanded"] = [one.thing.name, one.observed_property.name, float(next(iter(one.observations)).result)]

last = service.observations().find(observation.id)
last.result = 9.5
service.update(last)
told["corrected"] = service.observations().find(observation.id).result
service.delete(last)
told["after"] = service.datastreams().find(stream.id).get_observations().query().count().top(1).list().count
service.delete(thing)
told["things"] = [each.id for each in service.things().query().filter("properties/type eq 'gauge'").list()]
print(json.dumps(told))
