import { expect, test } from "vitest";
import { Queue } from "./queue";

test("work runs in the order it was given, and a failure does not stop the next", async () => {
  const done: number[] = [];
  const queue = new Queue(() => 0);
  const slow = queue.run(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    done.push(1);
  });
  const broken = queue.run(() => Promise.reject(new Error("no")));
  const last = queue.run(async () => void done.push(3));
  expect(queue.busy).toBe(true);
  await expect(broken).rejects.toThrow("no");
  await Promise.all([slow, last]);
  expect(done).toEqual([1, 3]);
  expect(queue.busy).toBe(false);
});

test("it says how long an answer has been missing", async () => {
  let now_ms = 100;
  const queue = new Queue(() => now_ms);
  expect(queue.stuck_ms()).toBe(0);
  let answer: () => void = () => undefined;
  const waiting = queue.run(() => new Promise<void>((resolve) => (answer = resolve)));
  await Promise.resolve();
  now_ms = 1300;
  expect(queue.stuck_ms()).toBe(1200);
  answer();
  await waiting;
  expect(queue.stuck_ms()).toBe(0);
});
