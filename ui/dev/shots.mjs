/** What is photographed: each scene in the sizes, languages and looks in which it has to hold. */
const SMALL = { width: 1366, height: 768 };
const WIDE = { width: 1920, height: 1080 };

const SCENES = [
  { name: "01-sell", scene: "sell", keys: [..."3*69"] },
  { name: "01-empty", scene: "empty", keys: [..."abc"] },
  { name: "01-price", scene: "sell", keys: ["/", "2", ".", "5"] },
  { name: "02-search", scene: "search", keys: [..."kkkl"] },
  { name: "03-choose", scene: "choose" },
  { name: "03-pay", scene: "pay" },
  { name: "04-unknown", scene: "unknown" },
  { name: "04-approval", scene: "unknown", keys: ["F1", "1", "2"] },
  { name: "05-paid", scene: "paid" },
  { name: "05-receipt", scene: "paid", keys: ["Ctrl+P"] },
  { name: "06a-customer", scene: "pay", page: "/customer.html" },
  { name: "06b-customer-paid", scene: "paid", page: "/customer.html" },
  { name: "06c-customer-confirming", scene: "unknown", page: "/customer.html" },
  { name: "06d-customer-due", scene: "choose", page: "/customer.html" },
  { name: "06e-customer-welcome", scene: "empty", page: "/customer.html" },
  { name: "07-takings", scene: "sell", clicks: ["[data-testid=tab-takings]"] },
  { name: "08-shift", scene: "shift", clicks: ["[data-testid=tab-shift]", "[data-testid=reason-miscounted_change]"], then: Array(7).fill("ArrowDown") },
  { name: "08-shift-fresh", scene: "shift_fresh", keys: ["F12"] },
  { name: "08-shift-even", scene: "shift_even", keys: ["F12"] },
  { name: "08-shift-blind", scene: "shift_blind", keys: ["F12"] },
  { name: "08-shift-none", scene: "shift_none", keys: ["F12"] },
  { name: "08-shift-out", scene: "shift", keys: ["F12", "F4", ..."600"] },
  { name: "08-shift-approval", scene: "shift", keys: ["F12", "F4", ..."600", "Enter", "1"] },
  { name: "08-shift-closed", scene: "shift", keys: ["F12", "F3"] },
  { name: "08-shift-paper", scene: "shift", keys: ["F12", "F3", "Ctrl+P"] },
  { name: "08-shift-closed-none", scene: "shift_none", keys: ["F12", "F3"] },
  { name: "11-people", scene: "sell", clicks: ["[data-testid=menu]", "[data-testid=manage-people]"] },
  { name: "11-people-first", scene: "shift_none", clicks: ["[data-testid=menu]", "[data-testid=manage-people]", "[data-testid=new-person]"] },
  { name: "11-sign-in", scene: "sell", clicks: ["[data-testid=menu]", "[data-testid=sign-in-as]"], then: ["1", "2", "3"] },
  { name: "08-orders", scene: "sell", keys: ["F6"] },
  { name: "09-sync", scene: "offline", clicks: ["[data-testid=sync-status]"] },
  { name: "09-sync-attention", scene: "attention", clicks: ["[data-testid=sync-status]"] },
  { name: "09-held", scene: "empty", keys: ["F7"] },
  { name: "10-first-run", lobby: { at: "choosing", problem: null, can_leave_practice: false } },
  { name: "10-first-shop", lobby: { at: "choosing", problem: null, can_leave_practice: false }, keys: ["2"], paste: "https://hq.xingfuli.example:8443#K7Q2M4XR#SHA256-9f3ac1d27b" },
  { name: "10-first-typing", lobby: { at: "choosing", problem: null, can_leave_practice: false }, keys: ["2", ..."k7q2m", "Enter"] },
  { name: "10-first-refused", lobby: { at: "choosing", problem: { code: "CENTRE_UNREACHABLE", class: "retryable", params: { address: "https://hq.xingfuli.example:8443" }, reference: null }, can_leave_practice: false }, keys: ["2"] },
  { name: "10-first-opening", lobby: { at: "starting", problem: null, can_leave_practice: false } },
  { name: "13-keys", scene: "sell", keys: ["F10"] },
  { name: "11-menu", scene: "sell", clicks: ["[data-testid=menu]"] },
  { name: "11-menu-practice", scene: "practice", lobby: { at: "practice", problem: null, can_leave_practice: true }, clicks: ["[data-testid=menu]"] },
  { name: "12-practice", scene: "practice", keys: [..."3*69"] },
  { name: "12-practice-controls", scene: "practice", clicks: ["[data-testid=tab-practice]"] },
  { name: "09-sync-on-pay", scene: "unknown", clicks: ["[data-testid=sync-status]"] },
  { name: "13-peek", scene: "pay", keys: ["Escape"] },
];

export const SHOTS = SCENES.flatMap((s) =>
  [SMALL, WIDE].flatMap((size) =>
    ["light", "dark", "contrast"].flatMap((theme) =>
      [false, true]
        .filter((english) => !english || s.page === undefined)
        .map((english) => ({ ...s, ...size, theme, english, name: `${s.name}-${theme}${english ? "-en" : ""}-${size.width}x${size.height}` })),
    ),
  ),
);
