/** Where the settings stand: which page of them, and which of its rows the arrow keys mean. */
import type { Look } from "../generated/Look";
import { LOOK_ROWS, type LookRow, type SettingsGlance, type SettingsPage } from "../keys/settings";
import { rpc } from "../platform";
import { change } from "./commands";
import { till } from "./till.svelte";
import { within } from "./within";

class Settings {
  page = $state<SettingsPage>("look");
  row = $state<LookRow>("language");

  get glance(): SettingsGlance {
    return { page: this.page, row: this.row };
  }

  move(by: number): void {
    this.row = LOOK_ROWS[within(LOOK_ROWS.indexOf(this.row) + by, LOOK_ROWS.length)] ?? "language";
  }

  begin_anew(): void {
    this.page = "look";
    this.row = "language";
  }
}

export const settings = new Settings();

/** Changes one thing of the look and leaves the rest as the till has it. */
export async function change_look(part: Partial<Look>): Promise<void> {
  const { state } = till;
  if (state !== null) await change(rpc("settings.look", { ...state.shop.look, ...part }));
}
