// @camptocamp/ogc-client reads features: `{address, token, collection}` → what it found.
import { readFileSync } from "node:fs";
import { OgcApiEndpoint, setFetchOptions } from "@camptocamp/ogc-client";

const said = JSON.parse(readFileSync(0, "utf8"));
if (said.token) setFetchOptions({ headers: { Authorization: `Bearer ${said.token}` } });
const endpoint = new OgcApiEndpoint(said.address);
const collections = await endpoint.featureCollections;
const info = await endpoint.getCollectionInfo(said.collection);
const first = await endpoint.getCollectionItems(said.collection, 2, 0);
const one = await endpoint.getCollectionItem(said.collection, String(first[0].id));
console.log(
  JSON.stringify({
    features: await endpoint.hasFeatures,
    collections,
    crs: info.crs,
    ids: first.map((each) => each.id),
    one: one.geometry,
  }),
);
