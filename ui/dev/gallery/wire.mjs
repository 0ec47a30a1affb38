/** A wire between two programs that can be cut: what a shop's network does. */
import { connect, createServer } from "node:net";

export class Wire {
  /** A wire to this address; gives its near end as an address of its own. */
  static async to(address) {
    const wire = new Wire(new URL(address));
    await new Promise((resolve) => wire.server.listen(0, "127.0.0.1", resolve));
    return wire;
  }

  constructor(far) {
    this.far = far;
    this.is_cut = false;
    this.open = new Set();
    this.server = createServer((near) => this.join(near));
  }

  get address() {
    return `http://127.0.0.1:${this.server.address().port}`;
  }

  join(near) {
    if (this.is_cut) {
      near.destroy();
      return;
    }
    const far = connect(Number(this.far.port), this.far.hostname);
    for (const [from, to] of [[near, far], [far, near]]) {
      this.open.add(from);
      from.on("close", () => {
        this.open.delete(from);
        to.destroy();
      });
      from.on("error", () => to.destroy());
      from.pipe(to);
    }
  }

  cut() {
    this.is_cut = true;
    for (const socket of this.open) socket.destroy();
  }

  mend() {
    this.is_cut = false;
  }

  close() {
    this.cut();
    this.server.close();
  }
}
