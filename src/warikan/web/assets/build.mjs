// Bundles the browser side into src/warikan/web/static/dist: same input, same bytes.
// Names carry a hash of the content, so that the server may let browsers keep them for ever.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { cp, mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../static/dist");

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

const result = await build({
  absWorkingDir: here,
  entryPoints: ["src/app.js", "src/app.css"],
  outdir: out,
  bundle: true,
  splitting: true,
  format: "esm",
  target: ["es2022", "chrome123", "firefox125", "safari17.5"],
  minify: true,
  legalComments: "external",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  metafile: true,
  logLevel: "warning",
});

const names = {};
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  if (output.entryPoint) names[basename(output.entryPoint)] = basename(path);
}

const icon = await readFile(join(here, "src/icon.svg"));
const iconName = `icon-${createHash("sha256").update(icon).digest("hex").slice(0, 8).toUpperCase()}${extname("icon.svg")}`;
await writeFile(join(out, iconName), icon);
names["icon.svg"] = iconName;

// What is bundled keeps its licence.
for (const [name, file] of [
  ["echarts", "LICENSE"],
  ["echarts", "NOTICE"],
  ["zrender", "LICENSE"],
  ["htmx.org", "LICENSE"],
  ["@fontsource-variable/inter", "LICENSE"],
]) {
  await cp(join(here, "node_modules", name, file), join(out, `${name.replace(/[@/]/g, "_")}.${file}.txt`));
}

const files = (await readdir(out)).sort();
await writeFile(join(out, "manifest.json"), `${JSON.stringify({ names, files }, null, 1)}\n`);
