// The admin API for people: looks every two seconds, sends one call per button. The token is in the address.

const token = location.hash.slice(1);
const LOOK_EVERY_MS = 2000;
const by = (id) => document.getElementById(id);

async function call(method, path, body) {
  const headers = { Authorization: `Bearer ${token}` };
  const reply = await fetch(`/admin/${path}`, { method, headers, body: body && JSON.stringify(body) });
  const answer = await reply.json();
  if (!reply.ok) throw new Error(`${answer.code}: ${answer.message}`);
  return answer;
}

function say(text, bad) {
  by("said").textContent = text;
  by("said").className = bad ? "bad" : "";
}

/** Does one thing, says what came of it, and looks again. */
async function act(done, method, path, body) {
  try {
    await call(method, path, body);
    say(done);
  } catch (problem) {
    say(problem.message, true);
  }
  await look();
}

function made(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function button(zh, en, press) {
  const element = made("button", zh);
  element.type = "button";
  element.append(made("small", en));
  element.addEventListener("click", press);
  return element;
}

/** A table of rows; each cell is a text, or elements. */
function table(place, heads, rows, none) {
  if (rows.length === 0) return by(place).replaceChildren(made("p", none, "empty"));
  const head = made("tr");
  head.append(...heads.map((text) => made("th", text)));
  const body = rows.map((cells) => {
    const row = made("tr");
    for (const cell of cells) {
      const field = made("td", undefined, cell?.acts ? "acts" : cell?.yuan ? "num" : undefined);
      field.append(...(cell?.acts ?? [cell?.yuan ?? cell ?? ""]));
      row.append(field);
    }
    return row;
  });
  const whole = made("table");
  whole.append(made("thead"), made("tbody"));
  whole.firstChild.append(head);
  whole.lastChild.append(...body);
  // A button that is about to be pressed keeps its place: nothing is drawn anew while nothing has changed.
  if (by(place).firstChild?.outerHTML !== whole.outerHTML) by(place).replaceChildren(whole);
}

const tag = (platform) => made("span", platform === "alipay" ? "支" : "微", `tag ${platform}`);
const yuan = (minor) => ({ yuan: `${minor.slice(0, -2) || "0"}.${minor.slice(-2).padStart(2, "0")}` });
const time = (ms) => (ms ? new Date(Number(ms)).toLocaleTimeString("zh-CN", { hour12: false }) : "");

function drawTrades(trades) {
  const rows = trades.toReversed().slice(0, 50).map((trade) => {
    const which = { outTradeNo: trade.outTradeNo, mchid: trade.mchid };
    const press = (done, path) => () => act(done, "POST", `trades/${path}`, which);
    const acts = trade.paidAtMs
      ? trade.platform === "alipay" && trade.tradeState === "TRADE_SUCCESS"
        ? [button("完结", "finish", press("已完结 · finished", "finish"))]
        : []
      : [
          button("付款", "pay", press("已付款 · paid", "pay")),
          button("付款中", "paying", press("用户支付中 · paying", "start-paying")),
          button("拒绝", "refuse", press("已拒绝 · refused", "refuse")),
          button("迟到付款", "late", press("迟到的付款 · paid late", "pay-late")),
        ];
    const page = made("a", trade.outTradeNo);
    page.href = trade.codeUrl.startsWith("http") ? trade.codeUrl : "#";
    page.target = "_blank";
    return [tag(trade.platform), page, trade.description, yuan(trade.totalMinor), trade.tradeState, yuan(trade.refundedMinor), time(trade.createdAtMs), { acts }];
  });
  const heads = ["", "商户单号 number", "商品 goods", "金额 total", "状态 state", "已退 returned", "时间 time", ""];
  table("trades", heads, rows, "还没有订单。 No orders yet.");
}

function drawRefunds(refunds) {
  const rows = refunds.toReversed().slice(0, 50).map((refund) => {
    const end = (ends) => () => act(`${ends}`, "POST", "refunds/settle", { outRefundNo: refund.outRefundNo, ends });
    const open = refund.status === "PROCESSING" || refund.status === "ABNORMAL";
    const acts = open
      ? [button("成功", "success", end("success")), button("异常", "abnormal", end("abnormal")), button("关闭", "closed", end("closed"))]
      : [];
    return [tag(refund.platform), refund.outRefundNo, refund.outTradeNo, yuan(refund.refundMinor), refund.status, time(refund.createdAtMs), { acts }];
  });
  table("refunds", ["", "退款单号 number", "商户单号 order", "金额 amount", "状态 state", "时间 time", ""], rows, "还没有退款。 No refunds yet.");
}

function drawFaults(faults) {
  const rows = faults.map(({ id, platform, mchid, outTradeNo, skip, times, ...fault }) => {
    const clear = button("关闭", "clear", () => act("已关闭 · cleared", "DELETE", `faults/${id}`));
    return [String(id), JSON.stringify(fault), platform ?? "", mchid ?? "", outTradeNo ?? "", String(skip), times === null ? "∞" : String(times), { acts: [clear] }];
  });
  table("faults", ["", "故障 switch", "平台", "商户 merchant", "单号 order", "跳过 skip", "剩余 left", ""], rows, "没有打开的故障。 No switch is set.");
}

function drawCallbacks(callbacks) {
  const rows = callbacks.toReversed().slice(0, 50).map((one) => [tag(one.platform), one.event, one.outTradeNo, one.state, String(one.attempts), one.lastStatus ? String(one.lastStatus) : "", time(one.nextAtMs), one.spoil ?? ""]);
  table("callbacks", ["", "事件 event", "商户单号 order", "状态 state", "次数 sent", "应答 answer", "下次 next", "破坏 spoilt"], rows, "还没有通知。 No callbacks yet.");
}

function drawMerchants({ merchants, alipayApps }) {
  const rows = merchants.map((one) => [tag("wechat"), one.name, one.mchid, one.appid, one.callbackKey]);
  rows.push(...alipayApps.map((one) => [tag("alipay"), one.name, one.sellerId, one.appId, ""]));
  table("merchants", ["", "名称 name", "商户号 merchant", "应用 app", "回调签名 callbacks"], rows, "");
}

async function look() {
  try {
    const paths = ["trades", "refunds", "faults", "callbacks", "clock"];
    const [trades, refunds, faults, callbacks, clock] = await Promise.all(paths.map((path) => call("GET", path)));
    drawTrades(trades.trades);
    drawRefunds(refunds.refunds);
    drawFaults(faults.faults);
    drawCallbacks(callbacks.callbacks);
    by("clock").textContent = new Date(Number(clock.nowMs)).toLocaleString("zh-CN", { hour12: false });
  } catch (problem) {
    say(problem.message, true);
  }
}

const CALLS = [
  ["", "任意 any"], ["prepay", "下单 prepay"], ["code_pay", "付款码 code_pay"], ["query", "查询 query"], ["close", "关单 close"],
  ["cancel", "撤销 cancel"], ["refund", "退款 refund"], ["refund_query", "退款查询 refund_query"], ["bill", "账单 bill"],
  ["bill_download", "下载账单 bill_download"], ["certificates", "证书 certificates"],
];

/** What can be set: words, and the switch made of the number in the field. */
const KINDS = [
  ["请求丢失 request lost", () => ({ at: "call", effect: "lost_request" })],
  ["应答丢失 answer lost", () => ({ at: "call", effect: "lost_reply" })],
  ["慢（毫秒）slow (ms)", (n) => ({ at: "call", effect: { slow: { delay_ms: n || 8000 } } })],
  ["错误状态，未执行 error status, not done", (n) => ({ at: "call", effect: { status: { status: n || 500, acts: false } } })],
  ["错误状态，已执行 error status, done", (n) => ({ at: "call", effect: { status: { status: n || 500, acts: true } } })],
  ["网页代替JSON，已执行 web page instead of JSON, done", (n) => ({ at: "call", effect: { html_status: { status: n || 500, acts: true } } })],
  ["系统错误，未执行 system error, not done", () => ({ at: "call", effect: { system_error: { acts: false } } })],
  ["系统错误，已执行 system error, done", () => ({ at: "call", effect: { system_error: { acts: true } } })],
  ["酒店登录页 captive portal", () => ({ at: "call", effect: "html_page" })],
  ["签名不对 bad signature", () => ({ at: "call", effect: "bad_signature" })],
  ["没有签名 no signature", () => ({ at: "call", effect: "unsigned" })],
  ["应答被篡改 answer altered", () => ({ at: "call", effect: "altered_body" })],
  ["查不到订单 order not visible", () => ({ at: "call", effect: "not_visible" })],
  ["没有权限 no permission", () => ({ at: "call", effect: "forbidden" })],
  ["余额不足（退款）balance too low (refund)", () => ({ at: "call", effect: "not_enough" })],
  ["按代码拒绝 refused with a code", (n, code) => ({ at: "call", effect: { refuses: { code: code || "RULE_LIMIT" } } })],
  ["关单无效 close ignored", () => ({ at: "close", effect: "ignored" })],
  ["关单后仍可付 close stays payable", () => ({ at: "close", effect: "stays_payable" })],
  ["撤销要求重试 cancel asks again", () => ({ at: "close", effect: "asks_again" })],
  ["金额不符（分）wrong total (fen)", (n) => ({ at: "payment", effect: { wrong_total: { total_minor: n || 1 } } })],
  ["用券（分）coupon (fen)", (n) => ({ at: "payment", effect: { coupon: { off_minor: n || 1 } } })],
  ["付款码被拒 payment code declined", () => ({ at: "payment", effect: "declined" })],
  ["付款码要密码 payment code asks for password", () => ({ at: "payment", effect: "asks_password" })],
  ["钱迟到（毫秒）money late (ms)", (n) => ({ at: "payment", effect: { late: { delay_ms: n || 60000 } } })],
  ["不发通知 no callback", () => ({ at: "callback", effect: "never" })],
  ["通知迟到（毫秒）callback late (ms)", (n) => ({ at: "callback", effect: { late: { delay_ms: n || 60000 } } })],
  ["通知重复（份）callback copies", (n) => ({ at: "callback", effect: { duplicated: { copies: n || 1 } } })],
  ["再发一次（毫秒后）once more after (ms)", (n) => ({ at: "callback", effect: { again: { after_ms: n || 1000 } } })],
  ["通知乱序 callback reordered", () => ({ at: "callback", effect: "reordered" })],
  ["签名探测（微信）sign test (WeChat)", () => ({ at: "callback", effect: { spoiled: { how: "sign_test" } } })],
  ["通知签名不对 callback bad signature", () => ({ at: "callback", effect: { spoiled: { how: "bad_signature" } } })],
  ["通知过时 callback stale", () => ({ at: "callback", effect: { spoiled: { how: "stale" } } })],
  ["通知被篡改 callback altered", () => ({ at: "callback", effect: { spoiled: { how: "altered" } } })],
  ["退款异常 refund abnormal", () => ({ at: "refund", ends: "abnormal" })],
  ["退款关闭 refund closed", () => ({ at: "refund", ends: "closed" })],
  ["退款搁置 refund held", () => ({ at: "refund", ends: "held" })],
];

function option(value, text) {
  const element = made("option", text);
  element.value = value;
  return element;
}

by("fault").elements.on.append(...CALLS.map(([value, text]) => option(value, text)));
by("fault").elements.kind.append(...KINDS.map(([text], at) => option(String(at), text)));
by("fault").addEventListener("submit", (event) => {
  event.preventDefault();
  const field = (name) => event.target.elements[name].value.trim();
  const rule = KINDS[Number(field("kind"))][1](Number(field("value")), field("code"));
  if (rule.at === "call" && field("on")) rule.on = field("on");
  for (const name of ["platform", "mchid", "outTradeNo"]) if (field(name)) rule[name] = field(name);
  rule.skip = Number(field("skip"));
  if (field("times")) rule.times = Number(field("times"));
  act("已打开 · set", "POST", "faults", rule);
});
by("clear").addEventListener("click", () => act("全部关闭 · all cleared", "DELETE", "faults"));
by("deliver").addEventListener("click", () => act("已发送 · sent", "POST", "callbacks/deliver"));
by("minute").addEventListener("click", () => act("快了一分钟 · a minute on", "POST", "clock", { advanceMs: 60000 }));
by("now").addEventListener("click", () => act("回到现在 · now", "POST", "clock", { reset: true }));

if (token === "") {
  say("地址里缺少口令：请用程序打印的完整地址打开。 The address lacks the token: open the whole address the program prints.", true);
} else {
  call("GET", "refusal-codes").then(({ wechat, alipay }) => by("codes").append(...[...wechat, ...alipay].map((code) => option(code, code))), (problem) => say(problem.message, true));
  call("GET", "merchants").then(drawMerchants, (problem) => say(problem.message, true));
  look();
  setInterval(look, LOOK_EVERY_MS);
}
