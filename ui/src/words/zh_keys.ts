/** What each key does now, in Chinese: the sentences of the key bar and of the overlay with all keys. */
import type { Intent } from "../keys/situation";
import { bare } from "../format/quantity";
import { plain } from "../format/money";

type Of<D extends Intent["do"]> = Extract<Intent, { do: D }>;
/** One sentence per meaning, so that a new one without words does not compile. */
export type KeyWords = { [D in Intent["do"]]: (intent: Of<D>) => string };

const article = (i: Of<"add">) =>
  i.article.unit === "kilogram" ? `${bare(i.quantity_milli)} kg ` : `${bare(i.quantity_milli)} 件`;

const says: KeyWords = {
  enter: () => "放入",
  add: (i) => `放入 ${article(i)}${i.article.name}`,
  set_quantity: (i) => `${i.line.name} 改成 ${bare(i.quantity_milli)}`,
  start_price: () => "改价",
  save_price: (i) => `${i.line.name} 改价 ${i.yuan}`,
  cancel_price: () => "不改了",
  clear_box: () => "清空输入",
  close_list: () => "关闭列表",
  begin_pay: (i) => `收款 ${plain(i.total_minor)}`,
  less: () => "减一件",
  remove: () => "删这一行",
  move_line: () => "选一行",
  move_candidate: () => "换一个",
  hold: () => "挂单",
  resume: () => "取这一单",
  open_parked: () => "看这一单",
  view_order: () => "看这一单",
  show_held: () => "取单",
  move_item: () => "选一条",
  close_sheet: () => "关闭，继续收银",
  undo: () => "撤销",
  cash: (i) => (i.received_yuan === "" ? `收现金 ${plain(i.open_minor)}` : `收现金 ${i.received_yuan}`),
  cash_instead: () => "改收现金",
  code: (i) => (i.yuan === "" ? `微信收 ${plain(i.open_minor)}` : `微信收 ${i.yuan}`),
  renew: () => "换新码",
  ask: () => "再次查询",
  give_up: () => "放弃收款",
  park: () => "放到待确认",
  clear_amount: () => "清空金额",
  back: () => "回到购物篮",
  peek: (i) => (i.unknown ? "回到购物篮，这笔继续问" : "回到购物篮，收款继续等"),
  unpeek: () => "回到收款",
  next_sale: () => "新的一单",
  receipt: () => "再打一张",
  orders: () => "订单",
  sell: (i) => (i.paying ? "回到收款" : "回到收银"),
  move_day: () => "换一天",
  move_order: () => "换一单",
  keys: () => "全部按键",
  close_overlay: () => "关闭",
  approve: () => "批准一次",
  decline: () => "不批准",
  shift: () => "班次",
  open_shift: (i) => `开班，备用金 ${i.float_yuan === "" ? plain(i.suggested_minor) : i.float_yuan}`,
  next_kind: () => "下一个面额",
  move_kind: () => "换面额",
  recount: () => "再点一遍",
  restore_count: () => "恢复刚才的数",
  close_shift: () => "确认交班",
  leave_count: () => "先不交，已点的数留着",
  start_move: () => "存取现金",
  move_cash: (i) => (i.direction === "in" ? `存入 ${i.yuan}` : `取出 ${i.yuan}，请店长批准`),
  count_blind: () => "点钱时不看应有",
  closed_shifts: () => "以前的班",
  shift_now: () => "回到这一班",
  move_shift: () => "换一班",
  shift_paper: () => "看交班单",
  people: () => "人员",
  new_person: () => "加一个人",
  move_person: () => "换一个人",
  save_person: (i) => (i.is_new ? `加上${i.name}` : `保存${i.name}`),
  remove_person: () => "从名单里删掉",
  sign_in: () => "上班",
};

export const keys = {
  says,
  scan_next: "扫码开始下一单",
  scan_anyway: "扫码可直接放入，不必先清空",
  scan_closes: "扫码照常，会先关上这里",
  title: "全部按键",
  groups: [
    {
      name: "收银",
      rows: [
        ["3*", "再扫：放入三件；再按 Enter：改选中行的数量"],
        ["Enter", "放入；空着按就是收款"],
        ["+", "收款"],
        ["/", "改选中行的价"],
        ["-", "少一件"],
        ["Delete", "删选中行"],
        ["ArrowUp ArrowDown", "选一行"],
        ["F7", "挂单，取单"],
        ["Ctrl+Z", "撤销"],
      ],
    },
    {
      name: "收款",
      rows: [
        ["F1", "现金；先输金额就是收到这么多"],
        ["F3", "微信；先输金额就只出这么多的码"],
        ["Enter", "下面写着的那一步"],
        ["F7", "放到待确认，接下一位"],
        ["Delete", "放弃这次收款"],
        ["Escape", "回到购物篮"],
      ],
    },
    {
      name: "到处都有",
      rows: [
        ["F6", "订单"],
        ["F12", "班次：开班、点钱、交班"],
        ["Ctrl+P", "再打一张小票"],
        ["Escape", "返回，不会丢购物篮"],
        ["?", "这一页，F10 也行"],
      ],
    },
    {
      name: "交班",
      rows: [
        ["Enter", "下一个面额"],
        ["ArrowUp ArrowDown", "换面额"],
        ["F12", "确认交班"],
        ["F2", "存入钱箱"],
        ["F4", "从钱箱取出"],
        ["F3", "以前的班"],
      ],
    },
  ],
};
