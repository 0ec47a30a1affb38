/**
 * One thing after the other: what a person did is sent to the till in the order they did it, however long
 * an answer takes and however fast they go on.
 */
export class Queue {
  private tail: Promise<unknown> = Promise.resolve();
  /** When the work that is running now began, on the caller's clock. */
  private began_at_ms: number | null = null;
  private readonly now_ms: () => number;
  private waiting = 0;

  constructor(now_ms: () => number) {
    this.now_ms = now_ms;
  }

  /** Runs the work after all that was given before it. One failing does not stop the next. */
  run<T>(work: () => Promise<T>): Promise<T> {
    this.waiting += 1;
    const turn = this.tail.then(async () => {
      this.began_at_ms = this.now_ms();
      try {
        return await work();
      } finally {
        this.began_at_ms = null;
        this.waiting -= 1;
      }
    });
    this.tail = turn.catch(() => undefined);
    return turn;
  }

  /** How long the running work has been waiting for its answer; zero when nothing runs. */
  stuck_ms(): number {
    return this.began_at_ms === null ? 0 : this.now_ms() - this.began_at_ms;
  }

  get busy(): boolean {
    return this.waiting > 0;
  }
}
