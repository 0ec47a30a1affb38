/**
 * The page's token: handed over once in the address, kept for this tab only, and taken out of the address
 * bar so that it is neither bookmarked nor photographed.
 */
const STORED_AS = "suanpan.token";

/** Takes the token from the address if it is there, else from this tab's memory; empty when there is none. */
export function take_token(place: Location, memory: Storage, past: History): string {
  const address = new URL(place.href);
  const fresh = address.searchParams.get("token");
  if (fresh === null) return memory.getItem(STORED_AS) ?? "";
  memory.setItem(STORED_AS, fresh);
  address.searchParams.delete("token");
  past.replaceState(null, "", address.pathname + address.search + address.hash);
  return fresh;
}
