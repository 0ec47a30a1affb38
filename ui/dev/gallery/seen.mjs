/**
 * That nothing the till can say of a tender or tell as a notice is missing from the states that are looked at.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Which generated union a mark on the page belongs to. */
const UNIONS = { TenderPhase: "tender", NoticeCode: "notice" };

/** Names of what is said on the page; inside the page. */
export function says() {
  const marked = (testid, name) => [...document.querySelectorAll(`[data-testid=${testid}]`)].map((el) => `${testid} ${el.dataset[name]}`);
  return [...marked("tender", "phase"), ...marked("notice", "code")];
}

/** A line for each member of the bindings that no state has shown. */
export function unseen(seen, sources) {
  return Object.entries(UNIONS).flatMap(([union, mark]) => {
    const declared = readFileSync(join(sources, `ui/src/generated/${union}.ts`), "utf8").split(`export type ${union} =`)[1];
    const members = [...declared.matchAll(/"([^"]+)"/gu)].map((match) => match[1]);
    return members.filter((member) => !seen.has(`${mark} ${member}`)).map((member) => `no state shows the ${mark} ${member}`);
  });
}
