/**
 * A desktop window's other end without a window: answers the lobby's commands with one state. Runs inside the
 * page, before it. Development only.
 */
export function fake_shell(lobby) {
  let next = 1;
  window.__TAURI_INTERNALS__ = {
    transformCallback: () => next++,
    unregisterCallback: () => undefined,
    invoke: (cmd) => Promise.resolve(cmd === "lobby" ? lobby : cmd === "rpc" ? null : next++),
  };
}
