// Generated from crates/till/src/rpc. Do not edit; see docs/adding-a-command.md.
import type { PrinterKind } from "./PrinterKind";

export type SetPrinter = { printer: PrinterKind, receipts: boolean };
