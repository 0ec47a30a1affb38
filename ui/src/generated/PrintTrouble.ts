// Generated from crates/till/src/rpc. Do not edit; see docs/adding-a-command.md.

export type PrintTrouble = "out_of_paper" | "switched_off" | "unreachable" | "fault" | "unprintable";
