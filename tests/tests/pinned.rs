//! A centre behind its own certificate: the till knows it by the fingerprint of its enrolment line.

use suanpan_tests::house::books;
use suanpan_tests::house::clock::{LATER, SOON};
use suanpan_tests::house::shop::Shop;
use suanpan_tests::house::till::Till;

#[test]
fn r16_a_till_pins_the_centres_own_certificate_and_sells_behind_it() {
    let shop = Shop::plan().tills(0).centre_with(&["--always-tls"]).open();
    assert!(shop.centre.url().starts_with("https://"), "{}", shop.centre.url());
    let line = shop.invite();
    let (front, fingerprint) = line.rsplit_once('#').unwrap();
    let mut stranger = shop.till_plan(1);
    let impostor: String = fingerprint.chars().rev().collect();
    stranger.enrol = Some(format!("{front}#{impostor}"));
    let ended = Till::new(stranger)
        .try_start()
        .expect_err("it trusts another certificate");
    assert!(ended.log.contains("CENTRE_NOT_THE_ONE"), "{}", ended.log);

    // The code was never said to the stranger, so it is still good.
    let mut plan = shop.till_plan(2);
    plan.enrol = Some(line.clone());
    let mut till = Till::new(plan);
    till.start();
    let goods = till.goods();
    till.sell_for_cash(&[&goods[0].code]);
    till.begin(&[&goods[1].code]);
    let shown = till.show_code("");
    shop.sandbox.pay(&shown.trade_no);
    till.wait_phase(&shown, "settled", LATER);
    till.wait_in_step(SOON);
    assert_eq!(
        books::number(shop.centre.data(), "SELECT sum(orders) FROM till_day"),
        2
    );
}
