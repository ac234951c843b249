import { defineConfig } from "vite";

// Django serves the result under /static/faces/dist/ and finds the file names in the manifest.
export default defineConfig({
  base: "/static/faces/dist/",
  build: {
    outDir: "../src/bihuan/faces/static/faces/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    chunkSizeWarningLimit: 1500,
    rollupOptions: { input: { main: "src/main.ts", desk: "src/desk.ts", report: "src/report.ts", form: "src/form.ts", door: "src/door.ts" } },
  },
  worker: { format: "es" },
});
