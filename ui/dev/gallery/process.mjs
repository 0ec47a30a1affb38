/**
 * A program of the product as a child: ready at its first line of JSON, gone when told. All of them live in
 * one made-up time, so that pictures show the day and the hour they are meant to show.
 */
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { keep } from "./children.mjs";
import { wait_until } from "./wait.mjs";

/** Asked to end, every program does within seconds. */
const STOP_MS_MAX = 10_000;
/** A command of a program that takes longer is stuck. */
const ANSWER_MS_MAX = 60_000;

/** The shop's time: real time and a difference, which only ever grows. */
export class Clock {
  constructor(folder) {
    this.file = join(folder, "time");
    this.preload = join(folder, "shop_time.so");
    const source = fileURLToPath(new URL("shop_time.c", import.meta.url));
    const built = spawnSync("cc", ["-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", this.preload, source], { encoding: "utf8" });
    if (built.status !== 0) throw new Error(`${source} cannot be built: ${built.stderr}`);
    this.ahead_s = null;
  }

  /** Makes it a moment, given as `2026-11-21T14:36:00+08:00`. */
  turn_to(moment) {
    const ahead_s = Math.round((Date.parse(moment) - Date.now()) / 1000);
    if (this.ahead_s !== null && ahead_s < this.ahead_s) return;
    this.ahead_s = ahead_s;
    this.write();
  }

  now_ms() {
    return Date.now() + this.ahead_s * 1000;
  }

  /** In place: the programs look at the same bytes. */
  write() {
    const ahead_ns = Buffer.alloc(8);
    ahead_ns.writeBigInt64LE(BigInt(this.ahead_s) * 1_000_000_000n);
    const file = openSync(this.file, existsSync(this.file) ? "r+" : "w");
    writeSync(file, ahead_ns, 0, 8, 0);
    closeSync(file);
  }

  environment() {
    return { LD_PRELOAD: this.preload, SHOP_TIME: this.file };
  }
}

export class Program {
  /** Starts it and waits for its line. */
  static async start({ path, args, clock, log, home, typed = null }) {
    const file = openSync(log, "a");
    const homes = home === undefined ? {} : { HOME: home, XDG_DATA_HOME: home, XDG_STATE_HOME: home, XDG_CONFIG_HOME: home };
    const child = keep(spawn(path, args, { env: { ...process.env, ...clock.environment(), ...homes }, stdio: [typed === null ? "ignore" : "pipe", "pipe", file] }));
    if (typed !== null) child.stdin.end(`${typed}\n`);
    let said = "";
    child.stdout.on("data", (part) => (said += part));
    const ready = await wait_until(`${path} is ready`, () => {
      if (child.exitCode !== null) throw new Error(`${path} ended with ${child.exitCode}:\n${readFileSync(log, "utf8").slice(-2000)}`);
      const line = said.split("\n").find((text) => text.startsWith("{"));
      return line === undefined ? null : JSON.parse(line);
    });
    return new Program(child, ready);
  }

  constructor(child, ready) {
    this.child = child;
    this.ready = ready;
  }

  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill("SIGTERM");
    const ended = () => (this.child.exitCode !== null || this.child.signalCode !== null ? true : null);
    await wait_until("a program ends", ended, STOP_MS_MAX).catch(() => this.child.kill("SIGKILL"));
  }
}

/** Runs a program to its end and gives what it printed. */
export function ask_program({ path, args, clock }) {
  const done = spawnSync(path, args, { env: { ...process.env, ...clock.environment() }, encoding: "utf8", timeout: ANSWER_MS_MAX });
  if (done.status !== 0) throw new Error(`${path} ${args.join(" ")}: ${done.stderr}`);
  return JSON.parse(done.stdout);
}
