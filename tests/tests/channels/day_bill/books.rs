//! The centre's side of the day: its books, as callbacks and answers have left them.

use suanpan_domain::pay_order::{Disposition, PayOrderState};
use suanpan_domain::refund::RefundState;
use suanpan_domain::tender::Means;
use suanpan_domain::trade::{TradeState, Way};
use suanpan_sandbox::{PlatformName, alipay_apps, merchants};
use suanpan_trade::db::AnyDb;
use suanpan_trade::fault::Fault;
use suanpan_trade::ledger::Ledger;
use suanpan_trade::merchants::MerchantError;
use suanpan_trade::office;
use suanpan_trade::rows::lease::Lease;
use suanpan_trade::rows::pay_channel::PayChannel;
use suanpan_trade::rows::pay_order::{self, NO_TILL, PayOrder};
use suanpan_trade::rows::refund::{self, Refund};
use suanpan_trade::rows::trade::{self, Trade};
use suanpan_trade::{Centre, CentreParts, Settings};
use suanpan_wire::sign::SigningKey;

use super::{BACK_MINOR, Plant, Sale, TRADES, plant};
use crate::desk::NOON_MS;

/// Trades written to the books in one transaction.
const TRADES_PER_WRITE: i64 = 500;

/// The account of the platform's practice merchant.
pub fn account(enterprise_id: i64, name: PlatformName) -> PayChannel {
    let (label, app_id, merchant_id) = match name {
        PlatformName::Wechat => {
            let merchant = merchants().remove(0);
            (Means::WechatPay, merchant.appid, merchant.mchid)
        }
        PlatformName::Alipay => {
            let app = alipay_apps().remove(0);
            (Means::AliPay, app.app_id, app.seller_id)
        }
    };
    PayChannel {
        enterprise_id,
        label: label.name().to_owned(),
        app_id,
        merchant_id,
        merchant_serial: String::new(),
        api_base: String::new(),
        notify_base: "https://centre.test".to_owned(),
        key_ref: "env:NONE".to_owned(),
        prefer: String::new(),
        enabled: true,
        refunds_stopped: false,
        refunds_per_hour_max: 30,
        refund_sum_per_hour_max_minor: 500_000,
        version: 1,
    }
}

/// A centre with these accounts and nothing else.
pub fn centre(db: AnyDb, accounts: &[PayChannel]) -> Centre<AnyDb> {
    let parts = CentreParts {
        db,
        identity: SigningKey::try_from_seed(&[9; 32]).unwrap(),
        rng: Box::new(|bytes: &mut [u8]| bytes.fill(3)),
        settings: Settings::default(),
        // Bytes are moved by the desks here.
        open_channel: Box::new(|_| Err(MerchantError::BadReference)),
        open_secret: Box::new(|_| None),
    };
    let centre = Centre::open(parts, NOON_MS).unwrap();
    for account in accounts {
        centre
            .commit(NOON_MS, |ledger| office::put_channel(ledger, "t", account))
            .unwrap();
    }
    centre
}

/// Writes the books of the day.
pub fn books_side(centre: &Centre<AnyDb>, account: &PayChannel) {
    let step = usize::try_from(TRADES_PER_WRITE).expect("some hundred");
    for first in (0..TRADES).step_by(step) {
        centre
            .commit(NOON_MS, |ledger| {
                for place in first..first + TRADES_PER_WRITE {
                    let sale = Sale {
                        place,
                        enterprise_id: account.enterprise_id,
                    };
                    write(ledger, account, sale)?;
                }
                Ok(())
            })
            .unwrap();
    }
}

fn write(ledger: &mut Ledger<'_>, account: &PayChannel, sale: Sale) -> Result<(), Fault> {
    if plant(sale.place) == Plant::Unknown {
        return Ok(());
    }
    let is_paid = plant(sale.place) != Plant::Unheard;
    let order = PayOrder {
        pay_order_id: sale.trade_no(),
        product_app_id: "test".to_owned(),
        tender_no: sale.trade_no(),
        order_no: sale.trade_no(),
        store_id: 0,
        till_id: NO_TILL,
        means: Means::from_name(&account.label).expect("a platform's means"),
        amount_minor: sale.amount_minor(),
        state: if is_paid {
            PayOrderState::Paid
        } else {
            PayOrderState::Canceled
        },
        given_up: false,
        winner_trade_no: is_paid.then(|| sale.trade_no()),
        version: 0,
        deadline_ms: None,
    };
    pay_order::insert(ledger.tx(), &order, sale.paid_at_ms())?;
    trade::insert(ledger.tx(), &booked(account, sale, is_paid))?;
    let has_refund = sale.has_refund() && is_paid;
    if has_refund || plant(sale.place) == Plant::RefundNotBilled {
        refund::insert(ledger.tx(), &booked_refund(account, sale))?;
    }
    Ok(())
}

fn booked(account: &PayChannel, sale: Sale, is_paid: bool) -> Trade {
    Trade {
        trade_no: sale.trade_no(),
        pay_order_id: sale.trade_no(),
        attempt_key: "k".to_owned(),
        enterprise_id: account.enterprise_id,
        app_id: account.app_id.clone(),
        merchant_id: account.merchant_id.clone(),
        amount_minor: sale.amount_minor(),
        description: String::new(),
        notify_url: "https://centre.test/trade/open/notify/x/1".to_owned(),
        way: Way::Shown,
        state: if is_paid {
            TradeState::Paid
        } else {
            TradeState::Closed
        },
        disposition: if is_paid {
            Disposition::Winner
        } else {
            Disposition::None
        },
        code_url: None,
        created_at_ms: sale.paid_at_ms() - 20_000,
        expires_at_ms: sale.paid_at_ms() + 280_000,
        answered_at_ms: Some(sale.paid_at_ms()),
        paying: false,
        transaction_id: is_paid.then(|| format!("4200{}", sale.trade_no())),
        paid_at_ms: is_paid.then(|| sale.paid_at_ms()),
        refused_code: None,
        suspense_amount_minor: None,
        refund_due_at_ms: None,
        next_call: None,
        next_call_at_ms: None,
        lease: Lease::default(),
        asked: 0,
        let_go: false,
    }
}

fn booked_refund(account: &PayChannel, sale: Sale) -> Refund {
    Refund {
        refund_no: sale.refund_no(),
        trade_no: sale.trade_no(),
        pay_order_id: sale.trade_no(),
        enterprise_id: account.enterprise_id,
        refund_key: "k".to_owned(),
        reason: "REQUESTED".to_owned(),
        amount_minor: BACK_MINOR,
        total_minor: sale.amount_minor(),
        notify_url: "https://centre.test/trade/open/notify/x/1".to_owned(),
        state: RefundState::Success,
        needs_attention: false,
        refund_id: None,
        created_at_ms: sale.paid_at_ms() + 59_000,
        first_sent_at_ms: Some(sale.paid_at_ms() + 60_000),
        last_sent_at_ms: Some(sale.paid_at_ms() + 60_000),
        next_call: None,
        next_call_at_ms: None,
        lease: Lease::default(),
        asked: 0,
        ended_at_ms: Some(sale.paid_at_ms() + 62_000),
    }
}
