/** What axe-core has to say about the page that is up, in a line per place. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** All of WCAG 2.2 up to AA, and what axe-core advises beyond it. Sizes are measured more strictly elsewhere. */
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export async function ask_axe(page) {
  if (!(await page.evaluate("window.axe !== undefined"))) await page.evaluate(`${SOURCE}; true`);
  return page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(TAGS)}, rules: { "target-size": { enabled: false } }, resultTypes: ["violations"] }).then(({ violations }) =>
    violations.flatMap((v) => v.nodes.map((n) => "axe " + v.id + ": " + v.help + ": " + n.target.join(" ") + " " + n.html.slice(0, 90))))`);
}
