/** What the window is called: in practice its name says so too, where windows are told apart by it. */
import type { TillState } from "../generated/TillState";
import type { Words } from "../words";

export function title_of(state: TillState | null, frame: Words["frame"]): string {
  return state?.shop.practice === true ? `${frame.practice_tab} · ${frame.product}` : frame.product;
}
