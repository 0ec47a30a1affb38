/** The customer display's words: Chinese, and a small English line below. The same whatever the staff speak. */
import type { CodeMeans } from "../generated/CodeMeans";

export const say = {
  practice: ["练习中 · 钱是假的", "Practice · play money"],
  welcome: ["欢迎光临", "Welcome"],
  total: ["合计", "Total"],
  saved: "已优惠",
  received: "已收",
  pieces: (n: number) => `${n} 件`,
  scan: {
    WECHAT_PAY: ["请用微信扫码", "Scan with WeChat"],
    ALI_PAY: ["请用支付宝扫码", "Scan with Alipay"],
  } satisfies Record<CodeMeans, [string, string]>,
  to_pay: "还要付",
  left: "还有",
  confirming: ["正在确认，请稍等", "Checking the payment, one moment"],
  ring_up: ["请核对商品和金额", "Check articles and amount"],
  due: ["应付", "To pay"],
  paid: ["付好了，谢谢光临", "Paid. Thank you."],
  change: ["找零", "Change"],
  goodbye: "请拿好小票和商品",
} as const;
