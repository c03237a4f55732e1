// Bundles liveex.js and everything it imports into the one static file that pages load.

import { copyFile, mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

// Beside it, for projects that write their own scripts in TypeScript.
await mkdir(here("../static/liveex_django"), { recursive: true });
await copyFile(here("types/liveex.d.ts"), here("../static/liveex_django/liveex.d.ts"));

await build({
  entryPoints: [here("liveex.js")],
  outfile: here("../static/liveex_django/liveex.js"),
  bundle: true,
  format: "iife",
  // Private fields and static class members as they are; every browser since 2022 knows them.
  target: "es2022",
  minify: true,
  legalComments: "none",
  logLevel: "warning",
});
