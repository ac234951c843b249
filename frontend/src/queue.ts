// Forms that wait for a connection: kept in IndexedDB with their files, sent in their order under their own keys. What
// the server takes is forgotten here; what it refuses comes back to the page it was written on.
type Entry = [string, FormDataEntryValue];
interface Waiting {
  id?: number;
  form: string;
  url: string;
  entries: Entry[];
  refused?: boolean;
}
type Told = (sent: boolean, entries: Entry[]) => void;

let told: Told | null = null;
let here = "";
let sending = false;
let again = 0;
const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 300_000;
let wait = FIRST_WAIT;

function store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("bihuan-forms", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("waiting", { keyPath: "id", autoIncrement: true });
    opening.onerror = () => reject(opening.error ?? new Error("no storage"));
    opening.onsuccess = () => resolve(opening.result.transaction("waiting", mode).objectStore("waiting"));
  });
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("not stored"));
  });
}

export async function queueForm(form: string, url: string, data: FormData): Promise<void> {
  await forgetQueued(form); // written anew: the newer words count
  await done((await store("readwrite")).add({ form, url, entries: [...data] } satisfies Waiting));
}

export async function forgetQueued(form: string): Promise<void> {
  const all = (await done((await store("readonly")).getAll())) as Waiting[];
  for (const each of all) if (each.form === form && each.id) await done((await store("readwrite")).delete(each.id));
}

export async function installQueue(tell: Told, form: string): Promise<void> {
  told = tell;
  here = form;
  window.addEventListener("online", () => {
    wait = FIRST_WAIT;
    void sendQueued();
  });
  const all = (await done((await store("readonly")).getAll())) as Waiting[];
  const back = all.find((each) => each.form === form && each.refused);
  if (back?.id) {
    tell(false, back.entries);
    await done((await store("readwrite")).delete(back.id));
  }
}

/** Send what waits. "Online" is the browser's guess: what fails is tried again, later each time, until nothing waits. */
export async function sendQueued(): Promise<void> {
  if (sending) return;
  sending = true;
  window.clearTimeout(again);
  let left = false;
  try {
    const all = (await done((await store("readonly")).getAll())) as Waiting[];
    for (const each of all) if (!each.refused) left = !(await sendOne(each).catch(() => false)) || left;
  } finally {
    sending = false;
  }
  if (!left) {
    wait = FIRST_WAIT;
    return;
  }
  again = window.setTimeout(() => void sendQueued(), wait);
  wait = Math.min(wait * 2, LONGEST_WAIT);
}

/** Send one form under its own key; say whether the server has answered for it. */
async function sendOne(each: Waiting): Promise<boolean> {
  const page = await (await fetch(each.url, { cache: "no-store" })).text();
  const token = new DOMParser().parseFromString(page, "text/html").querySelector<HTMLMetaElement>("meta[name=csrf-token]");
  const body = new FormData();
  for (const [name, value] of each.entries) if (name !== "csrfmiddlewaretoken") body.append(name, value);
  const answer = await fetch(each.url, { method: "POST", body, headers: { "X-CSRFToken": token?.content ?? "" } });
  if (answer.ok && each.id) {
    await done((await store("readwrite")).delete(each.id));
    if (each.form === here && answer.redirected) window.location.assign(answer.url);
    else told?.(true, each.entries);
  } else if (answer.status === 422 && each.id) {
    await done((await store("readwrite")).put({ ...each, refused: true }));
    if (each.form === here) told?.(false, each.entries);
  } else return false;
  return true;
}
