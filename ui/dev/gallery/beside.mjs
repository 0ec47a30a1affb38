/** Pictures of two folders with the same names beside each other, in one picture each and on one page. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export function beside(ours, theirs) {
  const folder = join(ours, "beside");
  mkdirSync(folder, { recursive: true });
  const names = readdirSync(theirs).filter((name) => name.endsWith(".png") && existsSync(join(ours, name)));
  for (const name of names) {
    const made = spawnSync("convert", ["(", join(theirs, name), "-background", "#888", "-gravity", "east", "-splice", "12x0", ")", join(ours, name), "+append", join(folder, name)]);
    if (made.status !== 0) throw new Error(`convert ${name}: ${made.stderr}`);
  }
  const rows = names.sort().map((name) => `<h2>${name}</h2><img src="${name}" width="100%" alt="">`);
  writeFileSync(join(folder, "index.html"), `<!doctype html><meta charset="utf-8"><title>Left: reference. Right: the product.</title>${rows.join("\n")}`);
  console.log(`${names.length} pairs in ${folder}`);
}
