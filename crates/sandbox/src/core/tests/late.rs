//! Money that comes late, orders closed in between, and callbacks that come twice.

use super::{Shop, is, refused};
use crate::{CallEffect, CallKind, CallbackEffect, Fault, FaultRule, PaymentEffect, PhoneError, PhoneState};

#[test]
fn money_after_close_makes_a_closed_order_paid_once() {
    let mut shop = Shop::new();
    let code = shop.opened();
    assert_eq!(shop.close().status, 204);
    assert_eq!(shop.state(), "CLOSED");
    shop.platform.confirm_late(&code, shop.now_ms).unwrap();
    assert_eq!(shop.state(), "SUCCESS");
    assert_eq!(shop.after(0).len(), 1, "and its merchant is told");
    assert_eq!(
        shop.platform.confirm_late(&code, shop.now_ms),
        Err(PhoneError::NotPayable(PhoneState::Paid))
    );
    assert_eq!(shop.platform.counters().orders_paid, 1);
}

#[test]
fn money_after_the_orders_time_is_money_too() {
    let mut shop = Shop::new();
    let code = shop.opened();
    shop.now_ms += 300_001;
    assert_eq!(
        shop.platform.confirm(&code, shop.now_ms),
        Err(PhoneError::NotPayable(PhoneState::Expired))
    );
    shop.platform.confirm_late(&code, shop.now_ms).unwrap();
    assert_eq!(shop.state(), "SUCCESS");
}

#[test]
fn money_on_its_way_shows_as_being_paid_until_it_is_there() {
    let mut shop = Shop::new();
    let effect = PaymentEffect::Late { delay_ms: 20_000 };
    shop.platform
        .set_fault(FaultRule::next(1, Fault::Payment { effect }));
    let code = shop.opened();
    shop.platform.confirm(&code, shop.now_ms).unwrap();
    assert_eq!(shop.state(), "USERPAYING");
    assert_eq!(refused(&shop.close()), is(202, "USERPAYING"));
    assert_eq!(
        shop.platform.confirm(&code, shop.now_ms),
        Err(PhoneError::NotPayable(PhoneState::Arriving))
    );
    assert_eq!(shop.platform.next_due_ms(), Some(shop.now_ms + 20_000));
    assert_eq!(shop.after(20_000).len(), 1);
    assert_eq!(shop.state(), "SUCCESS");
    assert_eq!(refused(&shop.close()), is(400, "ORDERPAID"));
}

#[test]
fn money_on_its_way_is_not_forgotten_by_a_new_start() {
    let mut shop = Shop::new();
    let effect = PaymentEffect::Late { delay_ms: 20_000 };
    shop.platform
        .set_fault(FaultRule::next(1, Fault::Payment { effect }));
    let code = shop.opened();
    shop.platform.confirm(&code, shop.now_ms).unwrap();
    let kept = shop.platform.kept().unwrap();
    let mut next = crate::Platform::new(crate::PlatformConfig::new(9));
    next.recall(&kept).unwrap();
    shop.platform = next;
    shop.now_ms += 20_000;
    assert_eq!(shop.state(), "SUCCESS");
}

#[test]
fn the_same_callback_can_come_a_second_apart() {
    let mut shop = Shop::new();
    let effect = CallbackEffect::Again { after_ms: 1_000 };
    shop.platform
        .set_fault(FaultRule::next(1, Fault::Callback { effect }));
    shop.paid();
    let first = shop.after(0);
    assert_eq!(first.len(), 1);
    shop.platform
        .callback_answered(first[0].id, Some(200), shop.now_ms);
    assert!(shop.after(999).is_empty());
    let second = shop.after(1);
    assert_eq!((second.len(), &second[0].body), (1, &first[0].body));
    shop.told(&second[0]);
    shop.platform
        .callback_answered(second[0].id, Some(200), shop.now_ms);
    assert!(shop.after(86_400_000).is_empty());
}

#[test]
fn a_gateways_web_page_comes_with_an_error_status_and_without_signature() {
    for (acts, made) in [(false, 0), (true, 1)] {
        let mut shop = Shop::new();
        let fault = Fault::Call {
            on: Some(CallKind::Prepay),
            effect: CallEffect::HtmlStatus { status: 500, acts },
        };
        shop.platform.set_fault(FaultRule::next(1, fault));
        let order = shop.order();
        let reply = shop.post(super::NATIVE, &order);
        assert_eq!(reply.status, 500);
        assert!(reply.body.starts_with(b"<!doctype html>"));
        assert!(reply.header("Wechatpay-Signature").is_none());
        assert_eq!(shop.platform.counters().orders_created, made);
    }
}

#[test]
fn an_answer_can_lack_its_signature_and_a_merchant_its_permission() {
    let mut shop = Shop::new();
    let set = |shop: &mut Shop, effect| {
        let fault = Fault::Call { on: None, effect };
        shop.platform.set_fault(FaultRule::next(1, fault));
    };
    set(&mut shop, CallEffect::Unsigned);
    let order = shop.order();
    let reply = shop.post(super::NATIVE, &order);
    assert_eq!(reply.status, 200);
    assert!(reply.header("Wechatpay-Signature").is_none());
    set(&mut shop, CallEffect::Forbidden);
    assert_eq!(refused(&shop.query()), is(403, "NO_AUTH"));
    set(&mut shop, CallEffect::SystemError { acts: true });
    assert_eq!(refused(&shop.close()), is(500, "SYSTEM_ERROR"));
    assert_eq!(shop.state(), "CLOSED");
}

#[test]
fn a_switch_can_wait_for_the_third_call() {
    let mut shop = Shop::new();
    shop.paid();
    let mut rule = FaultRule::next(
        1,
        Fault::Call {
            on: Some(CallKind::Query),
            effect: CallEffect::NotVisible,
        },
    );
    rule.skip = 2;
    shop.platform.set_fault(rule);
    let statuses: Vec<u16> = (0..4).map(|_| shop.query().status).collect();
    assert_eq!(statuses, [200, 200, 404, 200]);
}
