// The desk: hold the lock while working on a case, say who else is editing, warn when the lock is gone.

function heartbeat(panel: HTMLElement): void {
  const url = panel.dataset.heartbeat;
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content ?? "";
  if (!url) return;
  const beat = async (): Promise<void> => {
    const answer = await fetch(url, { method: "POST", headers: { "X-CSRFToken": token, Accept: "application/json" } });
    if (answer.status === 409) {
      panel.querySelector<HTMLElement>("[data-lock-lost]")?.removeAttribute("hidden");
      window.clearInterval(timer);
    }
  };
  // A lock lives 90 seconds without a beat; three beats fit into that.
  const timer = window.setInterval(() => void beat().catch(() => undefined), 25_000);
}

document.querySelectorAll<HTMLElement>("[data-heartbeat]").forEach(heartbeat);
