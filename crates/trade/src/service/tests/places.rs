//! Calls that find no place, or whose platform is left alone: what the driver makes of them.

use std::sync::Arc;
use std::time::Duration;

use suanpan_channels::{BreakerPolicy, HttpRequest, Method};
use suanpan_domain::tender::Means;
use suanpan_domain::trade::TradeState;
use suanpan_wire::tender::{NOT_SENT, TenderView};
use tokio::time::timeout;

use crate::caller::{CallLimits, Caller, Errand};
use crate::centre::tests::kit::{ENTERPRISE, Shop, parts, pay_channel};
use crate::db::{AnyDb, Db, testing};
use crate::fault::Fault;
use crate::rows::pay_channel::PayChannel;
use crate::service::clock::now_ms;
use crate::service::driver::Driver;
use crate::service::wakes::Wakes;
use crate::{Centre, office};

/// The account that is not the shop's.
const OTHER: i64 = 8;
/// Far below the time after which a charge may be reversed.
const SOON: Duration = Duration::from_secs(10);

fn open_shop() -> Shop {
    Shop::open_at(parts(testing::fresh()), Means::WechatPay, now_ms())
}

fn errand_of(enterprise_id: i64) -> Errand {
    Errand::of_certificates("WECHAT_PAY", enterprise_id)
}

fn driver(centre: Centre<AnyDb>, limits: CallLimits) -> (Arc<Driver>, Arc<Caller>) {
    let caller = Arc::new(Caller::try_new(limits).unwrap());
    let driver = Driver::new(centre, Arc::clone(&caller), Arc::new(Wakes::default()));
    (Arc::new(driver), caller)
}

/// Leads nowhere: what is sent there is lost.
fn nowhere() -> HttpRequest {
    HttpRequest {
        method: Method::Get,
        url: String::new(),
        headers: Vec::new(),
        body: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_code_for_a_platform_that_is_left_alone_is_said_at_once_not_to_be_charged() {
    let shop = open_shop();
    let wish = shop.charge_wish(2810);
    let request = shop.request(&shop.till, "PUT", "/v1/tenders/21/attempts/k1", &wish);
    let (driver, caller) = driver(
        shop.centre,
        CallLimits {
            breaker: BreakerPolicy {
                failures_max: 1,
                probe_delay_ms: 60_000,
                ..BreakerPolicy::default()
            },
            ..CallLimits::default()
        },
    );
    let lost = caller.send(&errand_of(ENTERPRISE), nowhere(), now_ms).await;
    assert!(lost.is_err() && caller.open_breakers().len() == 1);
    let reply = timeout(SOON, driver.answer(request)).await.expect("at once");
    let view: TenderView = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(view.trades[0].state, TradeState::Failed);
    assert_eq!(view.trades[0].refused_code.as_deref(), Some(NOT_SENT));
}

/// How often a claim on a trade of an account was taken.
fn claims_of(driver: &Driver, enterprise_id: i64) -> i64 {
    let sql =
        format!("SELECT CAST(SUM(lease_no) AS BIGINT) FROM trade WHERE enterprise_id = {enterprise_id}");
    let rows = driver
        .centre()
        .db()
        .read(|tx| Ok::<_, Fault>(tx.query(&sql, &[])?));
    rows.unwrap()[0].int(0).unwrap()
}

async fn until_claimed(driver: &Driver, enterprise_id: i64) {
    let claimed = async {
        while claims_of(driver, enterprise_id) == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(SOON, claimed).await.expect("its turn comes");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_account_has_no_place_for_is_not_claimed_and_another_account_goes_on() {
    let mut shop = open_shop();
    let store_id = shop.store_id;
    let other = PayChannel {
        enterprise_id: OTHER,
        label: Means::AliPay.name().into(),
        ..pay_channel()
    };
    shop.do_it(|ledger| {
        office::put_channel(ledger, "t", &other)?;
        office::offer(ledger, "t", store_id, Means::AliPay.name(), OTHER)
    });
    for tender in 100..140 {
        begin(&shop, tender);
    }
    shop.means = Means::AliPay;
    begin(&shop, 21);
    let limits = CallLimits {
        at_once: 4,
        per_merchant: 1,
        ..CallLimits::default()
    };
    let (driver, caller) = driver(shop.centre, limits);
    let taken = caller.try_place(&errand_of(ENTERPRISE)).unwrap();
    let job = tokio::spawn(Arc::clone(&driver).run_job());
    until_claimed(&driver, OTHER).await;
    assert_eq!(claims_of(&driver, ENTERPRISE), 0);
    drop(taken);
    until_claimed(&driver, ENTERPRISE).await;
    driver.stop();
    job.await.unwrap();
    driver.finish_calls().await;
}

/// Asks for a code, and leaves its first call to the job.
fn begin(shop: &Shop, tender: i64) {
    let wish = shop.attempt(100, false);
    let path = format!("/v1/tenders/{tender}/attempts/k1");
    shop.centre
        .begin(&shop.request(&shop.till, "PUT", &path, &wish), shop.now_ms);
}
