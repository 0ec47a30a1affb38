import { beforeEach, expect, test } from "vitest";
import { take_token } from "./token";

beforeEach(() => {
  sessionStorage.clear();
  history.replaceState(null, "", "/");
});

test("the token leaves the address bar and stays for this tab", () => {
  history.replaceState(null, "", "/customer.html?token=a%2Bb&x=1#top");
  expect(take_token(location, sessionStorage, history)).toBe("a+b");
  expect(location.pathname + location.search + location.hash).toBe("/customer.html?x=1#top");
  expect(take_token(location, sessionStorage, history)).toBe("a+b");
});

test("without a token there is none", () => {
  expect(take_token(location, sessionStorage, history)).toBe("");
});
