// Keyboard for staff pages. A key is declared in the page (data-key="d" on a link, button or field);
// j/k walk the rows of [data-list]; ? shows what this page offers.

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("[data-list] .case-line")];
}

function walk(step: number): void {
  const all = rows();
  if (!all.length) return;
  const selected = all.findIndex((row) => row.classList.contains("selected"));
  const present = selected >= 0 ? selected : all.findIndex((row) => row.getAttribute("aria-current") === "true");
  const next = Math.min(Math.max(present < 0 ? 0 : present + step, 0), all.length - 1);
  all.forEach((row) => row.classList.remove("selected"));
  all[next]?.classList.add("selected");
  all[next]?.focus();
}

function act(element: HTMLElement): void {
  const details = element.closest("details");
  if (details && !details.open) details.open = true;
  if (element.tagName === "SUMMARY") {
    details?.querySelector<HTMLElement>("select, input:not([type=hidden]), textarea, button")?.focus();
  } else if (typing(element)) {
    element.focus();
  } else {
    element.click();
  }
}

export function installShortcuts(): void {
  const help = document.querySelector<HTMLDialogElement>("dialog[data-shortcuts]");
  document.querySelectorAll<HTMLElement>("[data-open-shortcuts]").forEach((opener) => {
    opener.hidden = false;
    opener.addEventListener("click", () => help?.showModal());
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && typing(event.target)) (event.target as HTMLElement).blur();
    if (typing(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "?" && help) {
      event.preventDefault();
      help.open ? help.close() : help.showModal();
      return;
    }
    if (event.key === "j" || event.key === "k") {
      walk(event.key === "j" ? 1 : -1);
      return;
    }
    // Enter on a link or button is its own; only on the page itself does it stand for what the page declares.
    if (event.key === "Enter" && event.target instanceof HTMLElement && event.target.closest("a, button, summary, label, dialog")) return;
    const element = document.querySelector<HTMLElement>(`[data-key="${CSS.escape(event.key)}"]`);
    if (element) {
      event.preventDefault();
      act(element);
    }
  });
}
