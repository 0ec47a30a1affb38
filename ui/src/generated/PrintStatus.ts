// Generated from crates/till/src/rpc. Do not edit; see docs/adding-a-command.md.
import type { PrinterKind } from "./PrinterKind";
import type { PrintPhase } from "./PrintPhase";
import type { PrintTrouble } from "./PrintTrouble";

export type PrintStatus = { printer: PrinterKind, receipts: boolean, owed: number, phase: PrintPhase | null, trouble: PrintTrouble | null, last_order_id: string | null };
