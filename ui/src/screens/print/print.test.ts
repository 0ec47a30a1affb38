import { cleanup, fireEvent, render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PrintJob } from "../../generated/PrintJob";
import type { PrintStatus } from "../../generated/PrintStatus";
import { state } from "../../keys/testing";
import { answers, note_scrolls, sent } from "../testing";

vi.mock("../../platform", async (original) => ({
  ...(await original<typeof import("../../platform")>()),
  rpc: (await import("../testing")).rpc,
}));

const { till } = await import("../../till/till.svelte");
const { default: ReceiptPrinting } = await import("../paid/ReceiptPrinting.svelte");
const { default: PrintSheet } = await import("./PrintSheet.svelte");

const job: PrintJob = {
  job_no: "7", kind: "receipt", label: "2-1121-0286", order_id: "o", copy: 0, phase: "stuck", trouble: "out_of_paper", asked_by: "王芳", asked_at_ms: 0,
};
const stuck: PrintStatus = { ...state.print, owed: 2, phase: "stuck", trouble: "out_of_paper" };

function open(print: PrintStatus, jobs: PrintJob[]): void {
  till.apply({ ...state, revision: (till.state?.revision ?? 0) + 1, print });
  answers["print.withdraw"] = till.state!;
  answers["settings.printer"] = till.state!;
  answers["print.list"] = { status: print, folder: "/data/printed", jobs };
  render(PrintSheet, { state: till.state! });
}

beforeEach(() => {
  note_scrolls();
  sent.length = 0;
});
afterEach(cleanup);

test("the sheet says how many, why, and what will happen; each paper says what it is", async () => {
  open(stuck, [job, { ...job, job_no: "8", copy: 2, phase: "waiting", trouble: null }]);
  expect(await screen.findByText("2 张没打出来：没纸了")).toBeTruthy();
  expect(screen.getByText("换好纸会自动补打，收款不受影响")).toBeTruthy();
  const rows = await screen.findAllByTestId("print-job");
  expect(rows.map((row) => row.dataset.jobNo)).toEqual(["7", "8"]);
  expect(rows[1]!.textContent).toContain("补打 2");
});

test("a paper that is printing right now cannot be taken back, any other can", async () => {
  open({ ...stuck, phase: "printing", trouble: null }, [{ ...job, phase: "printing", trouble: null }, { ...job, job_no: "8", phase: "waiting", trouble: null }]);
  await screen.findAllByTestId("print-job");
  const buttons = screen.getAllByTestId("print-withdraw");
  expect(buttons).toHaveLength(1);
  await fireEvent.click(buttons[0]!);
  expect(sent.find((s) => s.cmd === "print.withdraw")?.payload).toEqual({ job_no: "8" });
});

test("without a printer the sheet says so calmly and offers the one there is", async () => {
  open({ ...state.print, printer: "none" }, []);
  expect(await screen.findByText("没有接打印机")).toBeTruthy();
  await fireEvent.click(await screen.findByTestId("printer-pictures"));
  expect(sent.find((s) => s.cmd === "settings.printer")?.payload).toEqual({ printer: "pictures", receipts: true });
});

test("the paid screen tells every state of the receipt, and none of them as a failure of the sale", () => {
  till.apply({ ...state, revision: (till.state?.revision ?? 0) + 1 });
  const told = (phase: PrintJob["phase"], trouble: PrintJob["trouble"] = null): string => {
    const { unmount } = render(ReceiptPrinting, { printer: "pictures", job: { ...job, phase, trouble } });
    const text = screen.getByTestId("receipt-printing").textContent ?? "";
    unmount();
    return text;
  };
  expect(told("waiting")).toContain("不用等，可以直接收下一位");
  expect(told("stuck", "out_of_paper")).toMatch(/小票没打出来：没纸了.*换好纸会自动补打，收款不受影响/);
  expect(told("unsure")).toContain("还不知道小票打出来没有");
  expect(told("printed")).toContain("小票打好了");
});
