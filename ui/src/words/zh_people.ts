/** The people at the till, in Chinese. */
import type { PersonRole } from "../generated/PersonRole";
import type { Triple } from "./zh";

export const people = {
  menu: "换人上班",
  here: "正在上班",
  manage: "人员和 PIN",
  title: "人员",
  why: "PIN 用来认人：没有 PIN 也能收银，但谁都能用那个名字，也不能批准。改动要店长批准一次，都会记下来。",
  no_manager: "还没有店长。先加一位店长，设好 PIN；以后的改动都由店长批准。",
  roles: { cashier: "收银员", manager: "店长" } satisfies Record<PersonRole, string> as Record<PersonRole, string>,
  has_pin: "有 PIN",
  no_pin: "没有 PIN",
  add: "加一个人",
  new_title: "新加一个人",
  name: "名字",
  role: "能做什么",
  role_why: { cashier: "收银、点钱、交班", manager: "还能批准别人的动作" } satisfies Record<PersonRole, string> as Record<PersonRole, string>,
  pin: "PIN",
  new_pin: "新 PIN",
  pin_why: "4 到 8 位数字，不能和别人一样",
  pin_kept: "不填就不改",
  take_pin: "去掉 PIN",
  save: "保存",
  save_new: "加上",
  remove: "从名单里删掉",
  sign_in: (name: string) => `${name}，上班`,
  sign_in_why: "输入你的 PIN。",
  sign_in_yes: "上班",
  sign_in_no: "不换",
  own_pin: "PIN",
  asks: {
    move: (name: string, amount: string) => [`${name}要从钱箱取出 `, amount, "。"] as Triple,
    save: (name: string, who: string) => [`${name}要改人员：`, who, "。"] as Triple,
    remove: (name: string, who: string) => [`${name}要把 `, who, " 从名单里删掉。"] as Triple,
    blind: (name: string, blind: boolean) => [`${name}要改成`, blind ? "点钱时不看应有" : "点钱时看应有", "。"] as Triple,
  },
};
