import { beforeEach, expect, test, vi } from "vitest";
import type { LobbyState } from "../platform";
import { state as base } from "../keys/testing";

const asked: string[] = [];
const broken = { is: false };
const told = (state: LobbyState) => (broken.is ? Promise.reject(new Error("not taken")) : Promise.resolve(state));
let hear: (state: LobbyState) => void = () => undefined;
const at = (place: LobbyState["at"]): LobbyState => ({ at: place, problem: null, can_leave_practice: place === "practice" });

vi.mock("../platform", async (original) => ({
  ...(await original<typeof import("../platform")>()),
  rpc: (cmd: string, payload: unknown) => {
    asked.push(`${cmd} ${JSON.stringify(payload)}`);
    return Promise.resolve({ ...base, revision: 9, shop: { ...base.shop, language: "en" } });
  },
  lobby: () => ({
    get: () => Promise.resolve(at("choosing")),
    practice: () => (asked.push("practice"), told(at("starting"))),
    connect: (line: string) => (asked.push(`connect ${line}`), told(at("starting"))),
    leave_practice: () => (asked.push("leave"), told(at("choosing"))),
    listen: (on: (state: LobbyState) => void) => ((hear = on), () => undefined),
  }),
}));

const { desk } = await import("./desk.svelte");
const { lobby } = await import("./lobby.svelte");
const { till } = await import("./till.svelte");
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

beforeEach(() => {
  asked.length = 0;
  broken.is = false;
  desk.fault = null;
  till.forget();
  lobby.listen();
  hear(at("shop"));
  hear(at("choosing"));
});

test("the shop's card asks for what is missing and sends one whole line", async () => {
  lobby.perform({ do: "choose", way: "shop" });
  lobby.put("code", "ABCD2345");
  lobby.perform({ do: "connect" });
  expect([lobby.lacking, asked]).toEqual(["address", []]);
  lobby.put("address", "https://c.example#ABCD2345#print");
  expect(lobby.parts).toEqual({ address: "https://c.example", code: "ABCD2345", fingerprint: "print" });
  lobby.perform({ do: "connect" });
  await turn();
  expect(asked).toEqual(["connect https://c.example#ABCD2345#print"]);
  expect(lobby.situation.starting).toBe(true);
});

test("while a till is being opened a second press asks for nothing", async () => {
  lobby.perform({ do: "practise" });
  await turn();
  lobby.perform({ do: "practise" });
  expect(asked).toEqual(["practice"]);
});

test("language and look chosen before there was a till are told to the till that opens, once", async () => {
  till.speak("zh-CN");
  lobby.look = { theme: "dark", text_size: "standard" };
  lobby.perform({ do: "language" });
  lobby.perform({ do: "theme" });
  lobby.perform({ do: "practise" });
  hear(at("practice"));
  till.apply(base);
  lobby.first_state();
  lobby.first_state();
  await turn();
  expect(asked).toEqual(["practice", 'settings.language {"language":"en"}', 'settings.look {"theme":"contrast","text_size":"standard"}']);
  expect(till.words.frame.product).toBe("Suanpan");
});

test("leaving practice forgets the till that was on screen", () => {
  hear(at("practice"));
  till.apply(base);
  desk.text = "abc";
  hear(at("choosing"));
  expect([till.state, desk.text]).toEqual([null, ""]);
});

test("a wish that the window does not take is said, on the first screen and at the till, and may be wished again", async () => {
  broken.is = true;
  lobby.perform({ do: "practise" });
  await turn();
  expect([lobby.state?.at, lobby.state?.problem?.code]).toEqual(["choosing", "INTERNAL"]);
  broken.is = false;
  lobby.perform({ do: "practise" });
  await turn();
  expect([lobby.state?.at, lobby.state?.problem]).toEqual(["starting", null]);
  hear(at("practice"));
  broken.is = true;
  lobby.leave_practice();
  await turn();
  expect([lobby.state?.at, desk.fault?.code]).toEqual(["practice", "INTERNAL"]);
});
