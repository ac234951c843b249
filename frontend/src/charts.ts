// Charts are drawn from the table beside them, so that the numbers are there without scripts and for screen readers.

export async function drawCharts(): Promise<void> {
  const places = document.querySelectorAll<HTMLElement>("[data-chart]");
  if (!places.length) return;
  const { drawIntervals } = await import("./intervals");
  places.forEach((place) => drawIntervals(place));
}
