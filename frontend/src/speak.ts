// Texts read aloud by voices of this device alone: a voice of a server would send the draft away before it is approved.

const SPOKEN: Record<string, string> = { dialect: "zh-CN" };

function voiceFor(tag: string): SpeechSynthesisVoice | undefined {
  const wanted = tag.toLowerCase();
  const here = speechSynthesis.getVoices().filter((voice) => voice.localService);
  const language = (voice: SpeechSynthesisVoice) => voice.lang.replace("_", "-").toLowerCase();
  return here.find((voice) => language(voice) === wanted) ?? here.find((voice) => language(voice).split("-")[0] === wanted.split("-")[0]);
}

function textOf(ids: string): string {
  return ids
    .split(" ")
    .map((id) => document.getElementById(id))
    .map((field) => (field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement ? field.value : (field?.textContent ?? "")))
    .filter((text) => text.trim())
    .join("。\n");
}

export function readAloud(): void {
  document.querySelectorAll<HTMLElement>("[data-voices]").forEach((row) => {
    if (!("speechSynthesis" in window)) return;
    row.hidden = false;
    const said = row.parentElement?.querySelector<HTMLElement>("[data-voices-said]");
    row.querySelectorAll<HTMLButtonElement>("button[data-speak]").forEach((button) => {
      button.addEventListener("click", () => {
        speechSynthesis.cancel();
        const tag = SPOKEN[button.dataset.lang ?? ""] ?? button.dataset.lang ?? "";
        const voice = voiceFor(tag);
        if (said) said.textContent = voice ? "" : (row.dataset.none ?? "");
        if (!voice) return;
        const words = new SpeechSynthesisUtterance(textOf(button.dataset.speak ?? ""));
        words.voice = voice;
        words.lang = voice.lang;
        speechSynthesis.speak(words);
      });
    });
    row.querySelector("button[data-hush]")?.addEventListener("click", () => speechSynthesis.cancel());
  });
}
