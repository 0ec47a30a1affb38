// Generated from crates/till/src/rpc. Do not edit; see docs/adding-a-command.md.
import type { PrintStatus } from "./PrintStatus";
import type { PrintJob } from "./PrintJob";

export type PrintQueue = { status: PrintStatus, folder: string, jobs: Array<PrintJob> };
