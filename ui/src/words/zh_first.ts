/** The first screen, in Chinese. */
import type { FirstIntent } from "../keys/first_run";
import type { Missing } from "../screens/first_run/line";

type Of<D extends FirstIntent["do"]> = Extract<FirstIntent, { do: D }>;
/** One sentence per meaning of a key. */
export type FirstKeys = { [D in FirstIntent["do"]]: (intent: Of<D>) => string };

const keys: FirstKeys = {
  practise: () => "开始练习",
  connect: () => "连接门店",
  choose: (i) => (i.way === "shop" ? "连接真实门店" : "先练习"),
  clear: () => "清空输入",
  language: () => "English",
  theme: () => "换外观",
  keys: () => "全部按键",
  close_keys: () => "关闭",
};

export const first = {
  keys,
  other_name: "Suanpan",
  title: "先练一练，还是连接门店？",
  why: "以后随时可以换。练习和真实的账永远分开。",
  opening: "正在打开收银台",
  practice: {
    title: "先练习",
    why: "自带一家示例店，和模拟的支付平台。",
    points: ["不花真钱，不用联网，不用填任何东西", "可以试：付款、晚付、付两次、断网", "练完一键清空"],
    begin: "开始练习",
    busy: "正在准备练习店",
  },
  shop: {
    title: "连接真实门店",
    why: "向总部要一个 8 位开通码，填在这里。",
    points: ["开通码只能用一次，30 分钟内有效", "这台机器的单子从此归这家店", "打印机和扫码枪可以稍后再接"],
    begin: "连接门店",
    busy: "正在连接总部",
    code: "8 位开通码，也可以粘贴整行",
    address: "总部地址",
    fingerprint: "总部指纹",
    whole_line: "把总部给的整行粘贴进来最省事：地址#码#指纹",
    lacking: {
      code: "开通码要 8 位，还没填完",
      address: "还差总部的地址，和码一起给的",
      fingerprint: "还差总部的指纹，防止连到别人那里",
    } satisfies Record<Missing, string> as Record<Missing, string>,
  },
  leave: "离开练习",
  leave_why: "练习的单子全部清空",
};
