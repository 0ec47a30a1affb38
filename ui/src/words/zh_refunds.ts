/** Money that goes back and money that came late, in Chinese. */
import type { Means } from "../generated/Means";
import type { RefundPhase } from "../generated/RefundPhase";
import type { RefundReason } from "../generated/RefundReason";
import type { RefundWhy } from "../generated/RefundWhy";
import { means } from "./zh_codes";
import type { Triple } from "./zh";

export const refunds = {
  button: "退款",
  title: (no: string) => `退款 · 单 ${no}`,
  why: "钱按原路退。先退扫码的，再退现金；退现金从钱箱拿。",
  amount: "退多少（元）",
  all: (yuan: string) => `空着就全退：${yuan}`,
  reason: "为什么退",
  reasons: { goods: "退货", mistake: "收错", spoilt: "坏了", other: "其他" } satisfies Record<RefundReason, string> as Record<RefundReason, string>,
  note: "备注",
  goes: "这样退",
  part: (m: Means, yuan: string) => (m === "CASH_PAY" ? `现金 ${yuan}，从钱箱拿给顾客` : `${means[m].name} ${yuan}，原路退回`),
  ask: "退款，请店长批准",
  offline: "现在没网：现金马上退，扫码的等网络一通就发，不会退两次。",
  list: "退款",
  left: "还能退",
  phases: {
    requested: "已记下，等总部接收",
    sending: "平台在退",
    unknown: "结果还不知道",
    held: "先扣着，等人处理",
    returned: "已退回",
    refused: "没退成",
  } satisfies Record<RefundPhase, string> as Record<RefundPhase, string>,
  whys: {
    goods: "退货", mistake: "收错", spoilt: "坏了", other: "其他", elsewhere: "别处退的",
    duplicate: "付了两次", late: "关码后到账", given_up: "改收了现金", superseded: "金额改了",
  } satisfies Record<RefundWhy, string> as Record<RefundWhy, string>,
  by: (asked: string, approved: string) => `${asked}退，${approved}批准`,
  look: (no: string, m: Means, yuan: string) => `单 ${no} 退款 ${means[m].name} ${yuan}`,
  /** The fact, what it means for the money, the next step. */
  looks: {
    requested: "已记下，网络一通就发，不会退两次。",
    sending: "平台在退，到账就记下。",
    unknown: "到现在还没有结果。钱可能退了也可能没退，不要再退一次；会一直问，顾客急就让他查账单。",
    held: "钱还在店里，没有退出去。等总部放行或在平台后台处理，处理完会自己接着退。",
    returned: "钱已退给顾客。",
    refused: "平台没有接受，钱没有退出去，还在店里。打开这单再退一次，还走原路。再不成，在平台后台或店里另外退给顾客，这里就别再退。",
  } satisfies Record<RefundPhase, string> as Record<RefundPhase, string>,
  seen: "知道了",
  late: (no: string, m: Means, yuan: string) => `单 ${no} ${means[m].name} ${yuan}，关码以后才到账`,
  late_waits: (time: string) => `钱在店里，还没算进这一单。没人管，${time} 自己原路退回。`,
  late_place: "顾客在就算这单的，不在就现在退。",
  late_open: "这一单又回到了购物篮。重新开始收款，就能算这单的；不然现在退。",
  late_no_place: "这一单已经不差这笔钱，只能退回。",
  late_decided: {
    accept: "已经定了算这单的，等总部答复。没网就等网络，不用再按。",
    return_now: "已经定了现在退，等总部答复。没网就等网络，不用再按。",
  },
  accept: "算这单的",
  return_now: "现在退",
  asks: {
    refund: (name: string, yuan: string, no: string): Triple => [`${name}要给单 ${no} 退款 `, yuan, "，钱按原路退。"],
    late: (name: string, yuan: string, no: string): Triple => [`${name}要把单 ${no} 迟到的 `, yuan, " 现在退回。"],
  },
};
