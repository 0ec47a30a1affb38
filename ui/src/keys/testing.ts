/** Small whole states for tests: the least that the keys and the words look at. */
import type { Line } from "../generated/Line";
import type { Pay } from "../generated/Pay";
import type { Tender } from "../generated/Tender";
import type { TillState } from "../generated/TillState";
import type { Situation } from "./situation";

export const line: Line = {
  line_id: "1",
  article_id: "a",
  name: "可口可乐",
  name_en: "Coca-Cola",
  size: "330ml",
  code: "6928804011142",
  unit: "piece",
  price_minor: 350,
  price_by_hand: false,
  quantity_milli: 1000,
  discount_minor: 0,
  charged_percent: 100,
  amount_minor: 350,
};

export const article = { ...line, pinyin: "kě kǒu kě lè", initials: "kkkl" };

export const tender: Tender = {
  tender_no: "t1",
  means: "WECHAT_PAY",
  amount_minor: 2810,
  received_minor: null,
  change_minor: null,
  phase: "waiting",
  settled_at_ms: null,
  code: { trade_no: "x", url: "weixin://", svg_path: "M0 0h1v1z", modules: 29, created_at_ms: 0, expires_at_ms: 300_000 },
  shown_at_ms: 0,
  asked_at_ms: 0,
  asked_in_vain: 0,
  unknown_since_ms: null,
  ask_again_at_ms: null,
  renewed: false,
  by_payment_code: false,
  next: null,
  refused_code: null,
};

export const pay: Pay = {
  order_id: "o",
  short_no: "2-1121-0286",
  total_minor: 7810,
  due_minor: 7810,
  open_minor: 7810,
  tenders: [],
  current_tender_no: null,
  code_means: ["WECHAT_PAY"],
  codes_possible: true,
  quick_cash_minor: [7810, 8000, 10000],
  can_go_back: true,
};

export const state: TillState = {
  revision: 1,
  now_ms: 1_000,
  shop: { name: "幸福里便利店", till_label: "2", practice: false, cashier: "王芳", language: "zh-CN", zone: "Asia/Shanghai", look: { theme: "light", text_size: "standard" }, has_manager: true },
  shift: null,
  stage: "sell",
  basket: { order_id: null, lines: [], pieces: 0, original_minor: 0, discount_minor: 0, rounding_minor: 0, total_minor: 0 },
  held: [],
  pay: null,
  paid: null,
  notices: [],
  undo: null,
  sync: { phase: "in_step", orders_only_here: 0, entries_only_here: 0, attention: 0, offline_since_ms: null, retry_at_ms: null },
  print: { printer: "pictures", receipts: true, owed: 0, phase: null, trouble: null, last_order_id: null },
};

export const situation: Situation = {
  state,
  screen: "sell",
  sheet: null,
  sheet_items: [],
  sheet_index: 0,
  overlay: null,
  peeking: false,
  box: { text: "", preview: null, list_open: true, candidate: 0, price_line: null },
  amount: "",
  cash_wanted: false,
  has_orders: true,
  selected: null,
  order_id: null,
  shift: { place: "loading", float: "", suggested_float_minor: 0, blind: false, shift_id: null, direction: "in", yuan: "" },
  refund: { order_id: null, left_minor: 0, amount_minor: 0 },
  person: { name: "", is_new: true },
  settings: { page: "look", row: "language" },
  now_ms: 1_000,
};

export const selling = (): Situation => ({
  ...situation,
  state: { ...state, basket: { ...state.basket, order_id: "o", lines: [line], pieces: 1, total_minor: 350 } },
  selected: line,
});

/** On Pay with this tender current. */
export const paying = (part: Partial<Pay>, current: Partial<Tender> | null = null): Situation => {
  const live = current === null ? [] : [{ ...tender, ...current }];
  const whole: Pay = {
    ...pay,
    ...(live.length === 0 ? {} : { tenders: live, current_tender_no: "t1", open_minor: 0, due_minor: 2810, can_go_back: false }),
    ...part,
  };
  return { ...situation, state: { ...state, stage: "pay", pay: whole } };
};
