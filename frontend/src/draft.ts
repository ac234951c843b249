// A draft survives a lost connection or a closed tab: words and choices stay on this device until the report is sent.
const KEY = "bihuan-draft";
const NEVER_KEPT = new Set(["csrfmiddlewaretoken", "key", "photos", "phone", "name"]);

interface Draft {
  saved: string;
  values: Record<string, string>;
}

function read(): Draft | null {
  const text = localStorage.getItem(KEY);
  return text ? (JSON.parse(text) as Draft) : null;
}

function write(form: HTMLFormElement): void {
  const values: Record<string, string> = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && value && !NEVER_KEPT.has(name)) values[name] = value;
  }
  localStorage.setItem(KEY, JSON.stringify({ saved: new Date().toISOString(), values } satisfies Draft));
}

function fill(form: HTMLFormElement, draft: Draft): void {
  for (const [name, value] of Object.entries(draft.values)) {
    const field = form.elements.namedItem(name);
    if (field instanceof RadioNodeList) field.value = value;
    else if (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement) {
      if (!field.value) field.value = value;
    }
  }
}

export function keepDraft(form: HTMLFormElement): void {
  const state = form.querySelector<HTMLElement>("[data-draft-state]");
  const say = (text: string | undefined): void => {
    if (state) state.textContent = text ?? "";
  };
  const draft = read();
  if (draft && Object.keys(draft.values).length) {
    fill(form, draft);
    say(state?.dataset.restored);
  }
  let timer = 0;
  form.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      write(form);
      say(navigator.onLine ? state?.dataset.saved : state?.dataset.offline);
    }, 400);
  });
  form.addEventListener("submit", (event) => {
    write(form);
    if (!navigator.onLine) {
      event.preventDefault();
      say(state?.dataset.offline);
      state?.scrollIntoView();
    }
  });
}
