/** What the customer sees, asked anew after every state; the latest answer wins. */
import type { CustomerView } from "../generated/CustomerView";
import { onState, rpc } from "../platform";
import { wear } from "../till/look";

/** "Paid" stays for a moment and then makes room for a welcome. */
const PAID_SHOWN_MS = 20_000;

class View {
  shown = $state.raw<CustomerView | null>(null);
  now_ms = $state(0);
  zone = $state("Asia/Shanghai");
  private ahead_ms = 0;
  private asking = false;
  private again = false;
  private is_gone = false;
  private paid_since_ms: number | null = null;

  listen(): () => void {
    const stop = onState((state) => {
      this.ahead_ms = state.now_ms - performance.now();
      this.now_ms = state.now_ms;
      this.zone = state.shop.zone;
      wear(state.shop.look);
      this.is_gone = false;
      void this.ask();
    }, (link) => {
      // No till is open, which is more than one that does not answer just now: what it showed is over.
      if (link !== "connecting") return;
      this.is_gone = true;
      this.shown = null;
    });
    const timer = setInterval(() => (this.now_ms = performance.now() + this.ahead_ms), 1000);
    return () => {
      stop();
      clearInterval(timer);
    };
  }

  /** Whether "paid" has been up long enough. */
  get paid_is_over(): boolean {
    return this.paid_since_ms !== null && this.now_ms - this.paid_since_ms >= PAID_SHOWN_MS;
  }

  private async ask(): Promise<void> {
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    try {
      this.take(await rpc("customer.get", {}));
    } catch {
      // A customer is told nothing of it: the last picture stays until the till answers again.
    } finally {
      this.asking = false;
    }
    if (!this.again) return;
    this.again = false;
    await this.ask();
  }

  private take(next: CustomerView): void {
    if (this.is_gone) return;
    if (next.scene.kind !== "paid") this.paid_since_ms = null;
    else this.paid_since_ms ??= this.now_ms;
    this.shown = next;
  }
}

export const view = new View();
