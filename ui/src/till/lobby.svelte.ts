/**
 * The first screen: which way was chosen, what was typed for the shop, and what the lobby says.
 *
 * Nothing is decided here about a line; the lobby answers every wish with where the window stands.
 */
import type { Language } from "../generated/Language";
import type { LobbyState } from "../platform";
import { lobby as entrance, rpc } from "../platform";
import type { FirstIntent, FirstRun, Way } from "../keys/first_run";
import { line_of, missing, NO_PARTS, parts_of, type LineParts, type Missing } from "../screens/first_run/line";
import { change, in_turn, tell } from "./commands";
import { desk } from "./desk.svelte";
import { other_language } from "./language";
import type { Look } from "../generated/Look";
import type { Problem } from "../generated/Problem";
import { is_same_look, next_theme, remembered_look, wear } from "./look";
import { till } from "./till.svelte";

class Lobby {
  state = $state.raw<LobbyState | null>(null);
  chosen = $state<Way>("practice");
  /** What was asked for last; null while the window opens what it had open before. */
  wished = $state<Way | null>(null);
  parts = $state<LineParts>({ ...NO_PARTS });
  /** What Enter found missing; gone with the next character. */
  lacking = $state<Missing | null>(null);
  keys_shown = $state(false);
  /** What the first screen wears. */
  look = $state.raw<Look>(remembered_look());
  /** The language of this screen, for the till that is being opened from it. */
  private wanted: Language | null = null;
  /** The same of the look. */
  private wanted_look: Look | null = null;

  get at_desk(): boolean {
    return this.state?.at === "practice" || this.state?.at === "shop";
  }

  get situation(): FirstRun {
    return {
      starting: this.state?.at === "starting",
      chosen: this.chosen,
      typed: Object.values(this.parts).some((part) => part !== ""),
      keys_shown: this.keys_shown,
    };
  }

  listen(): () => void {
    this.look = remembered_look();
    return entrance().listen((state) => this.apply(state));
  }

  apply(state: LobbyState): void {
    const was_at_desk = this.at_desk;
    this.state = state;
    if (was_at_desk && !this.at_desk) {
      till.forget();
      this.look = remembered_look();
      desk.begin_anew();
    }
    if (this.at_desk) this.reset();
  }

  /** The first state of a fresh till: it is told the language and the look that were chosen before it was there. */
  first_state(): void {
    const { state } = till;
    if (state === null) return;
    const { wanted: language, wanted_look: look } = this;
    this.wanted = null;
    this.wanted_look = null;
    if (language !== null && language !== state.shop.language) void in_turn(() => change(rpc("settings.language", { language })));
    if (look !== null && !is_same_look(look, state.shop.look)) void in_turn(() => change(rpc("settings.look", look)));
  }

  perform(intent: FirstIntent): void {
    switch (intent.do) {
      case "practise":
        this.hand_on();
        this.ask("practice", () => entrance().practice());
        return;
      case "connect":
        this.connect();
        return;
      case "choose":
        this.chosen = intent.way;
        return;
      case "clear":
        this.reset_line();
        return;
      case "language":
        till.speak(other_language(till.spoken));
        return;
      case "theme":
        this.look = { ...this.look, theme: next_theme(this.look.theme) };
        wear(this.look);
        return;
      case "keys":
        this.keys_shown = true;
        return;
      case "close_keys":
        this.keys_shown = false;
    }
  }

  /** Leaves the practice shop; all of it is thrown away. */
  leave_practice(): void {
    this.ask("practice", () => entrance().leave_practice());
  }

  /** Something was put into a field: a whole line goes to its places. */
  put(field: keyof LineParts, text: string): void {
    this.lacking = null;
    this.parts = parts_of(text) ?? { ...this.parts, [field]: text };
  }

  private connect(): void {
    this.lacking = missing(this.parts);
    if (this.lacking !== null) return;
    const line = line_of(this.parts);
    this.hand_on();
    this.ask("shop", () => entrance().connect(line));
  }

  /** The till that opens now is a fresh one: it speaks and looks as this screen does. */
  private hand_on(): void {
    this.wanted = till.spoken;
    this.wanted_look = this.look;
  }

  private ask(way: Way, wish: () => Promise<LobbyState>): void {
    if (this.state?.at === "starting") return;
    this.wished = way;
    wish().then(
      (state) => this.apply(state),
      () => this.not_taken(),
    );
  }

  /** The window did not take the wish, so nothing was done: said where the lobby's own noes are said. */
  private not_taken(): void {
    const problem: Problem = { code: "INTERNAL", class: "fault", params: {}, reference: null };
    if (this.at_desk) tell(problem);
    else if (this.state !== null) this.state = { ...this.state, problem };
  }

  private reset_line(): void {
    this.parts = { ...NO_PARTS };
    this.lacking = null;
  }

  private reset(): void {
    this.reset_line();
    this.chosen = "practice";
    this.wished = null;
    this.keys_shown = false;
  }
}

export const lobby = new Lobby();
