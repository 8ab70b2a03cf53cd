// Generates the package's code from the protos, and for each package of protos a module with all of it.
import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

process.chdir(import.meta.dirname);
execFileSync("node_modules/.bin/buf", ["generate"], { stdio: "inherit" });

const root = "src/gen/acuse";
for (const name of readdirSync(root)) {
  const folder = join(root, name, "v1");
  const modules = readdirSync(folder).sort();
  const lines = modules.map((module) => `export * from "./${module.replace(/\.ts$/, ".js")}";\n`);
  writeFileSync(join(folder, "index.ts"), lines.join(""));
}
