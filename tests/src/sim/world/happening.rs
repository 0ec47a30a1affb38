//! Everything that can happen in a world.

use suanpan_channels as channels;
use suanpan_channels::bill::BillLink;
use suanpan_trade::centre::reconcile::DayWork;
use suanpan_trade::{PlatformCall, Reply, Request};

use crate::sim::customer::{PhoneAct, SeenCode};

/// One question of a till to the centre: which till, which of its lives, which call. A till that died
/// meanwhile no longer knows the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// The till.
    pub till: usize,
    /// Which of its lives.
    pub life: u64,
    /// Which call of that life.
    pub call_id: u64,
}

/// A callback of the platform on its way.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The delivery's number at the platform; nothing for one that somebody forged.
    pub id: Option<u64>,
    /// Path it goes to.
    pub path: String,
    /// Its bytes.
    pub bytes: channels::CallbackRequest,
    /// Whether it must not be believed.
    pub is_spoilt: bool,
}

/// A bill that is asked for, or once its address is known fetched.
#[derive(Clone, Debug)]
pub struct BillErrand {
    /// The claimed day.
    pub work: DayWork,
    /// Where it is.
    pub link: Option<BillLink>,
}

/// What goes wrong at a planned moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mishap {
    /// A till loses its network.
    CutsOff(usize),
    /// It is back.
    Reconnects(usize),
    /// A till's wall clock jumps by this many milliseconds.
    ClockJumps(usize, i64),
    /// A switch is thrown at the platform.
    Switch,
    /// A copy of the centre's folder is made.
    CopiesCentre,
    /// That copy takes the folder's place.
    RestoresCentre,
    /// A copy of a till's folder is made.
    CopiesTill(usize),
    /// That copy takes the folder's place.
    RestoresTill(usize),
    /// A program dies between two effects of others.
    KillsCentre,
    /// The same for a till.
    KillsTill(usize),
}

/// Everything that can happen.
#[derive(Clone, Debug)]
pub enum Happening {
    /// A till's engine wants to be told the time.
    TillWakes(usize, u64),
    /// A till waits no longer for an answer.
    TillGivesUpWaiting(Way),
    /// A till's program starts.
    TillStarts(usize),
    /// A cashier looks at the screen and does something.
    CashierLooks(usize),
    /// A till's request arrives at the centre.
    AtCentre(Way, Request),
    /// An answer, or the end of the connection, arrives at a till.
    AtTill(Way, Option<Reply>),
    /// The driver of a process of the centre looks for what is due.
    CentreWakes(u64),
    /// A process of the centre starts.
    CentreStarts(usize),
    /// A held request for changes has waited long enough.
    HoldEnds(u64, Way),
    /// A request that waits for the platform has waited long enough.
    WaitEnds(u64, Way),
    /// A request of the centre arrives at the platform.
    AtPlatform(u64, PlatformCall, channels::HttpRequest),
    /// An answer, or the end of the connection, arrives at the centre.
    FromPlatform(u64, PlatformCall, Option<channels::HttpReply>),
    /// The platform has callbacks to send, or refunds to end.
    PlatformWakes,
    /// A callback arrives at the centre.
    CallbackArrives(Callback),
    /// The centre's answer to a callback arrives at the platform.
    CallbackAnswered(u64, Reply),
    /// A customer does something with a code.
    Phone(PhoneAct, SeenCode),
    /// A customer whose payment code was scanned is asked for the password, and types it.
    TypesPassword(String),
    /// A manager looks for late money.
    ManagerLooks,
    /// Operators look at what is in suspense.
    OperatorsLook,
    /// Another system collects at one of the merchant accounts.
    AnotherSystem,
    /// The processes of the centre open the days that are over.
    DaysOpen,
    /// A process of the centre looks for a day to reconcile.
    BillsLook(u64),
    /// A question for a bill, or its fetching, arrives at the platform.
    BillAt(u64, u64, BillErrand, channels::HttpRequest),
    /// A bill, or where it is, or the end of the connection, arrives at the centre.
    BillFrom(u64, u64, BillErrand, Option<channels::HttpReply>),
    /// The platforms' bills begin to go wrong.
    BillsGoWrong,
    /// An operator has a day reconciled once more.
    BillsAgain,
    /// Something goes wrong.
    Goes(Mishap),
}
