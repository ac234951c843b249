// Letters embed a Chinese font: copies two weights and the licence out of their package to where letters are rendered.
import { copyFileSync, mkdirSync } from "node:fs";

const from = new URL("node_modules/@expo-google-fonts/noto-sans-sc/", import.meta.url);
const to = new URL("../src/bihuan/documents/letters/rendering/fonts/", import.meta.url);
mkdirSync(to, { recursive: true });
for (const file of ["400Regular/NotoSansSC_400Regular.ttf", "700Bold/NotoSansSC_700Bold.ttf", "LICENSE_FONT"]) {
  copyFileSync(new URL(file, from), new URL(file.replace(/^.*\//, ""), to));
}
