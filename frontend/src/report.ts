// The report form: offline draft, category search, own position, map. Without scripts the plain form does the same job.
import { keepDraft } from "./draft";
import { installCategorySearch } from "./categories";

const form = document.querySelector<HTMLFormElement>("form[data-report]");
if (form) {
  keepDraft(form);
  installCategorySearch(form);
  installPosition(form);
  installMap(form);
}
if (document.querySelector("[data-forget-draft]")) localStorage.removeItem("bihuan-draft");

function setPlace(target: HTMLFormElement, lon: number, lat: number): void {
  (target.elements.namedItem("lon") as HTMLInputElement).value = lon.toFixed(6);
  (target.elements.namedItem("lat") as HTMLInputElement).value = lat.toFixed(6);
  const shown = target.querySelector<HTMLElement>("[data-place-shown]");
  if (shown) shown.textContent = `${shown.dataset.label ?? ""} ${lat.toFixed(5)}, ${lon.toFixed(5)}`;
  target.dispatchEvent(new Event("input"));
}

function installPosition(target: HTMLFormElement): void {
  const button = target.querySelector<HTMLButtonElement>("[data-use-position]");
  if (!button || !navigator.geolocation) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      (position) => setPlace(target, position.coords.longitude, position.coords.latitude),
      () => {
        const shown = target.querySelector<HTMLElement>("[data-place-shown]");
        if (shown) shown.textContent = shown.dataset.failed ?? "";
      },
      { enableHighAccuracy: true, timeout: 10_000 },
    );
  });
}

function installMap(target: HTMLFormElement): void {
  const button = target.querySelector<HTMLButtonElement>("[data-open-map]");
  const place = target.querySelector<HTMLElement>("[data-map]");
  if (!button || !place) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    place.hidden = false;
    const { openMap } = await import("./map");
    const lon = Number((target.elements.namedItem("lon") as HTMLInputElement).value);
    const lat = Number((target.elements.namedItem("lat") as HTMLInputElement).value);
    await openMap(place, lon && lat ? [lon, lat] : null, (x, y) => setPlace(target, x, y));
  });
}
