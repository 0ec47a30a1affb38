// Generated from crates/till/src/rpc. Do not edit; see docs/adding-a-command.md.

export type PrintedPaper = { text: string, png_base64: string };
