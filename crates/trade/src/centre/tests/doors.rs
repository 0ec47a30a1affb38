//! Who may ask for what: enrolment, signatures, times, nonces, sizes, and every endpoint without a right.

use suanpan_wire::enrol::{EnrolAnswer, EnrolRequest};
use suanpan_wire::error::{ErrorBody, ErrorCode};
use suanpan_wire::sign::{SIGNATURE_HEADER, SigningKey, TILL_HEADER};

use super::kit::{Shop, attempt, sign};
use crate::http::Request;
use crate::{Begun, Settings, office};

fn refusal(shop: &Shop, request: &Request) -> ErrorBody {
    match shop.centre.begin(request, shop.now_ms) {
        Begun::Reply(reply) => {
            assert!(reply.status >= 400, "{}", String::from_utf8_lossy(&reply.body));
            let body: ErrorBody = serde_json::from_slice(&reply.body).unwrap();
            assert_eq!(body.code.status(), reply.status);
            body
        }
        other => panic!("{other:?}"),
    }
}

fn enrol(shop: &Shop, code: &str, byte: u8) -> Result<EnrolAnswer, ErrorCode> {
    let key = SigningKey::try_from_seed(&[byte; 32]).unwrap();
    let body = EnrolRequest {
        code: code.to_owned(),
        public_key: key.public_base64(),
    };
    let body = serde_json::to_vec(&body).unwrap();
    let request = sign(&key, "", "POST", "/v1/enrol", shop.now_ms, "n", body);
    match shop.centre.begin(&request, shop.now_ms) {
        Begun::Reply(reply) if reply.status == 200 => Ok(serde_json::from_slice(&reply.body).unwrap()),
        Begun::Reply(reply) => Err(serde_json::from_slice::<ErrorBody>(&reply.body).unwrap().code),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_code_enrols_one_till_and_answers_it_the_same_again() {
    let shop = Shop::open();
    let code = shop.invite(20);
    assert_eq!(code.len(), office::CODE_CHARS);
    let answer = enrol(&shop, &code, 20).unwrap();
    assert_eq!((answer.till_label.as_str(), answer.worker), ("2", 2));
    assert_eq!(
        enrol(&shop, &code.to_lowercase(), 20).unwrap().till_id,
        answer.till_id
    );
    assert_eq!(enrol(&shop, &code, 21), Err(ErrorCode::EnrolCodeUsed));
}

#[test]
fn wrong_and_expired_codes_enrol_nobody() {
    let mut shop = Shop::open();
    assert_eq!(enrol(&shop, "ABCDEFGH", 20), Err(ErrorCode::EnrolCodeWrong));
    let code = shop.invite(20);
    shop.now_ms += office::CODE_LIFE_MS + 1;
    assert_eq!(enrol(&shop, &code, 20), Err(ErrorCode::EnrolCodeWrong));
    assert_eq!(shop.number("SELECT COUNT(*) FROM till"), 1);
    let guesses = (0..40)
        .map(|_| enrol(&shop, "ABCDEFGH", 20))
        .filter(|r| *r == Err(ErrorCode::TooMany));
    assert!(guesses.count() > 0);
}

#[test]
fn an_enrolment_is_signed_by_the_key_it_carries() {
    let shop = Shop::open();
    let code = shop.invite(20);
    let [own, other] = [20, 21].map(|byte| SigningKey::try_from_seed(&[byte; 32]).unwrap());
    let body = EnrolRequest {
        code,
        public_key: own.public_base64(),
    };
    let body = serde_json::to_vec(&body).unwrap();
    let request = sign(&other, "", "POST", "/v1/enrol", shop.now_ms, "n", body);
    assert_eq!(refusal(&shop, &request).code, ErrorCode::BadSignature);
}

/// Every endpoint that needs a till, with a body it would take.
fn endpoints() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let attempt = serde_json::to_vec(&attempt(100, false)).unwrap();
    let hello = br#"{"head":{"epoch":1,"seq":0,"hash":""}}"#.to_vec();
    vec![
        ("POST", "/v1/till/hello", hello),
        (
            "POST",
            "/v1/till/journal",
            br#"{"entries":[],"head_signature":""}"#.to_vec(),
        ),
        ("GET", "/v1/till/journal?epoch=1&since=0", Vec::new()),
        (
            "GET",
            "/v1/till/changes?generation=0&after=0&wait_ms=0",
            Vec::new(),
        ),
        ("PUT", "/v1/tenders/21/attempts/k1", attempt),
        ("POST", "/v1/tenders/21/query", b"{}".to_vec()),
        ("POST", "/v1/tenders/21/close", b"{}".to_vec()),
        (
            "PUT",
            "/v1/tenders/21/refunds/64",
            br#"{"amount_minor":1}"#.to_vec(),
        ),
        ("POST", "/v1/tenders/21/late", br#"{"choice":"accept"}"#.to_vec()),
    ]
}

#[test]
fn no_endpoint_answers_without_the_tills_own_signature() {
    let shop = Shop::open();
    let revoked = shop.enrolled(5);
    let revoked_id: i64 = revoked.till_id.parse().unwrap();
    shop.do_it(|ledger| office::revoke_till(ledger, "t", revoked_id));
    let stranger = SigningKey::try_from_seed(&[77; 32]).unwrap();
    let own = &shop.till.till_id;
    for (method, path, body) in endpoints() {
        let good = |at: i64, nonce: &str| sign(&shop.till.key, own, method, path, at, nonce, body.clone());
        let mut unsigned = good(shop.now_ms, "a");
        unsigned.headers.retain(|(name, _)| name != SIGNATURE_HEADER);
        let mut nameless = good(shop.now_ms, "b");
        nameless.headers.retain(|(name, _)| name != TILL_HEADER);
        let mut altered = good(shop.now_ms, "c");
        altered.body.push(b' ');
        let mut moved = good(shop.now_ms, "d");
        moved.path_and_query = moved.path_and_query.replace("/v1/", "/v1//");
        let cases = [
            (unsigned, ErrorCode::BadSignature),
            (nameless, ErrorCode::BadSignature),
            (altered, ErrorCode::BadSignature),
            (moved, ErrorCode::NotFound),
            (
                sign(&stranger, own, method, path, shop.now_ms, "e", body.clone()),
                ErrorCode::BadSignature,
            ),
            (
                sign(&stranger, "404", method, path, shop.now_ms, "f", body.clone()),
                ErrorCode::TillUnknown,
            ),
            (
                sign(
                    &revoked.key,
                    &revoked.till_id,
                    method,
                    path,
                    shop.now_ms,
                    "g",
                    body.clone(),
                ),
                ErrorCode::TillUnknown,
            ),
            (good(shop.now_ms - 300_001, "h"), ErrorCode::StaleTime),
            (good(shop.now_ms + 300_001, "i"), ErrorCode::StaleTime),
            (good(shop.now_ms, ""), ErrorCode::BadSignature),
            (good(shop.now_ms, &"n".repeat(65)), ErrorCode::BadSignature),
        ];
        for (request, wanted) in cases {
            let body = refusal(&shop, &request);
            assert_eq!(body.code, wanted, "{method} {path}");
            assert_eq!(body.centre_time_ms, shop.now_ms);
        }
    }
    assert_eq!(shop.number("SELECT COUNT(*) FROM pay_order"), 0);
}

#[test]
fn a_repeated_request_without_a_key_is_refused_and_one_with_a_key_is_not() {
    let shop = Shop::open();
    for (method, path, body) in endpoints() {
        let request = sign(
            &shop.till.key,
            &shop.till.till_id,
            method,
            path,
            shop.now_ms,
            path,
            body,
        );
        let first = shop.centre.begin(&request, shop.now_ms);
        let second = shop.centre.begin(&request, shop.now_ms);
        let keyed = method == "PUT" || (method, path) == ("POST", "/v1/till/journal");
        if keyed {
            assert_eq!(first, second, "{method} {path}");
        } else {
            assert_eq!(
                refusal(&shop, &request).code,
                ErrorCode::Replayed,
                "{method} {path}"
            );
        }
    }
}

#[test]
fn bodies_that_are_too_long_or_not_of_this_form_are_refused() {
    let shop = Shop::open();
    let own = &shop.till.till_id;
    let long = vec![b' '; crate::centre::route::BODY_BYTES_MAX + 1];
    for (method, path, _) in endpoints()
        .into_iter()
        .filter(|(method, path, _)| *method != "GET" && *path != "/v1/till/journal")
    {
        let request = sign(&shop.till.key, own, method, path, shop.now_ms, path, long.clone());
        assert_eq!(refusal(&shop, &request).code, ErrorCode::BodyTooLarge);
        for (number, bad) in ["[1,", r#"{"description":"\u0000"}"#].into_iter().enumerate() {
            let nonce = format!("{path}{number}");
            let body = bad.as_bytes().to_vec();
            let request = sign(&shop.till.key, own, method, path, shop.now_ms, &nonce, body);
            assert_eq!(
                refusal(&shop, &request).code,
                ErrorCode::MalformedRequest,
                "{bad}"
            );
        }
    }
}

#[test]
fn what_is_no_endpoint_is_not_found() {
    let shop = Shop::open();
    let paths = [
        "/",
        "/v1",
        "/v2/till/hello",
        "/v1/tenders/021/query",
        "/v1/tenders/-1/query",
        "/v1/tenders/x/close",
    ];
    for path in paths {
        let request = sign(
            &shop.till.key,
            &shop.till.till_id,
            "POST",
            path,
            shop.now_ms,
            path,
            Vec::new(),
        );
        let code = refusal(&shop, &request).code;
        assert!(
            matches!(code, ErrorCode::NotFound | ErrorCode::MalformedRequest),
            "{path}"
        );
    }
}

#[test]
fn a_till_that_asks_too_often_is_told_to_wait_and_no_other_is() {
    let often = 20;
    let mut shop = Shop::open_set(Settings {
        till_requests_max: often,
        ..Settings::default()
    });
    let other = shop.enrolled(5);
    let hello = serde_json::json!({ "head": { "epoch": 1, "seq": 0, "hash": "" } });
    let ask = |shop: &Shop, till| {
        let request = shop.request(till, "POST", "/v1/till/hello", &hello);
        match shop.centre.begin(&request, shop.now_ms) {
            Begun::Reply(reply) => (reply.status, String::from_utf8(reply.body).unwrap()),
            other => panic!("{other:?}"),
        }
    };
    for _ in 0..often {
        assert_eq!(ask(&shop, &shop.till).0, 200);
    }
    let (status, body) = ask(&shop, &shop.till);
    assert_eq!(status, 429);
    assert!(body.contains("retry_after_ms"), "{body}");
    assert_eq!(ask(&shop, &other).0, 200, "another till is not held up");
    shop.now_ms += 10_000;
    assert_eq!(ask(&shop, &shop.till).0, 200);
}
