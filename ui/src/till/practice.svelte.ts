/** The switches of practice as they were last set from this page: the till tells them only when they change. */
import type { FaultSwitches } from "../generated/FaultSwitches";

class Practice {
  network_cut = $state(false);
  faults = $state.raw<FaultSwitches>({ lose_answers: false, lose_requests: false, no_notices: false, slow: false });
}

export const practice = new Practice();
