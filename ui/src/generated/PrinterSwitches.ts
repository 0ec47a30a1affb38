// Generated from crates/till/src/rpc. Do not edit; see docs/adding-a-command.md.

export type PrinterSwitches = { out_of_paper: boolean, switched_off: boolean, slow: boolean, lose_answers: boolean };
