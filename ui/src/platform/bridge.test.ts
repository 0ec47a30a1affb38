import { afterEach, expect, test, vi } from "vitest";
import { bridge } from "./bridge";
import { LinkError, ProblemError } from "./transport";

afterEach(() => vi.unstubAllGlobals());

function answering(status: number, body: unknown) {
  const fetch = vi.fn((_address: string, _request: RequestInit) =>
    Promise.resolve(new Response(JSON.stringify(body), { status })),
  );
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

test("a command travels as cmd and payload with the token in a header", async () => {
  const fetch = answering(200, { ok: { file_name: "a", text: "", entries: 0 } });
  await bridge("T").call("sync.export", {});
  const [address, request] = fetch.mock.calls[0]!;
  expect(address).toBe("/rpc");
  expect(request.headers).toMatchObject({ Authorization: "Bearer T" });
  expect(JSON.parse(request.body as string)).toEqual({ cmd: "sync.export", payload: {} });
});

test("a no of the till is thrown with its code", async () => {
  const problem = { code: "BASKET_EMPTY", class: "refused", params: {}, reference: null };
  answering(200, { problem });
  const error = await bridge("T").call("pay.begin", {}).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ProblemError);
  expect((error as ProblemError).problem.code).toBe("BASKET_EMPTY");
});

test("a wrong token and a missing program are told apart", async () => {
  answering(401, {});
  await expect(bridge("T").call("state.get", {})).rejects.toMatchObject({ link: "denied" });
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("refused")));
  const error = await bridge("T").call("state.get", {}).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(LinkError);
  expect((error as LinkError).link).toBe("lost");
});
