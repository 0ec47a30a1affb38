/**
 * A bridge without a till, for looking at the screens: serves the built pages and answers every command
 * from a fixture. Development only; nothing of it is built in.
 *
 *   node ui/dev/fake-bridge.mjs [port]
 *
 * The token names the scene: `/?token=pay` shows `fixtures/pay.json`. What follows says how: `/?token=pay.en.dark`
 * shows it in English and dark, `/?token=pay.largest` with the largest text.
 */
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const pages = join(here, "../dist");
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml" };

/**
 * A scene is a state, and answers and problems by command; one that extends another says only what differs, and
 * what differs of the current tender by `tender`.
 */
function scene(name) {
  const own = JSON.parse(readFileSync(join(here, "fixtures", `${name}.json`), "utf8"));
  const base = own.extends === undefined ? { state: {}, answers: {}, problems: {} } : scene(own.extends);
  const state = { ...base.state, ...own.state };
  if (own.tender !== undefined) {
    const { current_tender_no, tenders } = state.pay;
    state.pay = { ...state.pay, tenders: tenders.map((t) => (t.tender_no === current_tender_no ? { ...t, ...own.tender } : t)) };
  }
  return { state, answers: { ...base.answers, ...own.answers }, problems: { ...base.problems, ...own.problems } };
}

const THEMES = ["light", "dark", "contrast"];
const TEXT_SIZES = ["standard", "large", "largest"];
const scenes = new Map();

/** The scene a token names, kept so that its language stays and its revision grows. */
function of_token(token) {
  let found = scenes.get(token);
  if (found === undefined) {
    const [name, ...asked] = token.split(".");
    found = scene(name);
    const { shop } = found.state;
    const chosen = (known, present) => asked.find((word) => known.includes(word)) ?? present;
    const look = { theme: chosen(THEMES, shop.look.theme), text_size: chosen(TEXT_SIZES, shop.look.text_size) };
    found.state = { ...found.state, shop: { ...shop, look, language: chosen(["en"], shop.language) } };
    scenes.set(token, found);
  }
  return found;
}

function answer(token, { cmd, payload }) {
  const { state, answers, problems } = of_token(token);
  if (problems[cmd] !== undefined) return { problem: problems[cmd] };
  return { ok: answered(cmd, payload, state, answers) };
}

function answered(cmd, payload, state, answers) {
  if (cmd === "settings.language") state.shop = { ...state.shop, language: payload.language };
  if (cmd === "settings.look") state.shop = { ...state.shop, look: payload };
  if (cmd === "notice.seen") state.notices = state.notices.filter((n) => n.notice_id !== payload.notice_id);
  if (cmd === "basket.enter") return { line_id: null, problem: null, state: grown(state) };
  return answers[cmd] ?? grown(state);
}

function grown(state) {
  state.revision += 1;
  return state;
}

function rpc(request, response) {
  let body = "";
  request.on("data", (part) => (body += part));
  request.on("end", () => {
    const token = (request.headers.authorization ?? "").replace("Bearer ", "");
    try {
      send(response, 200, "application/json", JSON.stringify(answer(token, JSON.parse(body))));
    } catch (error) {
      send(response, 401, "text/plain", String(error));
    }
  });
}

function events(address, response) {
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  const { state } = of_token(address.searchParams.get("token") ?? "");
  response.write(`event: state\ndata: ${JSON.stringify(state)}\n\n`);
}

function page(address, response) {
  const file = normalize(address.pathname === "/" ? "/index.html" : address.pathname);
  try {
    send(response, 200, types[extname(file)] ?? "application/octet-stream", readFileSync(join(pages, file)));
  } catch {
    send(response, 404, "text/plain", "not here");
  }
}

function send(response, status, type, body) {
  response.writeHead(status, { "Content-Type": type });
  response.end(body);
}

const server = createServer((request, response) => {
  const address = new URL(request.url ?? "/", "http://127.0.0.1");
  if (address.pathname === "/rpc") rpc(request, response);
  else if (address.pathname === "/events") events(address, response);
  else page(address, response);
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}/?token=sell`);
});
