/**
 * What the person at the counter has before them beyond the till's own state: which page, what is typed,
 * what is selected. All of it may be forgotten at any moment without harm.
 */
import type { AskRefund } from "../generated/AskRefund";
import type { Line } from "../generated/Line";
import type { MoveCash } from "../generated/MoveCash";
import type { OrderRow } from "../generated/OrderRow";
import type { Preview } from "../generated/Preview";
import type { Problem } from "../generated/Problem";
import type { Receipt } from "../generated/Receipt";
import type { SavePerson } from "../generated/SavePerson";
import type { Takings } from "../generated/Takings";
import type { UndoHint } from "../generated/UndoHint";
import type { Overlay, Screen, Sheet, SheetItem, Situation } from "../keys/situation";
import type { LateItem } from "../keys/refunds";
import { wants_first_manager } from "../keys/first_manager";
import { people } from "./people.svelte";
import { refund } from "./refund.svelte";
import { settings } from "./settings.svelte";
import { shift } from "./shift.svelte";
import { till } from "./till.svelte";

/** The last thing worth saying, bottom left. `undo`: what the till can take back. */
export type Toast = { kind: "undo" | "say" | "problem"; text: string };

/** What a manager is asked for, with all that the act needs. */
export type Asked =
  /** Cash for which code, and what was open beside it then. */
  | { for: "cash"; tender_no: string; received_yuan: string; open_minor: number }
  | { for: "move"; move: MoveCash }
  | { for: "blind"; blind: boolean }
  | { for: "save"; form: SavePerson }
  | { for: "remove"; staff_id: string; name: string }
  | { for: "refund"; ask: AskRefund; amount_minor: number; short_no: string }
  | { for: "late"; late: LateItem };

export type Paper = Receipt & { of: "order" | "shift" | "printed" };

/** Long enough to read a sentence twice; the next action replaces it anyway. */
const TOAST_MS = 8000;

class Desk {
  screen = $state<Screen>("sell");
  sheet = $state<Sheet | null>(null);
  sheet_items = $state.raw<SheetItem[]>([]);
  sheet_index = $state(0);
  overlay = $state<Overlay | null>(null);
  peeking = $state(false);

  text = $state("");
  preview = $state.raw<Preview | null>(null);
  /** The text that `preview` belongs to. */
  preview_of = $state("");
  list_open = $state(true);
  candidate = $state(0);
  price_line = $state.raw<Line | null>(null);
  amount = $state("");
  cash_wanted = $state(false);
  line_id = $state<string | null>(null);

  order_id = $state<string | null>(null);
  order_rows = $state.raw<OrderRow[]>([]);
  order_search = $state("");
  /** The day asked for; null is today. */
  day = $state<string | null>(null);
  takings = $state.raw<Takings | null>(null);
  /** Paper to look at: an order's receipt, or a shift's report. */
  receipt = $state.raw<Paper | null>(null);
  asked = $state.raw<Asked | null>(null);
  pin = $state("");
  pin_problem = $state.raw<Problem | null>(null);
  /** Who is about to sign in with a PIN. */
  signing = $state<string | null>(null);

  toast = $state.raw<Toast | null>(null);
  /** A fault stays until it is closed: its reference is read aloud. */
  fault = $state.raw<Problem | null>(null);
  private toast_timer: ReturnType<typeof setTimeout> | undefined;

  /** The selected line; without a choice the newest. */
  get selected(): Line | null {
    const lines = till.state?.basket.lines ?? [];
    return lines.find((l) => l.line_id === this.line_id) ?? lines.at(-1) ?? null;
  }

  /** The page that is up: the one that was chosen, unless the till asks something first. */
  get shown(): Screen {
    return till.state !== null && wants_first_manager(till.state) ? "first_manager" : this.screen;
  }

  /** Everything the keys look at, or null before the first state. */
  get situation(): Situation | null {
    const { state } = till;
    if (state === null) return null;
    const preview = this.preview_of === this.text ? this.preview : null;
    return {
      state,
      screen: this.shown,
      sheet: this.sheet,
      sheet_items: this.sheet_items,
      sheet_index: this.sheet_index,
      overlay: this.overlay,
      peeking: this.peeking,
      box: {
        text: this.text,
        preview,
        list_open: this.list_open,
        candidate: this.candidate,
        price_line: this.price_line,
      },
      amount: this.amount,
      cash_wanted: this.cash_wanted,
      selected: this.selected,
      has_orders: this.order_rows.length > 0,
      order_id: this.order_id,
      shift: shift.glance,
      refund: refund.glance,
      person: people.glance,
      settings: settings.glance,
      now_ms: till.now_ms,
    };
  }

  say(text: string, kind: Toast["kind"] = "say"): void {
    clearTimeout(this.toast_timer);
    this.toast = { kind, text };
    this.toast_timer = setTimeout(() => (this.toast = null), TOAST_MS);
  }

  /** Says what can be taken back, when it has just been done and not when the page is opened later. */
  undo_known(hint: UndoHint): void {
    if (till.clock_ms() - hint.at_ms < TOAST_MS) this.say(till.words.undone[hint.code](hint.name), "undo");
  }

  /** Another stage or another order: what was typed and opened for the one before is gone. */
  left_stage(): void {
    this.amount = "";
    this.cash_wanted = false;
    this.peeking = false;
    this.price_line = null;
    if (this.overlay === "approval") this.close_approval();
  }

  quiet(): void {
    clearTimeout(this.toast_timer);
    this.toast = null;
  }

  /** Empties the box and ends a price entry. */
  clear_box(): void {
    this.text = "";
    this.preview = null;
    this.preview_of = "";
    this.price_line = null;
    this.list_open = true;
    this.candidate = 0;
  }

  go(screen: Screen): void {
    this.screen = screen;
    this.sheet = null;
    this.overlay = null;
  }

  /** Another till altogether: nothing that was before the person belongs to it. */
  begin_anew(): void {
    this.go("sell");
    this.clear_box();
    this.left_stage();
    this.quiet();
    this.fault = null;
    this.line_id = null;
    this.order_id = null;
    this.order_rows = [];
    this.order_search = "";
    this.day = null;
    this.takings = null;
    this.receipt = null;
    shift.begin_anew();
    refund.begin_anew();
    people.begin_anew();
    settings.begin_anew();
  }

  open_sheet(sheet: Sheet): void {
    // Until the sheet has its own rows, Enter must not open a row of the one before.
    if (this.sheet !== sheet) this.sheet_items = [];
    this.sheet = sheet;
    this.sheet_index = 0;
  }

  close_approval(): void {
    this.overlay = null;
    this.asked = null;
    this.signing = null;
    this.pin = "";
    this.pin_problem = null;
  }
}

export const desk = new Desk();
