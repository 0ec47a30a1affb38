/** What the keys' meaning depends on, and what a key can mean. Types only. */
import type { CodeMeans } from "../generated/CodeMeans";
import type { ArticleHit } from "../generated/ArticleHit";
import type { Line } from "../generated/Line";
import type { Means } from "../generated/Means";
import type { Preview } from "../generated/Preview";
import type { MoveDirection } from "../generated/MoveDirection";
import type { TillState } from "../generated/TillState";
import type { Language } from "../generated/Language";
import type { TextSize } from "../generated/TextSize";
import type { Theme } from "../generated/Theme";
import type { LateWish } from "../generated/LateWish";
import type { PersonGlance, ShiftGlance } from "./back_office";
import type { LateItem, RefundGlance } from "./refunds";
import type { SettingsGlance, SettingsPage } from "./settings";

/** `first_manager`: a new shop is asked who manages its till; it comes by itself and goes with the answer. */
export type Screen = "sell" | "orders" | "shift" | "takings" | "practice" | "settings" | "first_manager";
export type Sheet = "sync" | "held" | "print";
export type Overlay = "keys" | "receipt" | "approval" | "move" | "refund" | "sign_in";

/**
 * A row of a sheet that Enter opens: as the basket, back on Pay, or to be looked at under Orders; a paper opens
 * what it shows, and Delete wants it no more.
 */
export type SheetItem =
  /** `late`: money that waits for a decision; `refund_no`: a refund to be looked at. */
  | { order_id: string; opens: "basket" | "parked" | "order"; late?: LateItem; refund_no?: string }
  | { job_no: string; order_id: string | null; opens: "paper" };

export type Situation = {
  state: TillState;
  screen: Screen;
  sheet: Sheet | null;
  sheet_items: SheetItem[];
  sheet_index: number;
  overlay: Overlay | null;
  /** The basket is looked at while its payment goes on. */
  peeking: boolean;
  box: {
    text: string;
    /** What the text means; null while that is being asked. */
    preview: Preview | null;
    list_open: boolean;
    candidate: number;
    /** The line whose price is being typed into the box. */
    price_line: Line | null;
  };
  /** What is typed on Pay. */
  amount: string;
  /** A code is being closed so that cash can be taken: cash is next once it is. */
  cash_wanted: boolean;
  selected: Line | null;
  /** Whether Orders lists any. */
  has_orders: boolean;
  /** The order whose receipt Ctrl+P means, on Orders. */
  order_id: string | null;
  shift: ShiftGlance;
  refund: RefundGlance;
  person: PersonGlance;
  settings: SettingsGlance;
  now_ms: number;
};

type OfLine = { line_id: string; name: string; name_en: string };

/** What a key does, with the names and numbers that its hint says. */
export type Intent =
  | { do: "enter" }
  /** `text` where a code named the article: it may hold a weight or a price that only the till reads. */
  | { do: "add"; article: ArticleHit; quantity_milli: number; text: string | null }
  | { do: "set_quantity"; line: OfLine; quantity_milli: number }
  | { do: "start_price"; line: OfLine }
  | { do: "save_price"; line: OfLine; yuan: string }
  | { do: "cancel_price" }
  | { do: "clear_box" }
  | { do: "close_list" }
  | { do: "begin_pay"; total_minor: number }
  | { do: "less"; line: OfLine }
  | { do: "remove"; line: OfLine }
  | { do: "move_line"; by: number }
  | { do: "move_candidate"; by: number }
  | { do: "hold" }
  | { do: "resume"; order_id: string }
  | { do: "open_parked"; order_id: string }
  | { do: "view_order"; order_id: string }
  | { do: "show_held" }
  | { do: "move_item"; by: number }
  | { do: "close_sheet" }
  | { do: "undo" }
  | { do: "cash"; received_yuan: string; open_minor: number }
  | { do: "cash_instead"; tender_no: string; means: Means; received_yuan: string; open_minor: number; approval: boolean; charged: boolean; arrived?: true }
  | { do: "code"; means: CodeMeans; yuan: string; open_minor: number }
  /** The code that is out is closed, and the other one comes by itself. */
  | { do: "switch"; tender_no: string; from: Means; means: CodeMeans }
  | { do: "renew"; tender_no: string }
  | { do: "ask"; tender_no: string; means: Means }
  | { do: "give_up"; returned_minor: number | null }
  | { do: "park" }
  | { do: "clear_amount" }
  | { do: "back" }
  | { do: "peek"; unknown: boolean }
  | { do: "unpeek" }
  | { do: "next_sale" }
  | { do: "receipt"; order_id: string }
  /** A receipt on paper, again. */
  | { do: "print"; order_id: string }
  /** A closed shift's report on paper; null is the open shift as it is now. */
  | { do: "print_report"; shift_id: string | null }
  /** The sheet of papers that have not come out. */
  | { do: "papers" }
  | { do: "print_retry" }
  | { do: "withdraw"; job_no: string }
  | { do: "orders" }
  | { do: "sell"; paying: boolean }
  /** The page of the shift. */
  | { do: "shift" }
  | { do: "open_shift"; float_yuan: string; suggested_minor: number }
  | { do: "next_kind" }
  | { do: "move_kind"; by: number }
  | { do: "recount" }
  | { do: "restore_count" }
  | { do: "close_shift" }
  | { do: "leave_count" }
  | { do: "start_move"; direction: MoveDirection }
  | { do: "move_cash"; direction: MoveDirection; yuan: string }
  | { do: "start_refund" }
  | { do: "ask_refund"; amount_minor: number }
  | { do: "decide_late"; late: LateItem; wish: LateWish }
  | { do: "refund_seen"; refund_no: string }
  | { do: "count_blind"; blind: boolean }
  | { do: "closed_shifts" }
  | { do: "shift_now" }
  | { do: "move_shift"; by: number }
  | { do: "shift_paper"; shift_id: string }
  | { do: "settings" }
  | { do: "settings_page"; page: SettingsPage }
  | { do: "move_row"; by: number }
  | { do: "choose_language"; language: Language }
  | { do: "choose_theme"; theme: Theme }
  | { do: "choose_text_size"; text_size: TextSize }
  | { do: "other_language" }
  | { do: "save_first_manager" }
  | { do: "people" }
  | { do: "new_person" }
  | { do: "move_person"; by: number }
  | { do: "save_person"; name: string; is_new: boolean }
  | { do: "remove_person"; staff_id: string; name: string }
  | { do: "sign_in" }
  | { do: "move_day"; by: number }
  | { do: "move_order"; by: number }
  | { do: "keys" }
  | { do: "close_overlay" }
  | { do: "approve" }
  | { do: "decline" };

/** One key with what it does now. `shown`: it stands in the key bar. */
export type Binding = { key: string; intent: Intent; shown: boolean };
