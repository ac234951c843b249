// Find the category by any word of it: the words of the tree come with the page as <option data-words>.

interface Leaf {
  value: string;
  label: string;
  words: string;
}

function leaves(select: HTMLSelectElement): Leaf[] {
  return [...select.options]
    .filter((option) => option.value)
    .map((option) => ({
      value: option.value,
      label: option.textContent?.trim() ?? "",
      words: `${option.textContent ?? ""} ${option.dataset.words ?? ""} ${(option.parentElement as HTMLOptGroupElement).label ?? ""}`.toLowerCase(),
    }));
}

/** How well a leaf fits a free text: the longest keyword of it that occurs in the text, or the text in its words. */
function fit(leaf: Leaf, text: string): number {
  if (leaf.words.includes(text)) return 100;
  return leaf.words
    .split(/[\s,、/]+/)
    .filter((word) => word.length > 1 && text.includes(word))
    .reduce((best, word) => Math.max(best, word.length), 0);
}

export function installCategorySearch(form: HTMLFormElement): void {
  const select = form.querySelector<HTMLSelectElement>("select[name=category]");
  const search = form.querySelector<HTMLInputElement>("[data-category-search]");
  const list = form.querySelector<HTMLElement>("[data-category-results]");
  const text = form.querySelector<HTMLTextAreaElement>("textarea[name=text]");
  if (!select || !search || !list) return;
  search.closest<HTMLElement>(".field")!.hidden = false;
  const all = leaves(select);
  const show = (query: string): void => {
    const wanted = query.trim().toLowerCase();
    const found = wanted
      ? all
          .map((leaf) => ({ leaf, score: fit(leaf, wanted) }))
          .filter((entry) => entry.score > 0)
          .sort((a, b) => b.score - a.score)
          .slice(0, 6)
      : [];
    list.replaceChildren(
      ...found.map(({ leaf }) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.className = "button";
        button.textContent = leaf.label;
        button.setAttribute("aria-pressed", String(select.value === leaf.value));
        button.addEventListener("click", () => {
          select.value = leaf.value;
          list.querySelectorAll("button").forEach((b) => b.setAttribute("aria-pressed", String(b === button)));
          select.dispatchEvent(new Event("input", { bubbles: true }));
        });
        item.append(button);
        return item;
      }),
    );
  };
  search.addEventListener("input", () => show(search.value));
  text?.addEventListener("change", () => {
    if (!select.value && !search.value) show(text.value);
  });
}
