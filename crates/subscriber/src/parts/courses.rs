//! Example of a course seller: it keeps its own orders, and a paid one of type 60201 opens the course.
//!
//! What is not of its name is somebody else's and passed over; an order of another type is noted as paid and opens
//! nothing. An order of its name that it does not know is parked: a person looks.

use suanpan_wire::broadcast::TradeStatusMsg;

use super::each_status;
use crate::book::{Book, BookError, EffectError, OptionalExtension, Refused, Transaction, params};
use crate::listen::{Heard, Listener, Message};

/// Name of the listener.
pub const NAME: &str = "courses";
/// Order type of a course; learning material has another.
pub const ORDER_TYPE_COURSE: &str = "60201";
/// Name under which the example sells.
pub const COURSE_APP_ID: &str = "suanpan.courses";

/// `tradingState` of settled.
const SETTLED: u8 = 4;

/// The listener.
#[derive(Clone, Debug)]
pub struct Courses {
    product_app_id: String,
}

impl Courses {
    /// A seller of that name.
    #[must_use]
    pub fn new(product_app_id: &str) -> Self {
        Self {
            product_app_id: product_app_id.to_owned(),
        }
    }
}

impl Listener for Courses {
    fn name(&self) -> &'static str {
        NAME
    }

    fn hear(&self, book: &mut Book, message: &Message, now_ms: i64) -> Result<Heard, BookError> {
        each_status(NAME, book, message, now_ms, |transaction, status| {
            if status.product_app_id != self.product_app_id || status.status_code != SETTLED {
                return Ok(());
            }
            paid(transaction, status)
        })
    }
}

/// An order of the seller's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourseOrder {
    /// Its number, as it is asked to be paid.
    pub order_no: i64,
    /// [`ORDER_TYPE_COURSE`], or another.
    pub order_type: String,
    /// The course, or what else is sold.
    pub business_id: String,
    /// Who learns.
    pub learner: String,
}

impl Courses {
    /// Writes an order before it is asked to be paid. The same again changes nothing.
    ///
    /// # Errors
    /// [`BookError`].
    pub fn place(&self, book: &mut Book, order: &CourseOrder) -> Result<(), BookError> {
        book.write(|transaction| {
            transaction.execute(
                "INSERT INTO course_order (product_app_id, order_no, order_type, business_id, learner, paid) \
                 VALUES (?1, ?2, ?3, ?4, ?5, 0) ON CONFLICT (product_app_id, order_no) DO NOTHING",
                params![
                    self.product_app_id,
                    order.order_no.to_string(),
                    order.order_type,
                    order.business_id,
                    order.learner
                ],
            )
        })?;
        Ok(())
    }
}

fn paid(transaction: &Transaction<'_>, status: &TradeStatusMsg) -> Result<(), EffectError> {
    let order_no = status.product_order_no.to_string();
    let held: Option<(String, String, String)> = transaction
        .query_row(
            "SELECT order_type, business_id, learner FROM course_order WHERE product_app_id = ?1 AND order_no = ?2",
            params![status.product_app_id, order_no],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let Some((order_type, business_id, learner)) = held else {
        return Err(Refused(format!("order {order_no} is not known here")).into());
    };
    transaction.execute(
        "UPDATE course_order SET paid = 1 WHERE product_app_id = ?1 AND order_no = ?2",
        params![status.product_app_id, order_no],
    )?;
    if order_type == ORDER_TYPE_COURSE {
        transaction.execute(
            "INSERT INTO course_grant (learner, business_id, times) VALUES (?1, ?2, 1) \
             ON CONFLICT (learner, business_id) DO UPDATE SET times = times + 1",
            params![learner, business_id],
        )?;
    }
    Ok(())
}
