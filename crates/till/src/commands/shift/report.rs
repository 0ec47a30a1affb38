//! Closed shifts: their list, and one of them whole with what arrived later, also as paper.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use suanpan_wire::shift::{CarriedSaid, ClosedSaid};

use super::super::glance::{Glance, shown_means};
use super::super::state::language;
use super::view::{expected_rows, shown_count};
use super::words::shown_off_reason;
use crate::receipt::{self, shift::ShiftPaper};
use crate::rpc::shift::{Amendment, ClosedShift, ListShifts, NameShift, ShiftMeans, ShiftReport};
use crate::rpc::state::HeldBasket;
use crate::rpc::{Code, Problem};
use crate::store::{AmendmentRow, Halt};

/// A month of one shift a day.
const LIST_ROWS: u16 = 30;
/// As many as a person scrolls through.
const LIST_ROWS_MAX: u16 = 200;

pub(in crate::commands) fn list(glance: &Glance<'_>, request: &ListShifts) -> Result<Vec<ClosedShift>, Halt> {
    let limit = request.limit.unwrap_or(LIST_ROWS).min(LIST_ROWS_MAX);
    let shifts = glance.view.closed_shifts(limit)?;
    shifts.iter().map(|closed| shown(glance, closed)).collect()
}

/// The head of a closed shift for the screens.
pub(super) fn shown(glance: &Glance<'_>, closed: &ClosedSaid) -> Result<ClosedShift, Halt> {
    let opened = &closed.opened;
    Ok(ClosedShift {
        shift_id: opened.shift_id.clone(),
        business_day: opened.business_day.clone(),
        cashier: opened.cashier.clone(),
        closed_by: closed.closed_by.clone(),
        opened_at_ms: opened.opened_at_ms,
        closed_at_ms: closed.closed_at_ms,
        float_minor: opened.float_minor,
        expected_minor: closed.expected_minor,
        counted_minor: closed.counted_minor,
        difference_minor: closed.difference_minor(),
        left_minor: closed.left_minor,
        taken_away_minor: closed.counted_minor - closed.left_minor,
        reason: closed.reason.map(shown_off_reason),
        note: closed.note.clone(),
        amendments: glance.view.amendment_count(&opened.shift_id)?,
    })
}

/// A closed shift, whole.
pub(in crate::commands) fn report(glance: &Glance<'_>, request: &NameShift) -> Result<ShiftReport, Halt> {
    let shift = glance.view.shift(&request.shift_id)?;
    let closed = shift
        .and_then(|shift| shift.closed)
        .ok_or(Halt::from(Code::ShiftNotFound))?;
    let amendments = glance.view.amendments(&request.shift_id)?;
    let rows = shift_rows(glance, closed.clone(), amendments.clone(), false, 0)?;
    let (text, png_base64) = drawn(&rows)?;
    let means = closed.means.iter().map(|means| ShiftMeans {
        means: shown_means(means.means),
        count: means.tally.count,
        net_minor: means.tally.sum_minor,
    });
    Ok(ShiftReport {
        shift: shown(glance, &closed)?,
        expected: expected_rows(&closed.opened, closed.taken, closed.returned, &closed.moves),
        counted: shown_count(&closed.counted)?,
        orders: closed.orders.count,
        orders_total_minor: closed.orders.sum_minor,
        discount_minor: closed.discount_minor,
        rounding_minor: closed.rounding_minor,
        change_minor: closed.change_minor,
        means: means.collect(),
        carried_over: closed.carried_over.iter().map(carried).collect(),
        codes_waiting: closed.codes_waiting,
        only_here: closed.only_here,
        amendments: amendments.into_iter().map(amendment).collect(),
        text,
        png_base64,
    })
}

/// A shift's report as rows, in the language of now: frozen by a close, or the figures of an open shift.
pub(crate) fn shift_rows(
    glance: &Glance<'_>,
    closed: ClosedSaid,
    amendments: Vec<AmendmentRow>,
    is_interim: bool,
    copy: u32,
) -> Result<Vec<receipt::Row>, Halt> {
    Ok(receipt::shift::rows(&ShiftPaper {
        shop: glance.view.store_name()?,
        is_practice: glance.view.is_practice()?,
        language: language(glance)?,
        time: glance.view.shop_time()?,
        till_label: glance.view.till_label()?,
        is_interim,
        copy,
        closed,
        amendments,
    }))
}

fn drawn(rows: &[receipt::Row]) -> Result<(String, String), Halt> {
    let png = receipt::picture(rows).map_err(|error| {
        tracing::error!(%error, "a shift's report could not be drawn");
        Problem::new(Code::Internal)
    })?;
    Ok((receipt::text(rows), STANDARD.encode(png)))
}

fn carried(order: &CarriedSaid) -> HeldBasket {
    HeldBasket {
        order_id: order.order_id.clone(),
        short_no: order.short_no.clone(),
        to_confirm: order.to_confirm,
        held_at_ms: order.changed_at_ms,
        pieces: order.pieces,
        total_minor: order.total_minor,
    }
}

fn amendment(row: AmendmentRow) -> Amendment {
    Amendment {
        order_id: row.order_id,
        short_no: row.short_no.unwrap_or_default(),
        at_ms: row.at_ms,
        business_day: row.business_day,
        means: shown_means(row.means),
        amount_minor: row.amount_minor,
    }
}
