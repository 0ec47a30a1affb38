/**
 * Commands over HTTP to a till program on this machine: `POST /rpc` for a command, `GET /events` for states.
 *
 * Not here: what is done with a state, and which of two states is the newer.
 */
import type { Problem } from "../generated/Problem";
import type { RpcSchema } from "../generated/schema";
import type { TillState } from "../generated/TillState";
import { LinkError, ProblemError, type Command, type Link, type Transport } from "./transport";

/** A restarting till program is back within a second or two; asking more often would only spend power. */
const RECONNECT_MS = 1000;

type Answer<A> = { ok: A } | { problem: Problem };

export function bridge(token: string, base = ""): Transport {
  async function call<K extends Command>(cmd: K, payload: RpcSchema[K][0]): Promise<RpcSchema[K][1]> {
    const answer = await post<RpcSchema[K][1]>(`${base}/rpc`, token, { cmd, payload });
    if ("problem" in answer) throw new ProblemError(answer.problem);
    return answer.ok;
  }
  return { call, listen: (on_state, on_link) => listen(`${base}/events?token=${encodeURIComponent(token)}`, call, on_state, on_link) };
}

async function post<A>(address: string, token: string, body: unknown): Promise<Answer<A>> {
  let reply: Response;
  try {
    reply = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
  } catch {
    throw new LinkError("lost");
  }
  if (reply.status === 401 || reply.status === 403) throw new LinkError("denied");
  if (!reply.ok) throw new LinkError("lost");
  try {
    return (await reply.json()) as Answer<A>;
  } catch {
    throw new LinkError("lost");
  }
}

/**
 * Keeps one event stream open. A closed stream looks the same whether the program is gone or refuses the
 * token, so before each new attempt the state is asked for, which tells the two apart.
 */
function listen(
  address: string,
  call: Transport["call"],
  on_state: (state: TillState) => void,
  on_link: (link: Link) => void,
): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  const again = (link: Link) => {
    source?.close();
    source = null;
    if (stopped) return;
    on_link(link);
    timer = setTimeout(open, RECONNECT_MS);
  };
  const open = async () => {
    try {
      const state = await call("state.get", {});
      if (stopped) return;
      on_state(state);
      on_link("up");
    } catch (error) {
      again(error instanceof LinkError ? error.link : "lost");
      return;
    }
    source = new EventSource(address);
    source.addEventListener("state", (event) => on_state(JSON.parse((event as MessageEvent<string>).data) as TillState));
    source.onerror = () => again("lost");
  };
  void open();
  return () => {
    stopped = true;
    clearTimeout(timer);
    source?.close();
  };
}
