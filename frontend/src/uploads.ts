// Files are weighed before they travel: what the server would refuse is said at once, beside the field, and not sent.

function fault(field: HTMLInputElement): string {
  const files = [...(field.files ?? [])];
  const heavy = files.find((file) => file.size > Number(field.dataset.maxBytes));
  if (heavy) return (field.dataset.tooLarge ?? "").replace("{name}", heavy.name).replace("{mb}", (heavy.size / 1e6).toFixed(1));
  const kept = field.form?.querySelectorAll("input[name=kept_photo]:checked").length ?? 0;
  return field.dataset.most && files.length + kept > Number(field.dataset.most) ? (field.dataset.tooMany ?? "") : "";
}

function show(field: HTMLInputElement): boolean {
  const id = `${field.id}-weight`;
  const text = fault(field);
  let note = document.getElementById(id);
  if (!note) {
    note = document.createElement("p");
    note.id = id;
    note.className = "error";
    note.setAttribute("role", "alert");
    field.before(note);
  }
  note.textContent = text;
  note.hidden = !text;
  field.setAttribute("aria-invalid", String(Boolean(text)));
  return !text;
}

export function weighUploads(): void {
  document.querySelectorAll<HTMLInputElement>("input[type=file][data-max-bytes]").forEach((field) => {
    field.addEventListener("change", () => show(field));
    field.form?.addEventListener("submit", (event) => {
      if (show(field)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      field.focus();
    });
  });
}
