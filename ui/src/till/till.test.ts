import { afterEach, beforeEach, expect, test, vi } from "vitest";

vi.mock("../platform", () => ({ onState: () => () => undefined }));
const { till } = await import("./till.svelte");

beforeEach(() => {
  vi.useFakeTimers();
  till.linked("up");
});
afterEach(() => vi.useRealTimers());

test("a_lost_till_is_said_although_every_second_it_is_tried_again", () => {
  for (let second = 0; second < 3; second += 1) {
    till.linked("lost");
    vi.advanceTimersByTime(1000);
  }
  expect(till.link).toBe("lost");
  till.linked("up");
  expect(till.link).toBe("up");
});

test("a_gap_that_closes_at_once_is_nobodys_concern", () => {
  till.linked("lost");
  vi.advanceTimersByTime(1000);
  till.linked("up");
  vi.advanceTimersByTime(5000);
  expect(till.link).toBe("up");
});
