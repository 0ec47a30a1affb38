// Generated from crates/till/src/rpc. Do not edit; see docs/adding-a-command.md.
import type { PaperKind } from "./PaperKind";
import type { PrintPhase } from "./PrintPhase";
import type { PrintTrouble } from "./PrintTrouble";

export type PrintJob = { job_no: string, kind: PaperKind, label: string, order_id: string | null, copy: number, phase: PrintPhase, trouble: PrintTrouble | null, asked_by: string, asked_at_ms: number };
