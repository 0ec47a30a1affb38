//! Refunds that a till asks for: its number is the refund's, and never more goes back than was taken.

use suanpan_domain::number::{EPOCH_MS, Mark, Mint};
use suanpan_domain::pay_order::PayOrderState;
use suanpan_domain::platform::Observation;
use suanpan_wire::error::{ErrorBody, ErrorCode};
use suanpan_wire::tender::{AskRefund, TenderView};

use super::kit::{Shop, code_of};

/// Numbers as the first till of a shop mints them.
fn numbers() -> impl Iterator<Item = i64> {
    let mut mint = Mint::new(1, Mark::default());
    std::iter::repeat_with(move || mint.next(EPOCH_MS))
}

fn refund(shop: &mut Shop, refund_no: i64, amount_minor: i64) -> Result<TenderView, ErrorBody> {
    let path = format!("/v1/tenders/21/refunds/{refund_no}");
    shop.call("PUT", &path, &AskRefund { amount_minor })
}

fn paid() -> Shop {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.platform.pay(&trade_no);
    shop.pass(6);
    shop
}

fn states(view: &TenderView) -> Vec<(String, u8, i64)> {
    let refunds = view.trades[0].refunds.iter();
    refunds
        .map(|refund| {
            (
                refund.refund_no.clone(),
                refund.refund_status,
                refund.amount_minor,
            )
        })
        .collect()
}

#[test]
fn f58_a_part_and_the_rest_go_back_and_no_more() {
    let mut shop = paid();
    let numbers: Vec<i64> = numbers().take(4).collect();
    let part = refund(&mut shop, numbers[0], 810).unwrap();
    assert_eq!(states(&part), [(numbers[0].to_string(), 2, 810)]);
    assert_eq!(part.state, PayOrderState::PartRefunded);
    assert_eq!(
        code_of(refund(&mut shop, numbers[1], 2001)),
        ErrorCode::AmountInvalid
    );
    assert_eq!(
        code_of(refund(&mut shop, numbers[1], 0)),
        ErrorCode::AmountInvalid
    );
    let rest = refund(&mut shop, numbers[2], 2000).unwrap();
    assert_eq!(rest.state, PayOrderState::Refunded);
    assert_eq!(
        code_of(refund(&mut shop, numbers[3], 1)),
        ErrorCode::AmountInvalid
    );
    assert_eq!(shop.platform.returned(), 2810);
}

#[test]
fn f42_the_same_number_is_the_same_refund_also_at_a_centre_put_back_to_before_it() {
    let mut shop = paid();
    let backup = shop.copy();
    let no = numbers().next().unwrap();
    shop.platform.lose_replies = 1;
    refund(&mut shop, no, 810).unwrap();
    for _ in 0..5 {
        refund(&mut shop, no, 810).unwrap();
    }
    assert_eq!(code_of(refund(&mut shop, no, 811)), ErrorCode::KeyReused);
    let mut shop = shop.restored_from(backup);
    refund(&mut shop, no, 810).unwrap();
    shop.pass(120);
    assert_eq!(states(&shop.query(21)), [(no.to_string(), 2, 810)]);
    assert_eq!((shop.platform.refunds.len(), shop.platform.returned()), (1, 810));
}

#[test]
fn p03_a_refused_refund_frees_its_amount_and_asking_again_does_not_revive_it() {
    let mut shop = paid();
    let numbers: Vec<i64> = numbers().take(2).collect();
    shop.platform.refund_answers = vec![Observation::Refused {
        code: "INVALID_REQUEST".into(),
        message: String::new(),
    }];
    let refused = refund(&mut shop, numbers[0], 2810).unwrap();
    assert_eq!(states(&refused), [(numbers[0].to_string(), 3, 2810)]);
    let again = refund(&mut shop, numbers[0], 2810).unwrap();
    assert_eq!(states(&again), states(&refused));
    refund(&mut shop, numbers[1], 2810).unwrap();
    assert_eq!(shop.platform.returned(), 2810);
}

#[test]
fn a_number_of_another_mint_and_a_tender_without_money_are_refused() {
    let mut shop = Shop::open();
    shop.create(21, "k1", 2810).unwrap();
    let no = numbers().next().unwrap();
    assert_eq!(code_of(refund(&mut shop, no, 100)), ErrorCode::WrongState);
    let of_the_centre = Mint::new(0, Mark::default()).next(EPOCH_MS);
    assert_eq!(
        code_of(refund(&mut shop, of_the_centre, 100)),
        ErrorCode::MalformedRequest
    );
    let mut shop = paid();
    shop.give_up(21);
    assert_eq!(code_of(refund(&mut shop, no, 100)), ErrorCode::WrongState);
    let other = shop.enrolled(2);
    let path = format!(
        "/v1/tenders/21/refunds/{}",
        Mint::new(2, Mark::default()).next(EPOCH_MS)
    );
    let request = shop.request(&other, "PUT", &path, &AskRefund { amount_minor: 100 });
    assert_eq!(shop.drive(&request).status, ErrorCode::NotFound.status());
}

#[test]
fn late_money_says_when_it_goes_back_by_itself() {
    let mut shop = Shop::open();
    let trade_no = shop.create(21, "k1", 2810).unwrap().trades[0].trade_no.clone();
    shop.close(21).unwrap();
    shop.platform.pay(&trade_no);
    shop.pass(60);
    let returns_at_ms = shop.query(21).trades[0].returns_at_ms.unwrap();
    assert!(returns_at_ms > shop.now_ms && returns_at_ms <= shop.now_ms + 600_000);
    assert_eq!(shop.late(21, "return_now").unwrap().trades[0].returns_at_ms, None);
}
