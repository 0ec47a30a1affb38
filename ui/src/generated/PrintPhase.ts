// Generated from crates/till/src/rpc. Do not edit; see docs/adding-a-command.md.

export type PrintPhase = "waiting" | "printing" | "unsure" | "stuck" | "printed" | "withdrawn";
