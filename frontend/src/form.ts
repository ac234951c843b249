// Forms: what is not asked is hidden, a step at a time is shown, words stay on this device, and without a connection the
// whole form waits here and is sent by itself, under its own key, so that it counts once. Without scripts the page works too.
import { forgetQueued, installQueue, queueForm, sendQueued } from "./queue";

interface Condition {
  field: string;
  equals?: string | number | boolean;
  in?: (string | number)[];
  present?: boolean;
}

const form = document.querySelector<HTMLFormElement>("form[data-form]");
if (form) {
  const conditions = installConditions(form);
  installSteps(form, conditions);
  installDraft(form);
  installOffline(form).catch(() => undefined); // a browser that stores nothing fills in online only
}
const received = document.querySelector<HTMLElement>("[data-form-received]");
if (received) {
  localStorage.removeItem(draftKey(received.dataset.formReceived ?? ""));
  void forgetQueued(received.dataset.formReceived ?? "");
}
if ("serviceWorker" in navigator) {
  const worker = document.querySelector<HTMLElement>("[data-worker]")?.dataset.worker;
  if (worker) void navigator.serviceWorker.register(worker, { scope: "/forms/" }).catch(() => undefined);
}

function draftKey(name: string): string {
  return `bihuan-form-${name}`;
}

function valueOf(target: HTMLFormElement, name: string): string {
  const value = new FormData(target).get(name);
  return typeof value === "string" ? value.trim() : "";
}

function holds(condition: Condition, value: string): boolean {
  if (condition.present !== undefined) return (value !== "") === condition.present;
  if (condition.in) return condition.in.map(String).includes(value);
  const wanted = condition.equals === true ? "yes" : condition.equals === false ? "no" : String(condition.equals);
  return value === wanted;
}

/** Hide what is not asked; what is hidden counts as unanswered, as it does on the server. */
function installConditions(target: HTMLFormElement): () => void {
  const fields = [...target.querySelectorAll<HTMLElement>("[data-field]")];
  const conditional = fields.map((field) => ({ field, show: JSON.parse(field.dataset.show ?? "[]") as Condition[] }));
  const apply = (): void => {
    const hidden = new Set<string>();
    for (const { field, show } of conditional) {
      const asked = show.every((each) => holds(each, hidden.has(each.field) ? "" : valueOf(target, each.field)));
      field.hidden = !asked;
      if (!asked) hidden.add(field.dataset.field ?? "");
    }
  };
  target.querySelectorAll<HTMLElement>("[data-condition]").forEach((note) => (note.hidden = true));
  target.addEventListener("input", apply);
  target.addEventListener("change", apply);
  apply();
  return apply;
}

/** One step at a time, with the way forward and back; an error opens the step it stands in. */
function installSteps(target: HTMLFormElement, apply: () => void): void {
  const steps = [...target.querySelectorAll<HTMLElement>("[data-step]")];
  if (steps.length < 2) return;
  const words = target.dataset;
  const send = target.querySelector<HTMLButtonElement>("[data-send]");
  const told = document.createElement("p");
  told.className = "muted small";
  told.setAttribute("aria-live", "polite");
  target.prepend(told);
  const button = (label: string | undefined, move: number): HTMLButtonElement => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = move > 0 ? "button primary" : "button";
    made.textContent = label ?? "";
    made.addEventListener("click", () => open(now + move));
    return made;
  };
  const back = button(words.back, -1);
  const next = button(words.next, 1);
  const row = document.createElement("div");
  row.className = "row";
  row.append(back, next);
  steps[steps.length - 1]?.after(row);
  let now = 0;
  function show(index: number): void {
    now = Math.max(0, Math.min(index, steps.length - 1));
    steps.forEach((step, at) => (step.hidden = at !== now));
    back.hidden = now === 0;
    next.hidden = now === steps.length - 1;
    if (send) send.hidden = now !== steps.length - 1;
    told.textContent = `${words.stepWord ?? ""} ${now + 1} / ${steps.length}`;
    apply();
  }
  function open(index: number): void {
    show(index);
    steps[now]?.querySelector<HTMLElement>("h2")?.focus();
  }
  document.querySelectorAll<HTMLAnchorElement>("[data-error-summary] a").forEach((link) => {
    link.addEventListener("click", () => {
      const at = document.getElementById(link.hash.slice(1));
      const index = steps.findIndex((step) => at && step.contains(at));
      if (index >= 0) show(index);
      at?.querySelector<HTMLElement>("input, select, textarea")?.focus();
    });
  });
  const wrong = steps.findIndex((step) => step.querySelector("[aria-invalid=true]"));
  show(wrong >= 0 ? wrong : 0);
}

/** Words stay on this device until they are sent; never what says something of a person. */
function installDraft(target: HTMLFormElement): void {
  const key = draftKey(target.dataset.form ?? "");
  const kept = (name: string): boolean => {
    const field = target.querySelector<HTMLElement>(`[name="${CSS.escape(name)}"]`);
    return !field?.closest("[data-personal]") && !["csrfmiddlewaretoken", "key"].includes(name) && !name.startsWith("kept-");
  };
  const saved = localStorage.getItem(key);
  if (saved && !document.querySelector("[data-error-summary]")) {
    const values = JSON.parse(saved) as Record<string, string>;
    for (const [name, value] of Object.entries(values)) fillField(target, name, value, false);
    target.dispatchEvent(new Event("input"));
  }
  let timer = 0;
  target.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      const values: Record<string, string> = {};
      for (const [name, value] of new FormData(target)) {
        if (typeof value === "string" && value && kept(name)) values[name] = value;
      }
      localStorage.setItem(key, JSON.stringify(values));
    }, 400);
  });
}

function fillField(target: HTMLFormElement, name: string, value: string, over: boolean): void {
  const field = target.elements.namedItem(name);
  if (field instanceof RadioNodeList) {
    if (over || !field.value) field.value = value;
  } else if (field instanceof HTMLInputElement && field.type === "checkbox") {
    field.checked = true;
  } else if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement) {
    if (field instanceof HTMLInputElement && field.type === "file") return;
    if (over || !field.value) field.value = value;
  }
}

async function installOffline(target: HTMLFormElement): Promise<void> {
  const state = target.querySelector<HTMLElement>("[data-form-state]");
  const say = (text: string | undefined): void => {
    if (state) state.textContent = text ?? "";
  };
  const name = target.dataset.form ?? "";
  target.addEventListener("submit", (event) => {
    const saving = (event as SubmitEvent).submitter?.getAttribute("name") === "save";
    if (navigator.onLine || saving) return;
    event.preventDefault();
    void queueForm(name, target.action || window.location.href, new FormData(target)).then(() => {
      say(state?.dataset.offline);
      state?.scrollIntoView();
    });
  });
  await installQueue((sent, entries) => {
    say(sent ? state?.dataset.sent : state?.dataset.refused);
    if (!sent) for (const [field, value] of entries) if (typeof value === "string" && field !== "csrfmiddlewaretoken") fillField(target, field, value, true);
    target.dispatchEvent(new Event("input"));
  }, name);
  if (navigator.onLine) await sendQueued();
}
