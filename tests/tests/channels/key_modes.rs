//! Both key modes of both platforms, and the change from one key or certificate to the next in the middle of a day.

use suanpan_channels::{Call, HandedOut, NoCertificates, NoticeRefused};
use suanpan_domain::platform::Observation;
use suanpan_sandbox as sandbox;
use suanpan_sandbox::{AlipayKey, AlipayMode, AnswerKeys, CallbackKey, CertificateChange, PlatformName};

use crate::desk::{
    Desk, HOUR_MS, alipay, alipay_by_certificate, alipay_holding, alipay_with, held, wechat,
    wechat_by_certificate, wechat_holding,
};

fn is_ready(seen: &Observation) -> bool {
    matches!(seen, Observation::CodeReady { .. })
}

fn why_unknown(seen: Observation) -> String {
    match seen {
        Observation::Unknown { why } => why,
        other => panic!("{other:?}"),
    }
}

/// A merchant of WeChat Pay in certificate mode, whose certificate's change has come so far.
fn desk_by_certificate(change: CertificateChange) -> (Desk, sandbox::Merchant) {
    let merchant = sandbox::merchants().remove(1);
    let mut desk = Desk::new(PlatformName::Wechat, wechat_by_certificate());
    desk.platform
        .set_answer_keys(&merchant.mchid, AnswerKeys::CertificateOnly)
        .expect("the stand-in knows its second merchant");
    desk.platform
        .set_certificate_change(&merchant.mchid, change)
        .expect("the stand-in knows its second merchant");
    (desk, merchant)
}

#[test]
fn p11_wechats_download_hands_out_the_next_certificate_before_it_signs() {
    let (mut desk, merchant) = desk_by_certificate(CertificateChange::Current);
    let seen = |found: &[HandedOut]| -> Vec<(String, bool)> {
        found.iter().map(|one| (one.name.clone(), one.is_held)).collect()
    };
    let current = (merchant.platform_certificate_serial.clone(), true);
    let next = (merchant.next_platform_certificate_serial.clone(), false);
    assert_eq!(
        seen(&desk.certificates(None).unwrap()),
        std::slice::from_ref(&current)
    );
    desk.platform
        .set_certificate_change(&merchant.mchid, CertificateChange::Announced)
        .unwrap();
    let found = desk.certificates(None).unwrap();
    assert_eq!(seen(&found), [current, next]);
    assert_eq!(found[1].pem, merchant.next_platform_certificate_pem);
    assert!(
        is_ready(&desk.ask(&Call::Prepay(desk.order()))),
        "the old one signs still"
    );
}

#[test]
fn p11_wechats_certificate_is_changed_in_the_middle_of_a_day() {
    let (mut desk, merchant) = desk_by_certificate(CertificateChange::Current);
    desk.pay();
    desk.now_ms += HOUR_MS;
    // From here on the platform signs with a certificate that nobody holds.
    desk.platform
        .set_certificate_change(&merchant.mchid, CertificateChange::Next)
        .unwrap();
    let why = why_unknown(desk.query());
    assert!(why.contains(&merchant.next_platform_certificate_serial), "{why}");
    let serial = merchant.next_platform_certificate_serial.clone();
    assert_eq!(desk.notices(), [Err(NoticeRefused::UnknownSerial(serial))]);
    // The download vouches for itself, and the account goes on with both.
    let found = desk.certificates(None).unwrap();
    let old = held(
        &merchant.platform_certificate_serial,
        &merchant.platform_certificate_pem,
    );
    let new = held(&found[0].name, &found[0].pem);
    desk.channel = wechat_holding(merchant, vec![old, new]);
    let Observation::Trade(fact) = desk.query() else {
        panic!("the payment is there");
    };
    desk.now_ms += 60_000;
    match desk.notices().as_slice() {
        [Ok(told)] => assert_eq!(
            told.fact,
            Observation::Trade(fact),
            "the refused notice came again"
        ),
        other => panic!("{other:?}"),
    }
}

#[test]
fn p11_while_wechats_certificates_alternate_both_are_believed_and_one_is_not_enough() {
    let (mut desk, merchant) = desk_by_certificate(CertificateChange::Alternating);
    let answers = |desk: &mut Desk| -> Vec<bool> {
        (0..4)
            .map(|_| is_ready(&desk.ask(&Call::Prepay(desk.order()))))
            .collect()
    };
    assert_eq!(
        answers(&mut desk).iter().filter(|known| **known).count(),
        2,
        "one is held"
    );
    let old = held(
        &merchant.platform_certificate_serial,
        &merchant.platform_certificate_pem,
    );
    let new = held(
        &merchant.next_platform_certificate_serial,
        &merchant.next_platform_certificate_pem,
    );
    desk.channel = wechat_holding(merchant, vec![old, new]);
    assert_eq!(answers(&mut desk), [true; 4]);
}

#[test]
fn p11_a_merchant_moves_from_certificate_to_public_key_with_both_held() {
    let merchant = sandbox::merchants().remove(0);
    let mut desk = Desk::new(PlatformName::Wechat, wechat());
    desk.platform
        .set_callback_key(&merchant.mchid, CallbackKey::Alternating)
        .unwrap();
    let public = held(
        &merchant.platform_public_key_id,
        &merchant.platform_public_key_pem,
    );
    let certificate = held(
        &merchant.platform_certificate_serial,
        &merchant.platform_certificate_pem,
    );
    desk.channel = wechat_holding(merchant.clone(), vec![public, certificate]);
    desk.pay();
    desk.now_ms += 1_000;
    desk.refund("88001", 810);
    desk.platform.settle_refunds(None, desk.now_ms);
    let told = desk.notices();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(Result::is_ok), "{told:?}");
    // Once it has moved there is no certificate to hand out.
    desk.platform
        .set_answer_keys(&merchant.mchid, AnswerKeys::PublicKeyOnly)
        .unwrap();
    assert!(matches!(
        desk.certificates(None),
        Err(NoCertificates::Refused { .. })
    ));
    assert!(matches!(desk.query(), Observation::Trade(_)));
}

#[test]
fn p11_a_change_of_alipays_key_is_lived_through_with_both_keys_and_not_with_one() {
    let app = sandbox::alipay_apps().remove(0);
    let both = alipay_with(|app| {
        vec![
            app.alipay_public_key_pem.clone(),
            app.next_alipay_public_key_pem.clone(),
        ]
    });
    for (channel, believes_next) in [(both, true), (alipay(), false)] {
        let mut desk = Desk::new(PlatformName::Alipay, channel);
        desk.platform
            .set_alipay_key(&app.app_id, AlipayKey::Next)
            .unwrap();
        let seen = desk.ask(&Call::Prepay(desk.order()));
        assert_eq!(is_ready(&seen), believes_next, "{seen:?}");
        assert_eq!(matches!(seen, Observation::Unknown { .. }), !believes_next);
    }
}

#[test]
fn p11_alipays_certificate_is_changed_in_the_middle_of_a_day() {
    let app = sandbox::alipay_apps().remove(0);
    let mut desk = Desk::new(PlatformName::Alipay, alipay_by_certificate());
    desk.platform
        .set_alipay_mode(&app.app_id, AlipayMode::Certificates)
        .unwrap();
    desk.pay();
    desk.now_ms += HOUR_MS;
    desk.platform
        .set_alipay_key(&app.app_id, AlipayKey::Next)
        .unwrap();
    let why = why_unknown(desk.query());
    assert!(why.contains(&app.next_alipay_cert_sn), "{why}");
    let name = app.next_alipay_cert_sn.clone();
    assert_eq!(desk.notices(), [Err(NoticeRefused::UnknownSerial(name.clone()))]);
    // Handed out by the name that the answer and the notice had, and believed for its way to the root.
    let found = desk.certificates(Some(&name)).unwrap();
    assert_eq!(
        (found.len(), found[0].name.as_str(), found[0].is_held),
        (1, name.as_str(), false)
    );
    desk.channel = alipay_holding(vec![app.alipay_certificate_pem.clone(), found[0].pem.clone()]);
    let Observation::Trade(fact) = desk.query() else {
        panic!("the payment is there");
    };
    desk.now_ms += 600_000;
    match desk.notices().as_slice() {
        [Ok(told)] => assert_eq!(
            told.fact,
            Observation::Trade(fact),
            "the refused notice came again"
        ),
        other => panic!("{other:?}"),
    }
    desk.platform
        .set_alipay_key(&app.app_id, AlipayKey::Alternating)
        .unwrap();
    for _ in 0..4 {
        assert!(matches!(desk.query(), Observation::Trade(_)), "both are held");
    }
}

#[test]
fn p11_alipay_hands_out_only_what_it_has_and_only_by_name() {
    let app = sandbox::alipay_apps().remove(0);
    let mut desk = Desk::new(PlatformName::Alipay, alipay_by_certificate());
    let current = desk.certificates(Some(&app.alipay_cert_sn)).unwrap();
    assert!(current[0].is_held);
    assert!(matches!(
        desk.certificates(Some("0")),
        Err(NoCertificates::Refused { .. })
    ));
    assert_eq!(desk.certificates(None), Err(NoCertificates::NameNeeded));
    let mut with_keys = Desk::new(PlatformName::Alipay, alipay());
    assert_eq!(
        with_keys.certificates(Some(&app.alipay_cert_sn)),
        Err(NoCertificates::PublicKeyMode)
    );
}

#[test]
fn an_app_in_certificate_mode_is_refused_when_it_names_no_certificate() {
    let app = sandbox::alipay_apps().remove(0);
    let mut desk = Desk::new(PlatformName::Alipay, alipay());
    desk.platform
        .set_alipay_mode(&app.app_id, AlipayMode::Certificates)
        .unwrap();
    match desk.ask(&Call::Prepay(desk.order())) {
        Observation::Refused { code, .. } => assert_eq!(code, "isv.missing-app-cert-sn"),
        other => panic!("{other:?}"),
    }
}
