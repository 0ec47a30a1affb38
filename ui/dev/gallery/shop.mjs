/**
 * A whole shop out of the real programs: sandbox, centre and a till behind its bridge, joined by wires that
 * can be cut. Nothing of it is stood in for.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask_program, Clock, Program } from "./process.mjs";
import { wait_until } from "./wait.mjs";
import { Wire } from "./wire.mjs";

/** A program that answers later than this is stuck. */
const ANSWER_MS_MAX = 30_000;
/** So near to the shop's time, the till has heard it. */
const HEARD_WITHIN_MS = 15_000;
const STORE = "幸福里便利店";
export const MANAGER = "李敏";
export const PIN = "8642";

/** A till, driven as a screen drives it. */
class Till {
  constructor(program) {
    this.program = program;
    this.page = program.ready.till;
    this.customer = new URL(`/customer.html?token=${program.ready.token}`, this.page).href;
  }

  /** Sends a command that must work. */
  async act(cmd, payload = {}) {
    const answer = await this.ask(cmd, payload);
    if (answer.problem !== undefined) throw new Error(`${cmd} ${JSON.stringify(payload)}: ${JSON.stringify(answer.problem)}`);
    return answer.ok;
  }

  async ask(cmd, payload) {
    const { rpc, token } = this.program.ready;
    const reply = await fetch(rpc, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify({ cmd, payload }),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    return reply.json();
  }

  state() {
    return this.act("state.get");
  }

  wait_state(what, fits, within_ms = undefined) {
    return wait_until(what, async () => {
      const state = await this.state();
      return fits(state) ? state : null;
    }, within_ms);
  }

  /** Puts into the basket what a scanner or a hand enters. */
  async enter(...texts) {
    for (const text of texts) {
      const { problem } = await this.act("basket.enter", { text, by: "hand" });
      if (problem !== null) throw new Error(`${text}: ${JSON.stringify(problem)}`);
    }
  }

  begin() {
    return this.act("pay.begin");
  }

  cash(yuan = "") {
    return this.act("pay.cash", { received_yuan: yuan, replaces_tender: null, approval: null, expected_open_minor: null });
  }

  next() {
    return this.act("pay.next");
  }

  /** Shows a code over a share, empty for all, and waits until it can be scanned; gives its tender. */
  async code(yuan = "") {
    await this.wait_state("codes are possible", (state) => state.pay?.codes_possible === true);
    await this.act("pay.code", { means: "WECHAT_PAY", yuan, expected_open_minor: null });
    const state = await this.wait_state("the code is out", (now) => current(now)?.code != null);
    return current(state);
  }
}

export const current = (state) => state.pay?.tenders.find((tender) => tender.tender_no === state.pay.current_tender_no);

export class Shop {
  /** Opens it in a time of its own; `programs` is the folder of the built programs, `screens` of the pages. */
  static async open({ programs, screens, moment }) {
    const shop = new Shop(programs, screens);
    shop.clock.turn_to(moment);
    shop.sandbox = await shop.start("suanpan-sandbox", ["--listen", "127.0.0.1:0"], "sandbox");
    shop.platform = await Wire.to(shop.sandbox.ready.api);
    shop.store = shop.ask_centre("store", "add", "--name", STORE).store;
    for (const platform of ["WECHAT_PAY", "ALI_PAY"])
      shop.ask_centre("channel", "add", "--store", shop.store, "--label", platform, "--practice-api", shop.platform.address);
    shop.centre = await shop.start("suanpan-trade", ["--data", shop.inside("centre"), "serve", "--listen", "127.0.0.1:0"], "centre");
    return shop;
  }

  constructor(programs, screens) {
    this.programs = programs;
    this.screens = screens;
    this.folder = mkdtempSync(join(tmpdir(), "suanpan-gallery-shop-"));
    mkdirSync(this.inside("logs"));
    this.clock = new Clock(this.folder);
    this.started = [];
    this.wires = [];
  }

  inside(name) {
    return join(this.folder, name);
  }

  async start(name, args, log, more = {}) {
    const program = await Program.start({ path: join(this.programs, name), args, clock: this.clock, log: this.inside(`logs/${log}.log`), ...more });
    this.started.push(program);
    return program;
  }

  ask_centre(...args) {
    return ask_program({ path: join(this.programs, "suanpan-trade"), args: ["--data", this.inside("centre"), ...args], clock: this.clock });
  }

  /** A till that enrols over a wire of its own. With `practice` it is the practice shop's. */
  async add_till(name, { practice = false } = {}) {
    const wire = await Wire.to(this.centre.ready.centre);
    this.wires.push(wire);
    const { line } = this.ask_centre("till", "invite", "--store", this.store);
    const enrol = `${wire.address}${line.slice(line.indexOf("#"))}`;
    const { sandbox, token } = this.sandbox.ready;
    const playing = practice ? ["--practice-sandbox", sandbox, "--practice-token", token] : [];
    const args = ["--data", this.inside(name), "--listen", "127.0.0.1:0", "--ui", this.screens, "--enrol", enrol, ...playing];
    const till = new Till(await this.start("suanpan-bridge", args, name, { home: this.inside(`home-${name}`) }));
    till.wire = wire;
    await till.wait_state(`${name} is in step`, (state) => state.sync.phase === "in_step");
    return till;
  }

  /**
   * Makes it a moment of the day, and waits until the till has heard so: its clock follows the centre's word
   * and not the machine's. While its wire is cut it cannot hear.
   */
  async turn_to(till, moment) {
    this.clock.turn_to(moment);
    await wait_until("the till has heard the time", async () => {
      await till.act("sync.retry");
      const { now_ms } = await till.state();
      return Math.abs(now_ms - this.clock.now_ms()) < HEARD_WITHIN_MS;
    });
  }

  /** Speaks to the sandbox as the phone, or as whoever sets its switches. */
  async platform_told(method, path, body = undefined) {
    const { sandbox, token } = this.sandbox.ready;
    const reply = await fetch(`${sandbox}/admin${path}`, { method, headers: { Authorization: `Bearer ${token}` }, body: body === undefined ? undefined : JSON.stringify(body), signal: AbortSignal.timeout(ANSWER_MS_MAX) });
    if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`);
    return reply.json();
  }

  pay(tender) {
    return this.platform_told("POST", "/trades/pay", { outTradeNo: tender.code.trade_no });
  }

  async close() {
    for (const program of this.started.reverse()) await program.stop();
    for (const wire of [...this.wires, this.platform]) wire?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
