//! The platforms' side of the day: one payment is really made, the others are copies with other numbers.

use serde_json::{Value, json};
use suanpan_sandbox::PlatformName;

use super::{BACK_MINOR, Plant, Sale, plant, sales};
use crate::desk::{Desk, both};

/// A platform that has taken the day's payments.
pub fn platform_side(mut desk: Desk, enterprise_id: i64) -> Desk {
    desk.pay();
    desk.now_ms += 1_000;
    desk.refund("88001", BACK_MINOR);
    desk.platform.settle_refunds(None, desk.now_ms);
    let mut kept: Value = serde_json::from_str(&desk.platform.kept().unwrap()).unwrap();
    let list = match desk.name {
        PlatformName::Wechat => "trades",
        PlatformName::Alipay => "alipay_trades",
    };
    let template = kept[list][0].clone();
    let copy = |sale, number| match desk.name {
        PlatformName::Wechat => wechat_copy(&template, sale, number),
        PlatformName::Alipay => alipay_copy(&template, sale, number),
    };
    let copies = sales(enterprise_id).flat_map(|sale| {
        let is_elsewhere = plant(sale.place) == Plant::Elsewhere;
        let elsewhere = is_elsewhere.then(|| copy(sale, sale.beside().trade_no()));
        [copy(sale, sale.trade_no()), elsewhere.flatten()]
    });
    kept[list] = copies.flatten().collect();
    kept["codes"] = json!([]);
    kept["offers"] = json!([]);
    let mut fresh = both()
        .into_iter()
        .find(|other| other.name == desk.name)
        .expect("there is one of each");
    fresh.platform.recall(&kept.to_string()).unwrap();
    fresh
}

/// What the platform has taken of a sale.
fn taken_minor(sale: Sale) -> i64 {
    sale.amount_minor() - i64::from(plant(sale.place) == Plant::OtherAmount)
}

fn wechat_copy(template: &Value, sale: Sale, number: i64) -> Option<Value> {
    let at_ms = sale.billed_at_ms()?;
    let taken = taken_minor(sale);
    let mut copy = template.clone();
    copy["key"]["out_trade_no"] = json!(number.to_string());
    copy["total"] = json!(taken);
    copy["created_at_ms"] = json!(at_ms - 20_000);
    copy["code"]["token"] = json!(format!("T{number}"));
    copy["payment"]["transaction_id"] = json!(format!("4200{number}"));
    copy["payment"]["paid_at_ms"] = json!(at_ms);
    copy["payment"]["total"] = json!(taken);
    copy["payment"]["payer_total"] = json!(taken);
    let mut back = template["refunds"][0].clone();
    back["out_refund_no"] = json!(sale.refund_no().to_string());
    back["refund_id"] = json!(format!("5030{number}"));
    copy["refunds"] = refunds(back, sale, at_ms);
    Some(copy)
}

fn alipay_copy(template: &Value, sale: Sale, number: i64) -> Option<Value> {
    let at_ms = sale.billed_at_ms()?;
    let taken = taken_minor(sale);
    let mut copy = template.clone();
    copy["key"]["out_trade_no"] = json!(number.to_string());
    copy["trade_no"] = json!(format!("4200{number}"));
    copy["token"] = json!(format!("T{number}"));
    copy["asked"]["total"] = json!(taken);
    copy["created_at_ms"] = json!(at_ms - 20_000);
    copy["paid"]["at_ms"] = json!(at_ms);
    copy["paid"]["total"] = json!(taken);
    copy["paid"]["payer_total"] = json!(taken);
    let mut back = template["refunds"][0].clone();
    back["out_request_no"] = json!(sale.refund_no().to_string());
    copy["refunds"] = refunds(back, sale, at_ms);
    Some(copy)
}

fn refunds(mut back: Value, sale: Sale, at_ms: i64) -> Value {
    let Some(amount) = sale.billed_refund() else {
        return json!([]);
    };
    back["amount"] = json!(amount);
    back["created_at_ms"] = json!(at_ms + 60_000);
    back["settled_at_ms"] = json!(at_ms + 62_000);
    json!([back])
}
