//! Rows of `pay_channel`: merchant accounts, without their keys.

use suanpan_domain::tender::Means;
use suanpan_domain::trade::TradeState;

use super::pay_order::PayOrder;
use super::trade::Trade;
use crate::db::{DbError, Row, Tx};
use crate::params;

/// Channel of a trade on account (挂账).
const CREDIT_PAY: &str = "CREDIT_PAY";

const COLUMNS: &str = "enterprise_id, label, app_id, merchant_id, merchant_serial, api_base, notify_base, \
    key_ref, prefer, enabled, refunds_stopped, refunds_per_hour_max, refund_sum_per_hour_max_minor, version";

/// A merchant account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayChannel {
    /// Our number of it (`enterpriseId`).
    pub enterprise_id: i64,
    /// Platform: `WECHAT_PAY` or `ALI_PAY`.
    pub label: String,
    /// Application id.
    pub app_id: String,
    /// Merchant id; with Alipay the seller id, `2088…`.
    pub merchant_id: String,
    /// Serial of the merchant's own certificate; empty with Alipay.
    pub merchant_serial: String,
    /// Address of the platform; with Alipay that of the gateway.
    pub api_base: String,
    /// Address of this centre as the platform reaches it; empty for the one it is served at.
    pub notify_base: String,
    /// Where its keys are: `file:DIRECTORY` or `env:PREFIX`.
    pub key_ref: String,
    /// Id of the platform key to be answered with.
    pub prefer: String,
    /// Whether new codes may be made with it.
    pub enabled: bool,
    /// Kill switch of refunds nobody asked for.
    pub refunds_stopped: bool,
    /// Most refunds per hour that nobody asked for.
    pub refunds_per_hour_max: i64,
    /// Largest sum of them per hour.
    pub refund_sum_per_hour_max_minor: i64,
    /// Grows with every change, so that a running server notices.
    pub version: i64,
}

impl PayChannel {
    /// Where the platform reports to, for a centre that is served at `public_url`.
    #[must_use]
    pub fn notify_url(&self, public_url: &str) -> String {
        let base = if self.notify_base.is_empty() {
            public_url
        } else {
            &self.notify_base
        };
        format!(
            "{}/trade/open/notify/{}/{}",
            base.trim_end_matches('/'),
            callback_part(&self.label),
            self.enterprise_id
        )
    }
}

/// The part of a callback's address that names the platform.
fn callback_part(label: &str) -> &str {
    match label {
        suanpan_channels::alipay::LABEL => "alipay",
        _wechat => "wx",
    }
}

fn read(row: &Row) -> Result<PayChannel, DbError> {
    Ok(PayChannel {
        enterprise_id: row.int(0)?,
        label: row.text(1)?,
        app_id: row.text(2)?,
        merchant_id: row.text(3)?,
        merchant_serial: row.text(4)?,
        api_base: row.text(5)?,
        notify_base: row.text(6)?,
        key_ref: row.text(7)?,
        prefer: row.text(8)?,
        enabled: row.truth(9)?,
        refunds_stopped: row.truth(10)?,
        refunds_per_hour_max: row.int(11)?,
        refund_sum_per_hour_max_minor: row.int(12)?,
        version: row.int(13)?,
    })
}

/// The account of that number.
///
/// # Errors
/// [`DbError`].
pub fn find(tx: &mut dyn Tx, enterprise_id: i64) -> Result<Option<PayChannel>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM pay_channel WHERE enterprise_id = ?1");
    tx.query(&sql, params![enterprise_id])?
        .first()
        .map(read)
        .transpose()
}

/// The account of that number, locked.
///
/// # Errors
/// [`DbError`].
pub fn find_locked(tx: &mut dyn Tx, enterprise_id: i64) -> Result<Option<PayChannel>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM pay_channel WHERE enterprise_id = ?1");
    tx.query_locked(&sql, params![enterprise_id])?
        .first()
        .map(read)
        .transpose()
}

/// The means an account collects; nothing where there is no such account.
///
/// # Errors
/// [`DbError`].
pub fn means(tx: &mut dyn Tx, enterprise_id: i64) -> Result<Option<Means>, DbError> {
    Ok(find(tx, enterprise_id)?.and_then(|channel| Means::from_name(&channel.label)))
}

/// What a trade is collected by, as the family of services names it: its own account says, for its order may have
/// another channel by now. Nothing for a waived one.
///
/// # Errors
/// [`DbError`].
pub fn of_trade(tx: &mut dyn Tx, order: &PayOrder, trade: &Trade) -> Result<Option<String>, DbError> {
    Ok(match trade.state {
        TradeState::Free => None,
        TradeState::Credit => Some(CREDIT_PAY.to_owned()),
        TradeState::Created
        | TradeState::PrepayUnknown
        | TradeState::Awaiting
        | TradeState::Closing
        | TradeState::Failed
        | TradeState::Paid
        | TradeState::Closed => {
            let account = find(tx, trade.enterprise_id)?;
            Some(account.map_or_else(|| order.means.name().to_owned(), |account| account.label))
        }
    })
}

/// Every account.
///
/// # Errors
/// [`DbError`].
pub fn all(tx: &mut dyn Tx) -> Result<Vec<PayChannel>, DbError> {
    let sql = format!("SELECT {COLUMNS} FROM pay_channel ORDER BY enterprise_id");
    tx.query(&sql, &[])?.iter().map(read).collect()
}

/// The enabled account that collects a means for a store.
///
/// # Errors
/// [`DbError`].
pub fn of_store(tx: &mut dyn Tx, store_id: i64, means: &str) -> Result<Option<PayChannel>, DbError> {
    let rows = tx.query(
        "SELECT enterprise_id FROM store_channel WHERE store_id = ?1 AND means = ?2",
        params![store_id, means],
    )?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(find(tx, row.int(0)?)?.filter(|channel| channel.enabled))
}

/// Writes an account, in place of one with the same number.
///
/// # Errors
/// [`DbError`].
pub fn put(tx: &mut dyn Tx, channel: &PayChannel) -> Result<(), DbError> {
    let sql = format!(
        "INSERT INTO pay_channel ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 1) \
         ON CONFLICT (enterprise_id) DO UPDATE SET label = excluded.label, app_id = excluded.app_id, \
         merchant_id = excluded.merchant_id, merchant_serial = excluded.merchant_serial, \
         api_base = excluded.api_base, notify_base = excluded.notify_base, key_ref = excluded.key_ref, \
         prefer = excluded.prefer, enabled = excluded.enabled, refunds_stopped = excluded.refunds_stopped, \
         refunds_per_hour_max = excluded.refunds_per_hour_max, \
         refund_sum_per_hour_max_minor = excluded.refund_sum_per_hour_max_minor, \
         version = pay_channel.version + 1"
    );
    tx.execute(
        &sql,
        params![
            channel.enterprise_id,
            &channel.label,
            &channel.app_id,
            &channel.merchant_id,
            &channel.merchant_serial,
            &channel.api_base,
            &channel.notify_base,
            &channel.key_ref,
            &channel.prefer,
            channel.enabled,
            channel.refunds_stopped,
            channel.refunds_per_hour_max,
            channel.refund_sum_per_hour_max_minor,
        ],
    )?;
    Ok(())
}
