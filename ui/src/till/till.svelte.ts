/**
 * The till as the screens know it: its last state, whether it answers, and its clock.
 *
 * Nothing is merged or guessed here: a state replaces the one before it, and one that is older than what is
 * on screen is dropped.
 */
import type { Language } from "../generated/Language";
import type { TillState } from "../generated/TillState";
import { onState, type Link } from "../platform";
import { words_of, type Words } from "../words";
import { wear } from "./look";
import { remember_language, remembered_language } from "./language";

/** A shorter gap in the connection is nobody's concern: the next state closes it. */
const LOST_AFTER_MS = 1500;

class Till {
  state = $state.raw<TillState | null>(null);
  link = $state<Link>("connecting");
  /** The till's corrected time, stepping once a second. */
  now_ms = $state(0);
  /** What is spoken while no till has said: the language that was last on screen. */
  spoken = $state<Language>(remembered_language());
  words: Words = $derived(words_of(this.state?.shop.language ?? this.spoken));

  /** What the till's time is ahead of this page's running time. */
  private ahead_ms = 0;
  /** After a lost link the till may have restarted and count its states from the beginning. */
  private anew = true;
  private lost_timer: ReturnType<typeof setTimeout> | null = null;

  /** Takes a state unless a newer one is on screen already. */
  apply(next: TillState): void {
    if (!this.anew && this.state !== null && next.revision < this.state.revision) return;
    this.anew = false;
    this.ahead_ms = next.now_ms - performance.now();
    this.now_ms = next.now_ms;
    this.state = next;
    wear(next.shop.look);
    if (next.shop.language !== this.spoken) this.speak(next.shop.language);
  }

  /** The language of this page from now on, as far as it is the page's to choose. */
  speak(language: Language): void {
    this.spoken = language;
    remember_language(language);
  }

  /** The till that was open is gone, and with it all that was shown of it. */
  forget(): void {
    this.state = null;
    this.anew = true;
  }

  /** The till's time at this moment. */
  clock_ms(): number {
    return performance.now() + this.ahead_ms;
  }

  /** Hears states until stopped. */
  listen(): () => void {
    const stop = onState(
      (state) => this.apply(state),
      (link) => this.linked(link),
    );
    const timer = setInterval(() => (this.now_ms = this.clock_ms()), 1000);
    return () => {
      stop();
      clearInterval(timer);
      this.stop_counting();
    };
  }

  linked(link: Link): void {
    if (link === "lost" && this.link === "up") {
      this.anew = true;
      // Counted from the first loss: every attempt to reconnect says it again.
      this.lost_timer ??= setTimeout(() => (this.link = "lost"), LOST_AFTER_MS);
      return;
    }
    this.stop_counting();
    if (link !== "up") this.anew = true;
    this.link = link;
  }

  private stop_counting(): void {
    if (this.lost_timer !== null) clearTimeout(this.lost_timer);
    this.lost_timer = null;
  }
}

export const till = new Till();
