/**
 * A desktop window's other end without a window: answers the lobby with one state, and carries commands to the
 * fake bridge for the scene. Runs inside the page, before it. Development only.
 */
export function fake_shell(lobby, scene) {
  let next = 1;
  const carry = async (command) => {
    if (scene === null) return null;
    const reply = await fetch("/rpc", { method: "POST", headers: { Authorization: `Bearer ${scene}` }, body: JSON.stringify(command) });
    return reply.json();
  };
  window.__TAURI_INTERNALS__ = {
    transformCallback: () => next++,
    unregisterCallback: () => undefined,
    invoke: async (cmd, args) => (cmd === "lobby" ? lobby : cmd === "rpc" ? carry(args.command) : next++),
  };
}
