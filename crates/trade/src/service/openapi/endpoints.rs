//! Every endpoint of every door, as one table: what the document is made from.
//!
//! Whoever adds a route adds a line here; tests compare the table with the routes.

use suanpan_wire::error::ErrorCode;

/// Whose door it is, and with it how one proves who asks and how one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// Tills, signed with their own key; refused with [`suanpan_wire::error::ErrorBody`].
    Till,
    /// Payment platforms, each in its own way.
    Platform,
    /// Business systems by the existing contract.
    Caller,
    /// Anybody: health, and this document.
    Open,
    /// Whoever is on the centre's own machine.
    Operators,
}

/// A value in the query, or in a form.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// Name of its schema among [`super::document`]'s own.
    pub schema: &'static str,
}

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub enum Body {
    /// Nothing.
    Nothing,
    /// JSON of that schema.
    Json(&'static str),
    /// A form with the same fields as the query, instead of it.
    Form,
    /// A platform's own, described in its documents.
    Platform,
    /// A platform's own form, its signature among the fields.
    PlatformForm,
}

/// What is answered when all is well.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    /// Status 200 and JSON of that schema.
    Json(&'static str),
    /// Status 200 and JSON of that schema, or an empty body where there is nothing.
    JsonOrEmpty(&'static str),
    /// Only this status.
    Status(u16),
    /// Status 200 and this bare word.
    Word(&'static str),
    /// JSON without a schema of its own.
    Document,
    /// Status 200 and measurements as Prometheus reads them.
    Measurements,
}

/// One endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// Its name in the document.
    pub name: &'static str,
    /// Upper-case method.
    pub method: &'static str,
    /// Path with `{parameters}`.
    pub path: &'static str,
    /// Whose it is.
    pub door: Door,
    /// What it is for.
    pub summary: &'static str,
    /// Values in the query.
    pub query: &'static [Field],
    /// What is sent.
    pub body: Body,
    /// What is answered.
    pub answer: Answer,
    /// Codes of refusals besides those of its door.
    pub refusals: &'static [ErrorCode],
}

const NONE: &[Field] = &[];

const fn field(name: &'static str, required: bool, schema: &'static str) -> Field {
    Field {
        name,
        required,
        schema,
    }
}

const fn till(
    name: &'static str,
    (method, path): (&'static str, &'static str),
    summary: &'static str,
    (body, answer): (Body, &'static str),
    refusals: &'static [ErrorCode],
) -> Endpoint {
    Endpoint {
        name,
        method,
        path,
        door: Door::Till,
        summary,
        query: NONE,
        body,
        answer: Answer::Json(answer),
        refusals,
    }
}

const fn caller(
    name: &'static str,
    (method, path): (&'static str, &'static str),
    summary: &'static str,
    (body, answer): (Body, Answer),
    query: &'static [Field],
) -> Endpoint {
    Endpoint {
        name,
        method,
        path,
        door: Door::Caller,
        summary,
        query,
        body,
        answer,
        refusals: &[],
    }
}

const fn open(name: &'static str, path: &'static str, summary: &'static str, answer: Answer) -> Endpoint {
    Endpoint {
        name,
        method: "GET",
        path,
        door: Door::Open,
        summary,
        query: NONE,
        body: Body::Nothing,
        answer,
        refusals: &[],
    }
}

/// What a tender's request may be refused with.
const TENDER: &[ErrorCode] = &[ErrorCode::NotFound];

/// The endpoints of tills.
pub const TILL: &[Endpoint] = &[
    till(
        "enrol",
        ("POST", "/v1/enrol"),
        "A till joins a store with a one-time code. Signed by the key that the body carries.",
        (Body::Json("EnrolRequest"), "EnrolAnswer"),
        &[ErrorCode::EnrolCodeWrong, ErrorCode::EnrolCodeUsed],
    ),
    till(
        "hello",
        ("POST", "/v1/till/hello"),
        "Said on connecting; the answer says from which entry on the till continues.",
        (Body::Json("Hello"), "HelloAnswer"),
        &[],
    ),
    till(
        "sendJournal",
        ("POST", "/v1/till/journal"),
        "Journal entries in order; each is accepted, had already, or refused with a code.",
        (Body::Json("Batch"), "BatchAnswer"),
        &[ErrorCode::JournalGap, ErrorCode::JournalUnsigned],
    ),
    Endpoint {
        query: &[field("epoch", false, "Count"), field("since", false, "Count")],
        ..till(
            "readJournal",
            ("GET", "/v1/till/journal"),
            "A restored till's own entries after a position.",
            (Body::Nothing, "OwnEntries"),
            &[],
        )
    },
    Endpoint {
        query: &[
            field("generation", false, "Count"),
            field("after", false, "Count"),
            field("wait_ms", false, "Count"),
        ],
        ..till(
            "changes",
            ("GET", "/v1/till/changes"),
            "What has changed after a position; waits for a change if asked to.",
            (Body::Nothing, "ChangesAnswer"),
            &[],
        )
    },
    till(
        "attempt",
        ("PUT", "/v1/tenders/{tender_no}/attempts/{attempt_key}"),
        "A code for a tender; the same key is answered the same.",
        (Body::Json("CreateAttempt"), "TenderView"),
        &[
            ErrorCode::NotFound,
            ErrorCode::MeansNotOffered,
            ErrorCode::AmountInvalid,
            ErrorCode::KeyReused,
            ErrorCode::AttemptLive,
            ErrorCode::AlreadyPaid,
            ErrorCode::TenderClosed,
        ],
    ),
    till(
        "query",
        ("POST", "/v1/tenders/{tender_no}/query"),
        "Asks the platform now.",
        (Body::Json("QueryTender"), "TenderView"),
        TENDER,
    ),
    till(
        "close",
        ("POST", "/v1/tenders/{tender_no}/close"),
        "Wants a tender closed; one that is paid stays paid.",
        (Body::Json("CloseTender"), "TenderView"),
        TENDER,
    ),
    till(
        "askRefund",
        ("PUT", "/v1/tenders/{tender_no}/refunds/{refund_no}"),
        "Gives money of a settled tender back, under a number the till has minted; the same number is answered the same.",
        (Body::Json("AskRefund"), "TenderView"),
        &[
            ErrorCode::NotFound,
            ErrorCode::WrongState,
            ErrorCode::AmountInvalid,
            ErrorCode::KeyReused,
        ],
    ),
    till(
        "late",
        ("POST", "/v1/tenders/{tender_no}/late"),
        "Decides on money that came after closing.",
        (Body::Json("LateChoice"), "TenderView"),
        &[ErrorCode::NotFound, ErrorCode::WrongState],
    ),
];

/// The endpoints of business systems.
pub const CALLER: &[Endpoint] = &[
    caller(
        "native",
        ("POST", "/trade/inner/native"),
        "A code for an order; the same wish is the same trade. A code of another channel or amount is closed first.",
        (Body::Json("NativePayRequest"), Answer::Json("NativePayAnswer")),
        NONE,
    ),
    caller(
        "findTrade",
        ("GET", "/trade/inner/tradings/findTradResultByTradingOrderNo"),
        "How a trade stands; the platform is asked while that is not known. Empty where there is none.",
        (Body::Nothing, Answer::JsonOrEmpty("TradingAnswer")),
        &[field("tradingOrderNo", true, "Number")],
    ),
    caller(
        "refund",
        ("POST", "/trade/inner/refund-record/refund"),
        "Gives part or all of a paid trade back. Without the header Idempotency-Key an equal request within ten \
         minutes is the same refund.",
        (Body::Form, Answer::Json("RefundAnswer")),
        &[
            field("tradingOrderNo", true, "Number"),
            field("refundAmount", true, "Yuan"),
        ],
    ),
    caller(
        "findRefund",
        ("GET", "/trade/inner/refund-record/{refundNo}"),
        "How a refund stands. An addition to the contract.",
        (Body::Nothing, Answer::Json("RefundRecordAnswer")),
        NONE,
    ),
    caller(
        "closeTrade",
        ("POST", "/trade/inner/tradings/{tradingOrderNo}/close"),
        "Closes one code; its order stays open. An addition to the contract.",
        (Body::Nothing, Answer::Json("TradingAnswer")),
        NONE,
    ),
    caller(
        "cancelOrder",
        ("POST", "/trade/inner/orders/{productOrderNo}/cancel"),
        "Cancels an order that nobody has paid, also one that was never asked for. An addition to the contract.",
        (Body::Nothing, Answer::Json("OrderAnswer")),
        &[field("productAppId", false, "Text")],
    ),
    caller(
        "settleLocally",
        ("POST", "/trade/inner/orders/{productOrderNo}/local"),
        "Settles an order without a platform: waived or on account. An addition to the contract.",
        (Body::Json("LocalRequest"), Answer::Json("TradingAnswer")),
        NONE,
    ),
];

/// The endpoints of platforms, of anybody, and of operators.
pub const OTHERS: &[Endpoint] = &[
    Endpoint {
        name: "wechatCallback",
        method: "POST",
        path: "/trade/open/notify/wx/{enterpriseId}",
        door: Door::Platform,
        summary: "WeChat Pay reports a payment or a refund, signed and encrypted as its documents say.",
        query: NONE,
        body: Body::Platform,
        answer: Answer::Status(204),
        refusals: &[],
    },
    Endpoint {
        name: "alipayCallback",
        method: "POST",
        path: "/trade/open/notify/alipay/{enterpriseId}",
        door: Door::Platform,
        summary: "Alipay reports a payment, a refund or an end, signed as its documents say.",
        query: NONE,
        body: Body::PlatformForm,
        answer: Answer::Word("success"),
        refusals: &[],
    },
    open("healthz", "/healthz", "The process runs.", Answer::Status(204)),
    open(
        "readyz",
        "/readyz",
        "The centre can do its work.",
        Answer::Status(204),
    ),
    open("openapi", "/openapi.json", "This document.", Answer::Document),
    Endpoint {
        door: Door::Operators,
        ..open(
            "metrics",
            "/metrics",
            "What is counted and how the books stand, as Prometheus reads it.",
            Answer::Measurements,
        )
    },
];

/// Every endpoint.
pub fn all() -> impl Iterator<Item = &'static Endpoint> {
    TILL.iter().chain(CALLER).chain(OTHERS)
}
