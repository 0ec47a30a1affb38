// Generated from crates/till/src/rpc. Do not edit; see docs/adding-a-command.md.

export type NamePrint = { job_no: string };
