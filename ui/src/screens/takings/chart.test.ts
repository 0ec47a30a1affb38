import { expect, test } from "vitest";
import type { TakingsHour } from "../../generated/TakingsHour";
import { axis, even_hours, height_percent, peak_hour } from "./chart";

const hour = (h: number, net_minor: number, compare_minor: number | null = null): TakingsHour => ({ hour: h, net_minor, compare_minor, unfinished: false });

test("the axis covers the highest bar with at most four round steps", () => {
  expect(axis([hour(12, 147_250)])).toEqual({ top_minor: 150_000, marks_minor: [0, 50_000, 100_000, 150_000] });
  expect(axis([hour(12, 5_000, 39_000)]).top_minor).toBe(40_000);
  expect(axis([]).marks_minor).toEqual([0, 100]);
  for (const net of [1, 99, 101, 399, 401, 12_345, 9_999_999]) {
    const { top_minor, marks_minor } = axis([hour(1, net)]);
    expect(top_minor).toBeGreaterThanOrEqual(net);
    expect(marks_minor.length).toBeLessThanOrEqual(5);
  }
});

test("hours without sales keep their place", () => {
  expect(even_hours([hour(7, 1), hour(10, 2)]).map((h) => h.hour)).toEqual([7, 8, 9, 10]);
  expect(even_hours([])).toEqual([]);
});

test("the peak alone is labelled and a refund hour has no bar", () => {
  expect(peak_hour([hour(7, 1), hour(8, 3), hour(9, 2)])).toBe(8);
  expect(peak_hour([hour(7, 0)])).toBeNull();
  expect(height_percent(-5, 100)).toBe(0);
});
