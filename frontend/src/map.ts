// Choose a place on the district's own outline: no tiles, nothing fetched from elsewhere.
import { Map as GlMap, Marker, NavigationControl, setWorkerUrl } from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
// Without its worker MapLibre never finishes loading and says nothing; the bundle brings it along.
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";

setWorkerUrl(workerUrl);

type Position = [number, number];

interface Areas {
  type: "FeatureCollection";
  bbox: [number, number, number, number];
  features: { type: "Feature"; properties: { name: string; code: string }; geometry: { type: string; coordinates: unknown } }[];
}

function labels(map: GlMap, areas: Areas): void {
  for (const feature of areas.features) {
    if (feature.geometry.type !== "Point") continue;
    const element = document.createElement("span");
    element.className = "map-label";
    element.textContent = feature.properties.name;
    element.setAttribute("aria-hidden", "true");
    new Marker({ element }).setLngLat(feature.geometry.coordinates as Position).addTo(map);
  }
}

export async function openMap(place: HTMLElement, chosen: Position | null, pick: (lon: number, lat: number) => void): Promise<void> {
  const areas = (await (await fetch(place.dataset.map ?? "")).json()) as Areas;
  const [west, south, east, north] = areas.bbox;
  const map = new GlMap({
    container: place,
    attributionControl: false,
    bounds: chosen ? undefined : [west, south, east, north],
    center: chosen ?? undefined,
    zoom: chosen ? 14 : undefined,
    style: {
      version: 8,
      sources: { areas: { type: "geojson", data: areas as never } },
      layers: [
        { id: "ground", type: "background", paint: { "background-color": "#eef1ec" } },
        { id: "fill", type: "fill", source: "areas", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": "#dfeeec", "fill-outline-color": "#0e5a5e" } },
        { id: "centre", type: "circle", source: "areas", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-radius": 3, "circle-color": "#0e5a5e", "circle-translate": [0, 12] } },
      ],
    },
  });
  map.addControl(new NavigationControl({ showCompass: false }));
  labels(map, areas);
  const marker = new Marker({ color: "#c2410c", draggable: true });
  if (chosen) marker.setLngLat(chosen).addTo(map);
  marker.on("dragend", () => pick(marker.getLngLat().lng, marker.getLngLat().lat));
  map.on("click", (event) => {
    marker.setLngLat(event.lngLat).addTo(map);
    pick(event.lngLat.lng, event.lngLat.lat);
  });
  map.on("load", () => place.setAttribute("data-map-ready", ""));
}
