/**
 * The lobby: whether this window practises, sells for a real shop, or still has to be told which.
 *
 * Only the desktop window has one. A page in a browser is served by a program that was started for one till;
 * there the lobby has one answer and nothing to choose.
 */
import type { Problem } from "../generated/Problem";

/** Where the window stands. `starting`: a till is being opened; the answer follows by itself. */
export type LobbyPlace = "choosing" | "starting" | "practice" | "shop";

export interface LobbyState {
  at: LobbyPlace;
  /** Why the last wish, or the last start, did not succeed; gone with the next wish. */
  problem: Problem | null;
  /** Whether `leave_practice` may be asked: practice is open, and it was this window that opened it. */
  can_leave_practice: boolean;
}

/** What can be asked of the lobby. Every wish answers with where the window stands then, never with an error. */
export interface Lobby {
  get(): Promise<LobbyState>;
  /** Opens the practice shop, making a fresh one where there is none. */
  practice(): Promise<LobbyState>;
  /** Joins a real shop with what its centre printed: `address#code#fingerprint`, or `address#code` on this machine. */
  connect(line: string): Promise<LobbyState>;
  /** Closes the practice shop and throws away everything of it. */
  leave_practice(): Promise<LobbyState>;
  /** Hears where the window stands, now and whenever it changes; returns how to stop. */
  listen(on_lobby: (state: LobbyState) => void): () => void;
}

/** The lobby of a page in a browser: the till is there, and which one is not this page's to choose. */
export function settled(is_practice: () => Promise<boolean>): Lobby {
  const get = async (): Promise<LobbyState> => ({
    at: (await is_practice()) ? "practice" : "shop",
    problem: null,
    can_leave_practice: false,
  });
  return {
    get,
    practice: get,
    connect: get,
    leave_practice: get,
    listen: (on_lobby) => {
      let stopped = false;
      const tell = async () => {
        const state = await get();
        if (!stopped) on_lobby(state);
      };
      // A till that does not answer is told by its own link; the lobby has nothing to add.
      tell().catch(() => undefined);
      return () => {
        stopped = true;
      };
    },
  };
}
