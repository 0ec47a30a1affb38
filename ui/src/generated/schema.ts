// Generated from crates/till/src/rpc. Do not edit; see docs/adding-a-command.md.

import type { Class } from "./Class";
import type { Code } from "./Code";
import type { AddArticle } from "./AddArticle";
import type { ArticleHit } from "./ArticleHit";
import type { AskRefund } from "./AskRefund";
import type { CatalogueFile } from "./CatalogueFile";
import type { CatalogueReport } from "./CatalogueReport";
import type { CategoryTiles } from "./CategoryTiles";
import type { ChangeQuantity } from "./ChangeQuantity";
import type { CloseShift } from "./CloseShift";
import type { ClosedShift } from "./ClosedShift";
import type { CountCash } from "./CountCash";
import type { CustomerView } from "./CustomerView";
import type { DecideLate } from "./DecideLate";
import type { EnterText } from "./EnterText";
import type { Entered } from "./Entered";
import type { FaultSwitches } from "./FaultSwitches";
import type { FindOrders } from "./FindOrders";
import type { ListShifts } from "./ListShifts";
import type { Look } from "./Look";
import type { MoveCash } from "./MoveCash";
import type { NameDay } from "./NameDay";
import type { NameLine } from "./NameLine";
import type { NameNotice } from "./NameNotice";
import type { NameOrder } from "./NameOrder";
import type { NamePrint } from "./NamePrint";
import type { NameRefund } from "./NameRefund";
import type { NameShift } from "./NameShift";
import type { NameTender } from "./NameTender";
import type { Nothing } from "./Nothing";
import type { OpenShift } from "./OpenShift";
import type { OrderDetail } from "./OrderDetail";
import type { OrderRow } from "./OrderRow";
import type { Person } from "./Person";
import type { PracticeActOn } from "./PracticeActOn";
import type { PracticeView } from "./PracticeView";
import type { Preview } from "./Preview";
import type { PreviewRefund } from "./PreviewRefund";
import type { PreviewText } from "./PreviewText";
import type { PrintQueue } from "./PrintQueue";
import type { PrintReport } from "./PrintReport";
import type { PrintedPapers } from "./PrintedPapers";
import type { PrinterSwitches } from "./PrinterSwitches";
import type { Receipt } from "./Receipt";
import type { RefundPreview } from "./RefundPreview";
import type { RemovePerson } from "./RemovePerson";
import type { SavePerson } from "./SavePerson";
import type { SetBlind } from "./SetBlind";
import type { SetLanguage } from "./SetLanguage";
import type { SetNetwork } from "./SetNetwork";
import type { SetPrice } from "./SetPrice";
import type { SetPrinter } from "./SetPrinter";
import type { SetQuantity } from "./SetQuantity";
import type { ShiftReport } from "./ShiftReport";
import type { ShiftView } from "./ShiftView";
import type { ShowCode } from "./ShowCode";
import type { SignIn } from "./SignIn";
import type { SwitchCode } from "./SwitchCode";
import type { SyncList } from "./SyncList";
import type { TakeCash } from "./TakeCash";
import type { TakePaymentCode } from "./TakePaymentCode";
import type { Takings } from "./Takings";
import type { TillState } from "./TillState";
import type { TransferFile } from "./TransferFile";

/** Every command: its request and its answer. */
export type RpcSchema = {
  "state.get": [Nothing, TillState];
  "settings.language": [SetLanguage, TillState];
  "settings.printer": [SetPrinter, TillState];
  "settings.look": [Look, TillState];
  "notice.seen": [NameNotice, TillState];
  "catalogue.tiles": [Nothing, Array<CategoryTiles>];
  "catalogue.import": [CatalogueFile, CatalogueReport];
  "catalogue.search": [PreviewText, Array<ArticleHit>];
  "basket.preview": [PreviewText, Preview];
  "basket.enter": [EnterText, Entered];
  "basket.add": [AddArticle, TillState];
  "basket.set_quantity": [SetQuantity, TillState];
  "basket.change_quantity": [ChangeQuantity, TillState];
  "basket.remove": [NameLine, TillState];
  "basket.set_price": [SetPrice, TillState];
  "basket.undo": [Nothing, TillState];
  "basket.hold": [Nothing, TillState];
  "basket.resume": [NameOrder, TillState];
  "pay.begin": [Nothing, TillState];
  "pay.back": [Nothing, TillState];
  "pay.cash": [TakeCash, TillState];
  "pay.code": [ShowCode, TillState];
  "pay.switch": [SwitchCode, TillState];
  "pay.take": [TakePaymentCode, TillState];
  "pay.ask": [NameTender, TillState];
  "pay.renew": [NameTender, TillState];
  "pay.give_up": [Nothing, TillState];
  "pay.park": [Nothing, TillState];
  "pay.open": [NameOrder, TillState];
  "pay.next": [Nothing, TillState];
  "orders.find": [FindOrders, Array<OrderRow>];
  "orders.get": [NameOrder, OrderDetail];
  "orders.receipt": [NameOrder, Receipt];
  "refund.preview": [PreviewRefund, RefundPreview];
  "refund.ask": [AskRefund, OrderDetail];
  "refund.seen": [NameRefund, SyncList];
  "late.decide": [DecideLate, SyncList];
  "print.list": [Nothing, PrintQueue];
  "print.receipt": [NameOrder, TillState];
  "print.report": [PrintReport, TillState];
  "print.retry": [Nothing, TillState];
  "print.withdraw": [NamePrint, TillState];
  "takings.day": [NameDay, Takings];
  "sync.list": [Nothing, SyncList];
  "sync.retry": [Nothing, TillState];
  "sync.export": [Nothing, TransferFile];
  "customer.get": [Nothing, CustomerView];
  "people.list": [Nothing, Array<Person>];
  "people.sign_in": [SignIn, TillState];
  "people.save": [SavePerson, Array<Person>];
  "people.remove": [RemovePerson, Array<Person>];
  "shift.get": [Nothing, ShiftView];
  "shift.open": [OpenShift, TillState];
  "shift.move": [MoveCash, ShiftView];
  "shift.count": [CountCash, ShiftView];
  "shift.blind": [SetBlind, ShiftView];
  "shift.close": [CloseShift, ClosedShift];
  "shift.list": [ListShifts, Array<ClosedShift>];
  "shift.report": [NameShift, ShiftReport];
  "practice.trades": [Nothing, PracticeView];
  "practice.act": [PracticeActOn, PracticeView];
  "practice.faults": [FaultSwitches, FaultSwitches];
  "practice.printer": [PrinterSwitches, PrinterSwitches];
  "practice.printed": [Nothing, PrintedPapers];
  "practice.network": [SetNetwork, TillState];
};

/** Every code with its class; a test walks it so that no code is without a sentence. */
export const CODE_CLASS: Record<Code, Class> = {
  "ARTICLE_NOT_FOUND": "refused",
  "ARTICLE_AMBIGUOUS": "refused",
  "QUANTITY_NOT_POSITIVE": "refused",
  "QUANTITY_TOO_LARGE": "refused",
  "QUANTITY_NOT_WHOLE": "refused",
  "PRICE_INVALID": "refused",
  "AMOUNT_INVALID": "refused",
  "AMOUNT_NOT_POSITIVE": "refused",
  "AMOUNT_TOO_LARGE": "refused",
  "BASKET_EMPTY": "refused",
  "BASKET_TOO_LONG": "refused",
  "LINE_NOT_FOUND": "refused",
  "LINES_LOCKED": "refused",
  "NOTHING_TO_UNDO": "refused",
  "ORDER_NOT_FOUND": "refused",
  "ORDER_STATE": "refused",
  "TENDER_NOT_FOUND": "refused",
  "TENDER_STATE": "refused",
  "ATTEMPT_LIVE": "refused",
  "APPROVAL_NEEDED": "refused",
  "NO_MANAGER": "refused",
  "PIN_WRONG": "refused",
  "PIN_WAIT": "refused",
  "NAME_INVALID": "refused",
  "NAME_TAKEN": "refused",
  "PIN_INVALID": "refused",
  "PIN_TAKEN": "refused",
  "PIN_NEEDED": "refused",
  "PIN_NOT_THEIRS": "refused",
  "PERSON_NOT_FOUND": "refused",
  "PERSON_SIGNED_IN": "refused",
  "LAST_MANAGER": "refused",
  "SHIFT_ALREADY_OPEN": "refused",
  "SHIFT_NOT_OPEN": "refused",
  "SHIFT_NOT_FOUND": "refused",
  "SHIFT_CHANGED": "refused",
  "COUNT_MISSING": "refused",
  "COUNT_INVALID": "refused",
  "COUNT_CHANGED": "refused",
  "COUNT_IS_BLIND": "refused",
  "PRINTER_NOT_SET": "refused",
  "PRINT_NOT_FOUND": "refused",
  "LEAVE_OVER_COUNTED": "refused",
  "NOTE_TOO_LONG": "refused",
  "REFUND_OVER_LEFT": "refused",
  "REFUNDS_CHANGED": "refused",
  "REFUND_NOT_FOUND": "refused",
  "LATE_GONE": "refused",
  "LATE_NO_PLACE": "refused",
  "CASH_TOO_LITTLE": "refused",
  "AMOUNT_OVER_DUE": "refused",
  "OPEN_CHANGED": "refused",
  "CODE_NEEDS_NETWORK": "retryable",
  "MEANS_NOT_OFFERED": "refused",
  "NOT_A_PAYMENT_CODE": "refused",
  "OWN_NUMBER": "refused",
  "CATALOGUE_MALFORMED": "refused",
  "ENROL_LINE_MALFORMED": "refused",
  "ENROL_CODE_WRONG": "refused",
  "ENROL_CODE_USED": "refused",
  "CENTRE_UNREACHABLE": "retryable",
  "CENTRE_NOT_THE_ONE": "refused",
  "TILL_BELONGS_TO_SHOP": "refused",
  "TILL_REVOKED": "refused",
  "DATABASE_NEWER": "fault",
  "DATABASE_DAMAGED": "fault",
  "DATABASE_UNREADABLE": "fault",
  "ALREADY_RUNNING": "refused",
  "DISK_FULL": "fault",
  "NOT_SAVED": "fault",
  "PRACTICE_ONLY": "refused",
  "REQUEST_MALFORMED": "refused",
  "INTERNAL": "fault",
};
