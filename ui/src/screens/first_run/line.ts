/**
 * The line that joins a till to its shop, `address#code#fingerprint`, as a person gets it into the page: pasted
 * or scanned whole, or typed in its parts. Whether it is true is for the head office to say.
 */
import { plain_form } from "../../keys/plain_form";

export type LineParts = { address: string; code: string; fingerprint: string };
export type Missing = "code" | "address" | "fingerprint";

export const NO_PARTS: LineParts = { address: "", code: "", fingerprint: "" };
/** As head office prints it: eight letters and digits. */
export const CODE_LENGTH = 8;

/** Hosts that are this machine itself: there nobody sits between, so no fingerprint is needed. */
const THIS_MACHINE = /^(http:\/\/)?(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?\/?$/i;
/** What only an address has: a line is being typed or scanned where the code goes. */
const OF_AN_ADDRESS = /[:/.#]/;

/** The code's own characters, in capitals; signs between its halves and blanks are left out. */
export function code_in(text: string): string {
  return plain_form(text)
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, "")
    .slice(0, CODE_LENGTH);
}

/** What stands in the code's field after this was put there. A line that is still coming is kept as it comes. */
export function code_field(text: string): string {
  return OF_AN_ADDRESS.test(plain_form(text)) ? text : code_in(text);
}

/** The parts of a line that came whole, or null where this is none. */
export function parts_of(text: string): LineParts | null {
  const parts = plain_form(text)
    .trim()
    .split("#")
    .map((part) => part.trim());
  const [address = "", code = "", fingerprint = ""] = parts;
  if (parts.length < 2 || parts.length > 3 || address === "" || code_in(code) === "") return null;
  return { address: lower_host(address), code: code_in(code), fingerprint };
}

/** Scheme and host mean the same in capitals, which the code's place makes of what is scanned into it. */
function lower_host(address: string): string {
  return address.replace(/^[a-z]+:\/\/[^/]*/i, (found) => found.toLowerCase());
}

/** The first part that is not there yet. */
export function missing({ address, code, fingerprint }: LineParts): Missing | null {
  if (code.length < CODE_LENGTH) return "code";
  if (address.trim() === "") return "address";
  return fingerprint.trim() === "" && !THIS_MACHINE.test(address.trim()) ? "fingerprint" : null;
}

/** The line of its parts, its address with a scheme: plain only for this machine itself. */
export function line_of({ address, code, fingerprint }: LineParts): string {
  const host = plain_form(address).trim();
  const scheme = /^https?:\/\//i.test(host) ? "" : THIS_MACHINE.test(host) ? "http://" : "https://";
  const rest = fingerprint.trim() === "" ? "" : `#${plain_form(fingerprint).trim()}`;
  return `${scheme}${host}#${code}${rest}`;
}
