// The door: a scan is asked of the server; without a connection it is held against a list of digests that came before, a
// second scan of one code is told at once, and what was let in is handed in by itself afterwards, with its time.
type Verdict = { state: string; words: string; good: boolean; at: string; number: string; amount: number | string };
type Known = [number: string, amount: number, state: string, at: string];
type Scan = [code: string, at: string];
interface Digests {
  salt: string;
  rounds: number;
  passes: Record<string, Known>;
}

const SLOW = 4_000; // milliseconds after which a door does not wait for the network
const EVERY = 15_000;
const MISREAD: Record<string, string> = { O: "0", I: "1", L: "1", U: "V" };
const form = document.querySelector<HTMLFormElement>("form[data-door]");
if (form) installDoor(form);

function installDoor(target: HTMLFormElement): void {
  const words = JSON.parse(target.dataset.words ?? "{}") as Record<string, string>;
  const key = `bihuan-door-${target.dataset.door ?? ""}`;
  const kept = JSON.parse(localStorage.getItem(key) ?? "{}") as { seen?: Record<string, string>; waiting?: Scan[] };
  const seen = kept.seen ?? {};
  let waiting = kept.waiting ?? [];
  let digests: Digests | null = null;
  let sending = false;
  const field = target.querySelector<HTMLInputElement>("input[name=code]");
  const told = document.querySelector<HTMLElement>("[data-door-verdict]");
  const count = document.querySelector<HTMLElement>("[data-door-waiting]");
  if (!field || !told || !count) return;

  const keep = (): void => {
    localStorage.setItem(key, JSON.stringify({ seen, waiting }));
    count.hidden = waiting.length === 0;
    count.textContent = (words.waiting ?? "").replace("{count}", String(waiting.length));
  };
  const show = (verdict: Verdict, note = ""): void => {
    told.className = `note ${verdict.good ? "good" : "bad"}`;
    const first = document.createElement("p");
    const strong = document.createElement("strong");
    strong.textContent = verdict.words;
    first.append(strong, verdict.at ? ` · ${verdict.at}` : "");
    const second = document.createElement("p");
    second.textContent = [verdict.number, verdict.number ? `${words.seats ?? ""} ${verdict.amount}` : "", note].filter(Boolean).join(" · ");
    told.replaceChildren(first, second);
    told.hidden = false;
  };
  const fetchDigests = async (): Promise<void> => {
    const answer = await fetch(`${location.pathname}${location.search}&list=1`, { cache: "no-store" });
    if (answer.ok) digests = (await answer.json()) as Digests;
  };
  const handIn = async (): Promise<void> => {
    if (sending || !waiting.length) return;
    sending = true;
    const batch = [...waiting];
    try {
      const verdicts = await ask(target, batch);
      waiting = waiting.slice(batch.length);
      keep();
      const wrong = verdicts.filter((each) => !each.good);
      told.className = `note ${wrong.length ? "bad" : "good"}`;
      const lines = [`${words.handed ?? ""} ${batch.length}`, ...wrong.map((each) => `${each.number} ${each.words} ${each.at}`)];
      told.replaceChildren(...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
      told.hidden = false;
    } catch {
      // no connection so far
    } finally {
      sending = false;
    }
  };

  target.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = plain(field.value);
    field.value = "";
    field.focus();
    if (!code) return;
    const now = new Date().toISOString();
    const before = seen[code];
    ask(target, [[code, now]]).then(
      ([verdict]) => {
        if (!verdict) return;
        if (verdict.good) seen[code] = now;
        keep();
        show(verdict);
      },
      async () => {
        const verdict = await alone(code, before, digests, words);
        if (verdict.good) {
          seen[code] = now;
          waiting.push([code, now]);
        }
        keep();
        show(verdict, words.offline);
      },
    );
  });
  window.addEventListener("online", () => void handIn());
  window.setInterval(() => void handIn(), EVERY);
  window.setInterval(() => void fetchDigests().catch(() => undefined), 20 * EVERY);
  void fetchDigests().catch(() => undefined);
  keep();
  void handIn();
}

function plain(code: string): string {
  return code.toUpperCase().replace(/[-\s]/g, "").replace(/[OILU]/g, (letter) => MISREAD[letter] ?? letter);
}

/** Ask the server about scans; it fails where there is no connection. */
async function ask(target: HTMLFormElement, scans: Scan[]): Promise<Verdict[]> {
  const body = new FormData(target);
  body.set("scans", JSON.stringify(scans));
  const token = document.querySelector<HTMLMetaElement>("meta[name=csrf-token]")?.content ?? "";
  const signal = AbortSignal.timeout(scans.length > 1 ? 10 * SLOW : SLOW);
  const answer = await fetch(location.pathname, { method: "POST", body, signal, headers: { "X-CSRFToken": token } });
  if (!answer.ok) throw new Error(String(answer.status));
  return ((await answer.json()) as { verdicts: Verdict[] }).verdicts;
}

/** What a door says by itself. */
async function alone(code: string, before: string | undefined, digests: Digests | null, words: Record<string, string>): Promise<Verdict> {
  const say = (state: string, good: boolean, known?: Known, at = ""): Verdict => ({
    state,
    good,
    words: words[state] ?? state,
    at: at && new Date(at).toLocaleTimeString(),
    number: known?.[0] ?? "",
    amount: known?.[1] ?? "",
  });
  if (before) return say("again", false, undefined, before);
  if (!digests || !globalThis.crypto?.subtle) return say("unchecked", true);
  const known = digests.passes[await digestOf(code, digests)];
  if (!known) return say("unknown", false);
  return known[2] === "holds" ? say("admitted", true, known) : say(known[2], false, known, known[3]);
}

async function digestOf(code: string, digests: Digests): Promise<string> {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(code), "PBKDF2", false, ["deriveBits"]);
  const salt = new TextEncoder().encode(digests.salt);
  const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: digests.rounds }, key, 128);
  return [...new Uint8Array(bits)].map((each) => each.toString(16).padStart(2, "0")).join("");
}
