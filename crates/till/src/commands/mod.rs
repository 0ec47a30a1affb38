//! The commands of the contract, one file per group. Each is one transaction, or only reads.
//!
//! What orders and tenders may do is decided in `crate::sale` and the domain; here requests are understood,
//! refused or carried out, and answered.

mod approval;
mod basket;
mod catalogue;
mod customer;
pub mod glance;
pub mod import;
mod orders;
mod outbox;
mod pay;
mod people;
mod print;
mod refund;
mod settings;
mod shift;
pub mod state;
pub mod sync;
mod takings;
#[cfg(test)]
mod tests;

use glance::Glance;
use serde_json::Value;

pub use approval::hash_pin;
pub(crate) use orders::receipt_rows;
pub(crate) use shift::shift_rows;
pub use takings::takings;

use crate::rpc::{Code, Command, Problem};
use crate::store::Halt;
use crate::till::{Till, answer};

/// Carries out a command that needs no network.
///
/// # Errors
/// Why it did not happen.
pub fn execute(till: &mut Till, command: Command) -> Result<Value, Problem> {
    if let Some(answer) = till.read(|glance| Ok(read(glance, &command)))? {
        return answer.or_else(|halt| till.read(|_| Err(halt)));
    }
    match command {
        Command::BasketEnter(request) => {
            let entered = basket::enter(till, &request)?;
            till.read(|_| answer(&entered))
        }
        Command::CatalogueImport(request) => {
            let report = import::import(till, import::judge(&request.csv)?, request.dry_run)?;
            till.read(|_| answer(&report))
        }
        Command::OrdersReceipt(request) => {
            let receipt = orders::receipt(till, &request.order_id)?;
            till.read(|_| answer(&receipt))
        }
        Command::RefundAsk(request) => {
            refund::ask(till, &request)?;
            till.read(|glance| answer(&orders::get(glance, &request.order_id)?))
        }
        Command::RefundSeen(request) => {
            refund::seen(till, &request)?;
            till.read(|glance| answer(&outbox::list(glance)?))
        }
        Command::LateDecide(request) => {
            refund::decide_late(till, &request)?;
            till.read(|glance| answer(&outbox::list(glance)?))
        }
        Command::PeopleSave(request) => {
            people::save(till, &request)?;
            till.read(|glance| answer(&people::list(glance)?))
        }
        Command::PeopleRemove(request) => {
            people::remove(till, &request)?;
            till.read(|glance| answer(&people::list(glance)?))
        }
        Command::ShiftClose(request) => {
            let closed = shift::close(till, &request)?;
            till.read(|_| answer(&closed))
        }
        shift_change @ (Command::ShiftMove(_) | Command::ShiftCount(_) | Command::ShiftBlind(_)) => {
            change(till, shift_change)?;
            till.read(|glance| answer(&shift::view(glance)?))
        }
        other => {
            change(till, other)?;
            till.read(|glance| answer(&state::state(glance)?))
        }
    }
}

/// Commands that change something and are answered with what is shown afterwards.
fn change(till: &mut Till, command: Command) -> Result<(), Problem> {
    match command {
        Command::SettingsLanguage(request) => settings::language(till, request),
        Command::SettingsLook(look) => settings::set_look(till, look),
        Command::NoticeSeen(request) => settings::notice_seen(till, &request),
        Command::BasketAdd(request) => basket::add(till, &request),
        Command::BasketSetQuantity(request) => basket::set_quantity(till, &request),
        Command::BasketChangeQuantity(request) => basket::change_quantity(till, &request),
        Command::BasketRemove(request) => basket::remove(till, &request),
        Command::BasketSetPrice(request) => basket::set_price(till, &request),
        Command::BasketUndo(_) => basket::undo(till),
        Command::BasketHold(_) => basket::hold(till),
        Command::BasketResume(request) => till.write(|tx| tx.resume(&request.order_id)),
        Command::PayBegin(_) => pay::begin(till),
        Command::PayBack(_) => pay::back(till),
        Command::PayCash(request) => pay::cash(till, &request),
        Command::PayCode(request) => pay::code(till, &request),
        Command::PaySwitch(request) => pay::switch(till, &request),
        Command::PayTake(request) => pay::take(till, &request),
        Command::PayAsk(request) => pay::ask(till, &request),
        Command::PayRenew(request) => pay::renew(till, &request),
        Command::PayGiveUp(_) => pay::give_up(till),
        Command::PayPark(_) => pay::park(till),
        Command::PayOpen(request) => till.write(|tx| tx.unpark(&request.order_id)),
        Command::PayNext(_) => pay::next(till),
        Command::PeopleSignIn(request) => people::sign_in(till, &request),
        Command::ShiftOpen(request) => shift::open(till, &request),
        Command::ShiftMove(request) => shift::move_cash(till, &request),
        Command::ShiftCount(request) => shift::count(till, &request),
        Command::ShiftBlind(request) => shift::set_blind(till, &request),
        Command::SettingsPrinter(request) => print::set_printer(till, request),
        Command::PrintReceipt(request) => print::receipt(till, &request.order_id),
        Command::PrintReport(request) => print::report(till, &request),
        Command::PrintWithdraw(request) => print::withdraw(till, &request),
        Command::SyncRetry(_) | Command::PrintRetry(_) => Ok(()),
        Command::PracticeTrades(_)
        | Command::PracticeAct(_)
        | Command::PracticeFaults(_)
        | Command::PracticePrinter(_)
        | Command::PracticePrinted(_)
        | Command::PracticeNetwork(_) => Err(Problem::new(Code::PracticeOnly)),
        Command::StateGet(_)
        | Command::CatalogueTiles(_)
        | Command::CatalogueSearch(_)
        | Command::BasketPreview(_)
        | Command::OrdersFind(_)
        | Command::OrdersGet(_)
        | Command::RefundPreview(_)
        | Command::RefundAsk(_)
        | Command::RefundSeen(_)
        | Command::LateDecide(_)
        | Command::TakingsDay(_)
        | Command::SyncGet(_)
        | Command::SyncExport(_)
        | Command::CustomerGet(_)
        | Command::BasketEnter(_)
        | Command::CatalogueImport(_)
        | Command::PeopleList(_)
        | Command::PrintList(_)
        | Command::PeopleSave(_)
        | Command::PeopleRemove(_)
        | Command::ShiftGet(_)
        | Command::ShiftClose(_)
        | Command::ShiftList(_)
        | Command::ShiftReportGet(_)
        | Command::OrdersReceipt(_) => Err(Problem::new(Code::RequestMalformed)),
    }
}

/// Carries out a command that only reads; nothing for any other.
#[must_use]
pub fn read(glance: &Glance<'_>, command: &Command) -> Option<Result<Value, Halt>> {
    Some(match command {
        Command::StateGet(_) => state::state(glance).and_then(|it| answer(&it)),
        Command::CatalogueTiles(_) => catalogue::tiles(glance).and_then(|it| answer(&it)),
        Command::CatalogueSearch(request) => catalogue::search(glance, request).and_then(|it| answer(&it)),
        Command::BasketPreview(request) => catalogue::preview(glance, request).and_then(|it| answer(&it)),
        Command::OrdersFind(request) => orders::find(glance, request).and_then(|it| answer(&it)),
        Command::OrdersGet(request) => orders::get(glance, &request.order_id).and_then(|it| answer(&it)),
        Command::RefundPreview(request) => refund::preview(glance, request).and_then(|it| answer(&it)),
        Command::TakingsDay(request) => takings::day(glance, request).and_then(|it| answer(&it)),
        Command::SyncGet(_) => outbox::list(glance).and_then(|it| answer(&it)),
        Command::SyncExport(_) => outbox::export(glance).and_then(|it| answer(&it)),
        Command::CustomerGet(_) => customer::view(glance).and_then(|it| answer(&it)),
        Command::PrintList(_) => print::queue(glance).and_then(|it| answer(&it)),
        Command::PeopleList(_) => people::list(glance).and_then(|it| answer(&it)),
        Command::ShiftGet(_) => shift::view(glance).and_then(|it| answer(&it)),
        Command::ShiftList(request) => shift::list(glance, request).and_then(|it| answer(&it)),
        Command::ShiftReportGet(request) => shift::report(glance, request).and_then(|it| answer(&it)),
        Command::SettingsLanguage(_)
        | Command::SettingsLook(_)
        | Command::NoticeSeen(_)
        | Command::CatalogueImport(_)
        | Command::BasketEnter(_)
        | Command::BasketAdd(_)
        | Command::BasketSetQuantity(_)
        | Command::BasketChangeQuantity(_)
        | Command::BasketRemove(_)
        | Command::BasketSetPrice(_)
        | Command::BasketUndo(_)
        | Command::BasketHold(_)
        | Command::BasketResume(_)
        | Command::PayBegin(_)
        | Command::PayBack(_)
        | Command::PayCash(_)
        | Command::PayCode(_)
        | Command::PaySwitch(_)
        | Command::PayTake(_)
        | Command::PayAsk(_)
        | Command::PayRenew(_)
        | Command::PayGiveUp(_)
        | Command::PayPark(_)
        | Command::PayOpen(_)
        | Command::PayNext(_)
        | Command::OrdersReceipt(_)
        | Command::RefundAsk(_)
        | Command::RefundSeen(_)
        | Command::LateDecide(_)
        | Command::PeopleSave(_)
        | Command::PeopleRemove(_)
        | Command::ShiftMove(_)
        | Command::ShiftCount(_)
        | Command::ShiftBlind(_)
        | Command::ShiftClose(_)
        | Command::PeopleSignIn(_)
        | Command::ShiftOpen(_)
        | Command::SyncRetry(_)
        | Command::SettingsPrinter(_)
        | Command::PrintReceipt(_)
        | Command::PrintReport(_)
        | Command::PrintRetry(_)
        | Command::PrintWithdraw(_)
        | Command::PracticePrinter(_)
        | Command::PracticePrinted(_)
        | Command::PracticeTrades(_)
        | Command::PracticeAct(_)
        | Command::PracticeFaults(_)
        | Command::PracticeNetwork(_) => return None,
    })
}
