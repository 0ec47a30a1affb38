/** Paper, in Chinese: the printer, what is owed on paper, and why it has not come out. */
import type { PaperKind } from "../generated/PaperKind";
import type { PrintPhase } from "../generated/PrintPhase";
import type { PrintTrouble } from "../generated/PrintTrouble";

const trouble: Record<PrintTrouble, string> = {
  out_of_paper: "没纸了",
  switched_off: "打印机没开",
  unreachable: "打印机没有应答",
  fault: "打印机出了毛病",
  unprintable: "这一张做不出来",
};

const until: Record<PrintTrouble, string> = {
  out_of_paper: "换好纸会自动补打，收款不受影响",
  switched_off: "打开就会自动补打，收款不受影响",
  unreachable: "接好线会自动补打，收款不受影响",
  fault: "修好会自动补打，收款不受影响",
  unprintable: "别的照打，收款不受影响。请告诉店长",
};

export const print = {
  mark: (n: number) => `${n} 张没打出来`,
  trouble,
  until,
  receipt: {
    making: "小票正在打印",
    making_why: "不用等，可以直接收下一位",
    done: "小票打好了",
    copy_done: (n: number) => `补打 ${n} 打好了`,
    done_why: "再要一张按 Ctrl P",
    none: "没有打小票",
    none_why: "顾客要的话按 Ctrl P",
    stuck: (what: PrintTrouble) => `小票没打出来：${trouble[what]}`,
    unsure: "还不知道小票打出来没有",
    unsure_why: "正在问打印机，不会重复打",
    withdrawn: "这张小票不打了",
    withdrawn_why: "要的话按 Ctrl P 再打",
  },
  again: "再打一张",
  asked: "正在打印，不用等",
  stuck_title: (n: number, what: PrintTrouble) => `${n} 张没打出来：${trouble[what]}`,
  unsure_title: (n: number) => `${n} 张还没打完：正在问打印机`,
  making_title: (n: number) => `正在打印，还有 ${n} 张`,
  empty_title: "都打出来了",
  empty_why: "要补打，到“订单”里选一单按 Ctrl P。",
  none_title: "没有接打印机",
  none_why: "小票可以在屏幕上看，收款照常。",
  unsure_why: "这一张打没打出来还不知道。问到了再接着打，收款不受影响。",
  making_why: "按先后一张一张打，不用等。",
  owed: "等着打的",
  kinds: { receipt: "小票", shift: "交班单", interim: "班中报表" } satisfies Record<PaperKind, string> as Record<PaperKind, string>,
  copy: (n: number) => `补打 ${n}`,
  phases: {
    waiting: "等前面的",
    printing: "正在打",
    unsure: "不知道打没打出来",
    stuck: "没打出来",
    printed: "打好了",
    withdrawn: "不打了",
  } satisfies Record<PrintPhase, string> as Record<PrintPhase, string>,
  withdraw: "不打了",
  retry: "现在再试",
  by_itself: "会自己一直再试",
  menu: "小票和打印机",
  choose: "打成图片",
  choose_why: "现在能用的是“打成图片”：每张小票存成一张图，放在这台机器的文件夹里。",
  stop: "不用打印机",
  into: "打成图片，存在",
  auto_on: "收完款自动打小票：开",
  auto_off: "收完款自动打小票：关",
  interim: "打班中报表",
  shift: "打交班单",
  practice: {
    title: "练习打印机",
    out_of_paper: ["没纸", "小票排队等着，收款照常。"] as readonly [string, string],
    switched_off: ["关掉打印机", "打开以后按先后补打，一张不重。"] as readonly [string, string],
    slow: ["打得慢", "每张要三秒，收款不用等。"] as readonly [string, string],
    lose_answers: ["打了不回话", "打出来没有要再问，不会重复打。"] as readonly [string, string],
    printed: (n: number) => (n === 0 ? "还没打过" : `打出来 ${n} 张`),
    last: "看最后一张",
  },
  last_title: "最后打出来的一张",
};
