/** The people at this till as their page shows them, and the form that adds or changes one. */
import type { Person } from "../generated/Person";
import type { PersonRole } from "../generated/PersonRole";
import type { Problem } from "../generated/Problem";
import type { SavePerson } from "../generated/SavePerson";
import type { PersonGlance } from "../keys/back_office";
import { rpc } from "../platform";
import { within } from "./within";

class People {
  list = $state.raw<Person[] | null>(null);
  /** Who is in the form; null is somebody new. */
  staff_id = $state<string | null>(null);
  name = $state("");
  role = $state<PersonRole>("cashier");
  pin = $state("");
  /** The first manager's PIN once more, and what is wrong with what was typed. */
  pin_again = $state("");
  first_problem = $state.raw<Problem | "differs" | null>(null);
  /** The PIN is to be taken away. */
  without_pin = $state(false);

  get chosen(): Person | null {
    return this.list?.find((p) => p.staff_id === this.staff_id) ?? null;
  }

  /** Whether somebody can approve yet; until then the first manager is added without. */
  get has_manager(): boolean {
    return this.list?.some((p) => p.role === "manager" && p.has_pin) ?? true;
  }

  get glance(): PersonGlance {
    return { name: this.name, is_new: this.staff_id === null };
  }

  get form(): SavePerson {
    const { staff_id, name, role, pin, without_pin } = this;
    return { staff_id, name: name.trim(), role, pin: without_pin ? "" : pin === "" ? null : pin, approval: null };
  }

  async load(): Promise<void> {
    this.take(await rpc("people.list", {}));
  }

  take(list: Person[]): void {
    const first = this.list === null;
    this.list = list;
    if (first) this.choose(list[0] ?? null);
  }

  choose(person: Person | null): void {
    this.staff_id = person?.staff_id ?? null;
    this.name = person?.name ?? "";
    this.role = person?.role ?? (this.has_manager ? "cashier" : "manager");
    this.pin = "";
    this.pin_again = "";
    this.first_problem = null;
    this.without_pin = false;
  }

  /** After a change: the one that was changed or added stays in the form. */
  saved(list: Person[], name: string): void {
    this.list = list;
    this.choose(list.find((p) => p.name === name) ?? list[0] ?? null);
  }

  move(by: number): void {
    const list = this.list ?? [];
    const at = list.findIndex((p) => p.staff_id === this.staff_id);
    this.choose(list[within(at + by, list.length)] ?? null);
  }

  begin_anew(): void {
    this.list = null;
    this.choose(null);
  }
}

export const people = new People();
