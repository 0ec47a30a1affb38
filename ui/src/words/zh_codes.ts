/** Sentences that come from codes, in Chinese: every reason for no, notice, undo and state of a tender. */
import type { Code } from "../generated/Code";
import type { Means } from "../generated/Means";
import type { NoticeCode } from "../generated/NoticeCode";
import type { OrderState } from "../generated/OrderState";
import type { TenderPhase } from "../generated/TenderPhase";
import type { UndoCode } from "../generated/UndoCode";
import { plain, said } from "../format/money";

/** Values for a sentence, as the till sends them. */
export type Params = { [key in string]?: string };

const money = (text: string | undefined) => plain(text ?? "0");

export const means: Record<Means, { name: string; short: string; tile: string }> = {
  CASH_PAY: { name: "现金", short: "现金", tile: "现" },
  WECHAT_PAY: { name: "微信支付", short: "微信", tile: "微" },
  ALI_PAY: { name: "支付宝", short: "支付宝", tile: "支" },
};

const short = (text: string | undefined) => (text !== undefined && text in means ? means[text as Means].short : "");

export const problems: Record<Code, (p: Params) => string> = {
  ARTICLE_NOT_FOUND: (p) => `没有商品用这个条码：${p.text ?? ""}。可以输品名找`,
  ARTICLE_AMBIGUOUS: (p) => `“${p.text ?? ""}”有好几样，从下面选一样`,
  QUANTITY_NOT_POSITIVE: () => "数量要大于 0。不要这样商品就按 Delete 删这一行",
  QUANTITY_TOO_LARGE: (p) => `一行最多 ${p.max ?? ""}。没有改，看看是不是多按了`,
  QUANTITY_NOT_WHOLE: () => "这样商品按件卖，数量不能有小数",
  PRICE_INVALID: (p) => `“${p.text ?? ""}”不是价钱。写成 3.5 这样，最多两位小数`,
  AMOUNT_INVALID: (p) => `“${p.text ?? ""}”不是金额。写成 50 或 28.10`,
  AMOUNT_NOT_POSITIVE: () => "金额要大于 0",
  AMOUNT_TOO_LARGE: (p) => `一单最多 ${said(p.max ?? "")}。没有加进去，看看数量和价钱`,
  BASKET_EMPTY: () => "还没有商品，先扫一件",
  BASKET_TOO_LONG: (p) => `一单最多 ${p.max ?? ""} 行。先收这一单，再开一单`,
  LINE_NOT_FOUND: () => "这一行已经不在了",
  LINES_LOCKED: () => "这一单正在收款，商品先不能改",
  NOTHING_TO_UNDO: () => "没有可以撤销的了",
  ORDER_NOT_FOUND: () => "没有找到这一单",
  ORDER_STATE: () => "这一单现在不能这样做，钱和商品都没有动",
  TENDER_NOT_FOUND: () => "没有找到这一笔收款",
  TENDER_STATE: () => "这一笔收款现在不能这样做，钱没有动",
  ATTEMPT_LIVE: () => "上一笔还没有结果，等答复了再收，免得顾客付两次",
  APPROVAL_NEEDED: () => "要店长批准",
  NO_MANAGER: () => "这台收银机还没有店长，没人能批准，什么都没有动。先到“设置 · 人员和 PIN”设一位店长",
  PIN_WRONG: () => "PIN 不对，不是店长的",
  PIN_WAIT: (p) => `试错太多次，${p.seconds ?? ""} 秒后再试`,
  NAME_INVALID: (p) => `名字要 1 到 ${p.max ?? ""} 个字`,
  NAME_TAKEN: (p) => `已经有人叫“${p.name ?? ""}”，换一个叫法`,
  PIN_INVALID: (p) => `PIN 是 ${p.min ?? ""} 到 ${p.max ?? ""} 位数字`,
  PIN_TAKEN: () => "这个 PIN 有人用了，换一个",
  PIN_NEEDED: () => "要 PIN",
  PIN_NOT_THEIRS: (p) => `PIN 不对，不是${p.name ?? ""}的`,
  PERSON_NOT_FOUND: () => "没有这个人",
  PERSON_SIGNED_IN: (p) => `${p.name ?? ""}正在收银。换别人上机再删`,
  LAST_MANAGER: (p) => `${p.name ?? ""}是最后一位店长，要留着，不然没人能批准`,
  SHIFT_ALREADY_OPEN: (p) => `${p.cashier ?? ""}的班还开着，先交班`,
  SHIFT_NOT_OPEN: () => "还没有开班",
  SHIFT_NOT_FOUND: () => "没有找到这一班",
  SHIFT_CHANGED: () => "钱箱里的钱刚变过，这一下没有记。看一眼再按",
  COUNT_MISSING: () => "还没有点钱。一张都没有就填 0",
  COUNT_CHANGED: () => "填的数和记下的数不一样，班没有交。看一眼合计再按",
  COUNT_INVALID: (p) => `这样点不对，没有记（${p.denomination ?? ""}）`,
  COUNT_IS_BLIND: () => "正在不看应有地点钱，交班前不打报表。交了班再打交班单",
  PRINTER_NOT_SET: () => "还没接打印机，小票可以在屏幕上看。收款不受影响",
  PRINT_NOT_FOUND: () => "这一张已经打好了，或者正在打",
  LEAVE_OVER_COUNTED: (p) => `留下的不能多过点得的 ${said(p.counted ?? "")}`,
  NOTE_TOO_LONG: (p) => `补充最多 ${p.max ?? ""} 个字`,
  REFUND_OVER_LEFT: (p) => `这一单最多还能退 ${said(p.left ?? "")}，没有退。改小一点`,
  REFUNDS_CHANGED: () => "这一单的退款刚变过，这一下没有退。看一眼再按",
  REFUND_NOT_FOUND: () => "没有找到这一笔退款",
  LATE_GONE: () => "这笔钱已经定了或者在退了，没有再动",
  LATE_NO_PLACE: () => "这一单已经不差这笔钱，只能退回",
  CASH_TOO_LITTLE: (p) => `收到的现金不够，还差 ${said(p.due ?? "")} 没收`,
  AMOUNT_OVER_DUE: (p) => `超过还差的 ${said(p.due ?? "")}，没有收`,
  OPEN_CHANGED: (p) => `还差的已变成 ${said(p.due ?? "")}，这一下没有收。看一眼再按`,
  CODE_NEEDS_NETWORK: () => "微信、支付宝要等网络。现金照常收",
  MEANS_NOT_OFFERED: (p) => `这家店还没有开通${short(p.means)}。现金照常收`,
  NOT_A_PAYMENT_CODE: () => "正在收款，刚才扫的不是付款码：没有收钱，也没有加进来。收完这一单再扫商品",
  OWN_NUMBER: () => "刚才扫的是单号，不是付款码，没有收钱。请顾客打开付款码再扫",
  CATALOGUE_MALFORMED: (p) => `商品表第 ${p.line ?? "?"} 行读不懂（${p.column ?? ""}）。一样都没有改，改好再读`,
  ENROL_LINE_MALFORMED: () => "这一行不完整。从总部整行复制：地址#码#指纹",
  ENROL_CODE_WRONG: () => "总部不认这个码，或者过了 30 分钟。请总部再发一个",
  ENROL_CODE_USED: () => "这个码已经用过了。请总部再发一个",
  CENTRE_UNREACHABLE: (p) => `连不上总部 ${p.address ?? ""}。看看地址和网络，会再试`,
  CENTRE_NOT_THE_ONE: () => "应答的不是这一行里的总部，没有连。核对地址，或请总部再发一行",
  TILL_BELONGS_TO_SHOP: () => "这台收银机已经属于一家门店，没有改动。关掉程序再打开，就回到那家店",
  TILL_REVOKED: () => "总部停用了这台收银机。单子都在本机，请联系总部",
  DATABASE_NEWER: (p) => `数据是更新的版本（${p.found ?? ""}）写的，这个程序只认到 ${p.known ?? ""}。数据没有动，请更新程序`,
  DATABASE_DAMAGED: (p) => `数据坏了，已原样留着：${p.path ?? ""}。请联系安装的人，从备份恢复`,
  DATABASE_UNREADABLE: (p) => `数据读写不了：${p.path ?? ""}。没有动它，看看磁盘和权限`,
  ALREADY_RUNNING: () => "这台机器上已经开着一个收银程序，用那一个",
  DISK_FULL: () => "磁盘快满了，先不收款。清出空间就能接着用",
  NOT_SAVED: () => "这一单没能存到磁盘，所以还没收款。请别找零，先叫店长",
  PRACTICE_ONLY: () => "练习的时候才有",
  REQUEST_MALFORMED: () => "程序的两半版本对不上，什么都没有做。重开程序",
  INTERNAL: () => "程序出了错，这一步没有做。已存的单子都在",
};

export const notices: Record<NoticeCode, (p: Params) => string> = {
  PARKED_ORDER_PAID: (p) => `单 ${p.short_no ?? ""} ${short(p.means)}到账 ${money(p.amount_minor)}，已算付清`,
  CODE_RENEWED: () => "旧码时间到了，已换新码。旧码付的钱也认",
  PAID_TWICE: (p) => `顾客付了两次。多的 ${money(p.amount_minor)} 正在原路退回`,
  GIVEN_UP_RETURNED: (p) => `单 ${p.short_no ?? ""} 已改收现金，${short(p.means)}又到账 ${money(p.amount_minor)}，正在原路退回`,
  LATE_MONEY: (p) => `关码以后${short(p.means)}又到账 ${money(p.amount_minor)}。没人认就原路退回`,
  AMOUNT_DIFFERS: (p) => `${short(p.means)}收到 ${money(p.amount_minor)}，应收 ${money(p.due_minor)}。先放到“待确认”，请店长看`,
  CODE_REFUSED: (p) => `${short(p.means)}不给出码（${p.reason ?? ""}）。钱没有动，可以收现金`,
  NOT_CHARGED: (p) => `${short(p.means)}没有按这个付款码收到钱：没有扣，或扣了已当场退回。请顾客换一个付款码再扫，或换别的收法`,
  PAYMENT_CODE_REFUSED: (p) => `${short(p.means)}没有按这个付款码收（${p.reason ?? ""}）。钱没有动。请顾客换一个付款码再扫，或换别的收法`,
  PAYMENT_CODE_NOT_SENT: (p) => `这次没有发到${short(p.means)}，顾客没有被扣款。请再扫一次付款码，或换别的收法`,
  REFUND_REFUSED: (p) => `单 ${p.short_no ?? ""} 的${short(p.means)}退款 ${money(p.amount_minor)} 没退成。钱还在店里。打开这单再退一次，还走原路；再不成，在平台后台或店里另外退`,
  LATE_DECIDED_ELSEWHERE: (p) => `单 ${p.short_no ?? ""} 迟到的 ${money(p.amount_minor)} 之前已经定了。打开这单看钱去了哪`,
  ENTRY_REFUSED: (p) => `总部留下了第 ${p.seq ?? ""} 条记录等人看（${p.code ?? ""}）。钱和单子都在`,
};

export const undone: Record<UndoCode, (name: string) => string> = {
  LINE_ADDED: (name) => `加了 ${name}`,
  LINE_REMOVED: (name) => `删了 ${name}`,
  QUANTITY_CHANGED: (name) => `改了数量 ${name}`,
  PRICE_CHANGED: (name) => `改了价钱 ${name}`,
};

/** The state in a tender's row. */
export const phases: Record<TenderPhase, string> = {
  fetching: "正在取码",
  waiting: "等顾客付款",
  paying: "顾客正在付",
  unknown: "结果还不知道",
  closing: "正在关码",
  settled: "已收",
  canceled: "没有收，已关",
  given_up: "已改收现金",
  failed: "不能收",
  reversed: "已退现金",
  needs_attention: "要店长看",
};

export const order_states: Record<OrderState, string> = {
  OPEN: "还在扫",
  HELD: "挂单",
  PAYING: "正在收款",
  TO_CONFIRM: "待确认",
  COMPLETED: "已收",
  VOIDED: "作废",
  PART_REFUNDED: "退了一部分",
  REFUNDED: "已退",
};
