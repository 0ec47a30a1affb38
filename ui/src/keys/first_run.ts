/** What every key does before there is a till: the first screen, with its two ways. Pure, as `bindings.ts` is. */
export type Way = "practice" | "shop";

export type FirstRun = {
  /** A till is being opened: nothing is chosen meanwhile. */
  starting: boolean;
  chosen: Way;
  /** Something stands in a field of the shop's card. */
  typed: boolean;
  keys_shown: boolean;
};

export type FirstIntent = { do: "practise" } | { do: "connect" } | { do: "choose"; way: Way } | { do: "clear" } | { do: "language" } | { do: "theme" } | { do: "keys" } | { do: "close_keys" };
export type FirstBinding = { key: string; intent: FirstIntent; shown: boolean };

const show = (key: string, intent: FirstIntent): FirstBinding => ({ key, intent, shown: true });
const mute = (key: string, intent: FirstIntent): FirstBinding => ({ key, intent, shown: false });

export function first_bindings(s: FirstRun): FirstBinding[] {
  const look = [show("F2", { do: "language" }), show("F4", { do: "theme" })];
  if (s.keys_shown) return [show("Escape", { do: "close_keys" }), mute("F10", { do: "close_keys" })];
  if (s.starting) return look;
  const keys = mute("F10", { do: "keys" });
  switch (s.chosen) {
    case "practice":
      return [
        show("Enter", { do: "practise" }),
        show("2", { do: "choose", way: "shop" }),
        mute("1", { do: "practise" }),
        ...arrows(),
        ...look,
        keys,
        mute("?", { do: "keys" }),
      ];
    case "shop":
      // Digits belong to the code here.
      return [
        show("Enter", { do: "connect" }),
        show("Escape", s.typed ? { do: "clear" } : { do: "choose", way: "practice" }),
        ...look,
        keys,
      ];
  }
}

function arrows(): FirstBinding[] {
  return [mute("ArrowLeft", { do: "choose", way: "practice" }), mute("ArrowRight", { do: "choose", way: "shop" })];
}

/** What the key does, or null when it does nothing here. */
export function first_meaning(s: FirstRun, key: string): FirstIntent | null {
  return first_bindings(s).find((b) => b.key === key)?.intent ?? null;
}
