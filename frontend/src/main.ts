// What every page needs: styles, htmx, shortcuts. Pages work without it; it makes them quicker.
import "./styles/main.css";
import htmx from "htmx.org";
import { installShortcuts } from "./shortcuts";
import { drawCharts } from "./charts";
import { readAloud } from "./speak";
import { weighUploads } from "./uploads";

// The content security policy allows neither eval nor inline styles.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0; // cases may hold personal words: none of them in localStorage

function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
}

document.addEventListener("htmx:configRequest", (event) => {
  (event as CustomEvent).detail.headers["X-CSRFToken"] = csrfToken();
});

readAloud();
weighUploads();

// A form sent twice by an impatient finger has one effect on the server; here it merely does not look broken.
document.addEventListener("submit", (event) => {
  const button = (event as SubmitEvent).submitter;
  if (button instanceof HTMLButtonElement && !button.name) {
    queueMicrotask(() => {
      button.disabled = true;
      window.setTimeout(() => (button.disabled = false), 4000);
    });
  }
});

document.querySelectorAll<HTMLSelectElement>("select[data-submit]").forEach((select) => {
  select.addEventListener("change", () => select.form?.requestSubmit());
});

document.querySelectorAll<HTMLButtonElement>("button[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

document.querySelectorAll<HTMLButtonElement>("button[data-copy]").forEach((button) => {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy ?? "");
    button.textContent = button.dataset.done ?? "";
  });
});

// A field for a position offers to be filled from the device: arrivals, findings.
document.querySelectorAll<HTMLButtonElement>("button[data-fill-position]").forEach((button) => {
  const field = document.getElementById(button.dataset.fillPosition ?? "");
  if (!(field instanceof HTMLInputElement) || !navigator.geolocation) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => (field.value = `${coords.longitude.toFixed(6)}, ${coords.latitude.toFixed(6)}`),
      () => (button.textContent = button.dataset.failed ?? ""),
      { enableHighAccuracy: true, timeout: 10_000 },
    );
  });
});

// A hint fills the field it speaks of; hints come and go while somebody types.
document.addEventListener("click", (event) => {
  const hint = (event.target as Element | null)?.closest<HTMLElement>("[data-fill]");
  if (!hint) return;
  const field = document.getElementById(hint.dataset.fill ?? "");
  if (field instanceof HTMLSelectElement) {
    const wanted = hint.dataset.value ?? "";
    const option = [...field.options].filter((o) => o.value && wanted.startsWith(o.value)).sort((a, b) => b.value.length - a.value.length)[0];
    if (option) field.value = option.value;
    field.focus();
  }
});

// After a refused form the summary gets the focus, so that a screen reader starts there.
document.querySelector<HTMLElement>("[data-error-summary]")?.focus();

installShortcuts();
void drawCharts();
