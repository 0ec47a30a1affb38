// Generated from crates/till/src/rpc. Do not edit; see docs/adding-a-command.md.
import type { PrintedPaper } from "./PrintedPaper";

export type PrintedPapers = { count: number, last: PrintedPaper | null };
