//! Everything the till can say no with: one closed list of codes, generated to TypeScript.
//!
//! A code has a class that the screens treat apart and parameters for its sentence. The sentences
//! themselves, in both languages, belong to the screens.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a problem is to be treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The state or the input does not allow it; nothing was changed.
    Refused,
    /// It is being done, or can be done again at once; nothing is lost.
    Retryable,
    /// Something is broken; carries a reference to read aloud.
    Fault,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $code:ident $class:ident,)*) => {
        /// A reason for *no*. Parameters are named in each code's documentation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum Code { $($(#[$doc])* $code,)* }

        impl Code {
            /// Every code, for tests that walk the list.
            pub const ALL: &[Code] = &[$(Code::$code,)*];

            /// How the screens treat it.
            #[must_use]
            pub const fn class(self) -> Class {
                match self { $(Code::$code => Class::$class,)* }
            }
        }
    };
}

codes! {
    /// No article has this code. `text`.
    ArticleNotFound Refused,
    /// Two articles or more fit; choose one. `text`.
    ArticleAmbiguous Refused,
    /// A quantity must be above zero.
    QuantityNotPositive Refused,
    /// A quantity beyond the bound of one line. `max`.
    QuantityTooLarge Refused,
    /// Pieces cannot be divided. `unit`.
    QuantityNotWhole Refused,
    /// A price is not a number with at most two decimals. `text`.
    PriceInvalid Refused,
    /// An amount is not a number with at most two decimals. `text`.
    AmountInvalid Refused,
    /// An amount must be above zero.
    AmountNotPositive Refused,
    /// A sum beyond what one sale may have. `max`.
    AmountTooLarge Refused,
    /// There is nothing in the basket.
    BasketEmpty Refused,
    /// Too many lines in one basket. `max`.
    BasketTooLong Refused,
    /// The line is gone. `line`.
    LineNotFound Refused,
    /// Money is under way or taken for this order; lines cannot change.
    LinesLocked Refused,
    /// Nothing to undo.
    NothingToUndo Refused,
    /// No such order.
    OrderNotFound Refused,
    /// The order's state does not allow it. `state`.
    OrderState Refused,
    /// No such tender.
    TenderNotFound Refused,
    /// The tender's state does not allow it. `state`.
    TenderState Refused,
    /// An attempt to collect is still under way; its result comes first. `tender`.
    AttemptLive Refused,
    /// A manager must approve.
    ApprovalNeeded Refused,
    /// A manager must approve, and nobody at this till is one yet.
    NoManager Refused,
    /// The PIN is no manager's.
    PinWrong Refused,
    /// Too many wrong PINs; wait. `seconds`.
    PinWait Refused,
    /// A name has 1 to `max` characters that can be shown. `max`.
    NameInvalid Refused,
    /// Somebody else has this name. `name`.
    NameTaken Refused,
    /// A PIN is `min` to `max` digits. `min`, `max`.
    PinInvalid Refused,
    /// Somebody else has this PIN; nobody is told who.
    PinTaken Refused,
    /// A PIN is needed: to sign in as somebody who has one, and for every manager.
    PinNeeded Refused,
    /// The PIN is not this person's. `name`.
    PinNotTheirs Refused,
    /// No such person.
    PersonNotFound Refused,
    /// Whoever is signed in stays on the list. `name`.
    PersonSignedIn Refused,
    /// Somebody must be able to approve: the last manager stays one. `name`.
    LastManager Refused,
    /// A shift is open already. `cashier`.
    ShiftAlreadyOpen Refused,
    /// No shift is open.
    ShiftNotOpen Refused,
    /// No such closed shift.
    ShiftNotFound Refused,
    /// Cash was moved since the person looked; nothing was moved now.
    ShiftChanged Refused,
    /// There is no count yet.
    CountMissing Refused,
    /// A count names a note or coin twice, one that does not exist, or too many. `denomination`.
    CountInvalid Refused,
    /// Another count is kept than the one that was looked at.
    CountChanged Refused,
    /// The count is blind: the figures of the open shift would tell what should be in the drawer.
    CountIsBlind Refused,
    /// No printer is set up.
    PrinterNotSet Refused,
    /// No such paper is owed, or it has come out meanwhile.
    PrintNotFound Refused,
    /// More cannot stay in the drawer than was counted. `counted`.
    LeaveOverCounted Refused,
    /// A note has at most `max` characters. `max`.
    NoteTooLong Refused,
    /// More cannot go back than is left of what was paid. `left`.
    RefundOverLeft Refused,
    /// Money of the order was given back since the person looked; nothing was asked for now.
    RefundsChanged Refused,
    /// No such refund.
    RefundNotFound Refused,
    /// No late money waits for a word any more: it is decided, or on its way back.
    LateGone Refused,
    /// The order of late money has no place for it any more; it can only go back.
    LateNoPlace Refused,
    /// The cash handed over is less than is due. `due`.
    CashTooLittle Refused,
    /// More than is still due. `due`.
    AmountOverDue Refused,
    /// What is open is no longer what the person saw when they asked. `due`: what is open now.
    OpenChanged Refused,
    /// Codes wait for the network; cash works as usual.
    CodeNeedsNetwork Retryable,
    /// The centre takes no codes for this means. `means`.
    MeansNotOffered Refused,
    /// What was scanned on Pay is no customer's payment code. Nothing was rung up either.
    NotAPaymentCode Refused,
    /// What was scanned on Pay is one of our own numbers, off a receipt or an order.
    OwnNumber Refused,
    /// The catalogue file cannot be read. `line`, `column`, `reason`.
    CatalogueMalformed Refused,
    /// The enrolment line has not the form address#code#fingerprint.
    EnrolLineMalformed Refused,
    /// The enrolment code is not known or has expired.
    EnrolCodeWrong Refused,
    /// The enrolment code was used already.
    EnrolCodeUsed Refused,
    /// The centre cannot be reached. `address`.
    CentreUnreachable Retryable,
    /// Whoever answered is not the centre of the enrolment line.
    CentreNotTheOne Refused,
    /// The till belongs to a shop already: it joins no other and does not practise.
    TillBelongsToShop Refused,
    /// The centre no longer accepts this till.
    TillRevoked Refused,
    /// The data was written by a newer version of the program. `found`, `known`.
    DatabaseNewer Fault,
    /// The data is damaged; it was left as it is. `path`.
    DatabaseDamaged Fault,
    /// The data cannot be read or written. `path`.
    DatabaseUnreadable Fault,
    /// Another till program is using this data.
    AlreadyRunning Refused,
    /// The disk is nearly full; sales are refused before money is taken.
    DiskFull Fault,
    /// What was asked could not be saved, so it did not happen.
    NotSaved Fault,
    /// Only in practice.
    PracticeOnly Refused,
    /// The request has not the form of a command.
    RequestMalformed Refused,
    /// A fault of the program.
    Internal Fault,
}

/// A *no* with its reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{code:?} {params:?}")]
pub struct Problem {
    /// The reason.
    pub code: Code,
    /// How to treat it; follows from the code.
    pub class: Class,
    /// Values for the sentence.
    pub params: BTreeMap<String, String>,
    /// Short reference of a fault, such as `K7Q2`, that is also in the log.
    pub reference: Option<String>,
}

impl Problem {
    /// A problem without parameters.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self {
            code,
            class: code.class(),
            params: BTreeMap::new(),
            reference: None,
        }
    }

    /// Adds a value for the sentence.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }
}
