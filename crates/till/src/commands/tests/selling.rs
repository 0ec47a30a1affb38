//! Ringing up: the box, the basket, undo, hold, the catalogue.

use crate::rpc::state::{Stage, UndoCode};
use crate::rpc::views::{CatalogueReport, Preview};
use crate::rpc::{
    AddArticle, CatalogueFile, ChangeQuantity, Code, Command, EnterText, EnteredBy, NameLine, NameOrder,
    Nothing, PreviewText, SetPrice, SetQuantity,
};
use crate::sync::Reach;
use crate::testkit::Shop;

/// What the cashier of the reference picture enters.
const REFERENCE: &[&str] = &[
    "2*6921168509256",
    "6901668005731",
    "0.862*3001",
    "2*6903982121319",
    "4*6907992500010",
    "6972266800011",
    "6922266440113",
    "3*6902397560010",
    "6924200510012",
];

fn preview(shop: &mut Shop, text: &str) -> Preview {
    let value = shop
        .till
        .execute(Command::BasketPreview(PreviewText {
            text: text.into(),
            line_id: None,
        }))
        .unwrap();
    serde_json::from_value(value).unwrap()
}

#[test]
fn f56_the_reference_basket_can_be_rung_up_to_the_fen() {
    let mut shop = Shop::open();
    for text in REFERENCE {
        assert!(shop.enter(text).is_some(), "{text}");
    }
    let basket = shop.state().basket;
    assert_eq!(
        (
            basket.pieces,
            basket.original_minor,
            basket.discount_minor,
            basket.rounding_minor
        ),
        (16, 7071, -304, -7)
    );
    assert_eq!(basket.total_minor, 6760);
    assert_eq!(basket.lines[2].amount_minor, 1031);
    assert_eq!(basket.lines[4].charged_percent, 80);
    shop.enter("3*6928804011142");
    assert_eq!(shop.state().basket.total_minor, 7810);
}

#[test]
fn the_preview_says_what_enter_will_do() {
    let mut shop = Shop::open();
    let Preview::Article {
        article,
        quantity_milli,
        amount_minor,
    } = preview(&mut shop, "3*6928804011142")
    else {
        panic!("an article");
    };
    assert_eq!(
        (article.name.as_str(), article.size.as_str()),
        ("可口可乐", "330ml")
    );
    assert_eq!((quantity_milli, amount_minor), (3000, 1050));
    let Preview::Candidates { hits, .. } = preview(&mut shop, "kkkl") else {
        panic!("candidates");
    };
    assert_eq!(hits.len(), 6);
    assert_eq!(hits[0].code, "6928804011142");
    assert_eq!(preview(&mut shop, ""), Preview::Empty);
    assert!(matches!(preview(&mut shop, "0*x"), Preview::Invalid { .. }));
    assert!(matches!(preview(&mut shop, "没有这个"), Preview::NoMatch { .. }));
}

#[test]
fn articles_are_found_by_code_name_pinyin_and_initials_of_any_length() {
    let mut shop = Shop::open();
    for (text, name) in [
        ("可乐", "可口可乐"),
        ("乐", "可口可乐"),
        ("kekoukele", "可口可乐"),
        ("kl", "可口可乐"),
        ("ysyw", "乐事 原味薯片"),
        ("cola", "可口可乐"),
        ("11142", "可口可乐"),
        ("69288", "可口可乐"),
        ("adgn", "AD 钙奶"),
        ("苹果", "红富士苹果（散装）"),
        ("可乐 零", "可口可乐 零度"),
        ("ｋｋｋｌ", "可口可乐"),
    ] {
        let value = shop
            .till
            .execute(Command::CatalogueSearch(PreviewText {
                text: text.into(),
                line_id: None,
            }))
            .unwrap();
        let names: Vec<&str> = value
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|hit| hit["name"].as_str())
            .collect();
        let fits = names.iter().any(|found| found.starts_with(name));
        assert!(fits, "{text}: {names:?}");
    }
}

#[test]
fn f60_a_scan_is_never_taken_for_a_quantity_and_an_unknown_one_changes_nothing() {
    let mut shop = Shop::open();
    let entered = shop
        .till
        .execute(Command::BasketEnter(EnterText {
            text: "6928804011159".into(),
            by: EnteredBy::Scan,
        }))
        .unwrap();
    assert_eq!(entered["problem"]["code"], "ARTICLE_NOT_FOUND");
    assert_eq!(entered["problem"]["params"]["text"], "6928804011159");
    assert!(shop.state().basket.lines.is_empty());
}

#[test]
fn f61_thirty_scans_are_thirty_pieces_in_their_order() {
    let mut shop = Shop::open();
    for index in 0..30 {
        let code = if index % 2 == 0 {
            "6928804011142"
        } else {
            "6901668005731"
        };
        shop.enter(code);
    }
    let basket = shop.state().basket;
    assert_eq!(basket.pieces, 30);
    assert_eq!(basket.lines.len(), 2);
    assert!(basket.lines.iter().all(|line| line.quantity_milli == 15_000));
}

#[test]
fn quantities_and_prices_out_of_bounds_are_refused_and_change_nothing() {
    let mut shop = Shop::open();
    let line_id = shop.enter("6928804011142").unwrap();
    let before = shop.state().basket;
    for (milli, code) in [
        (0, Code::QuantityNotPositive),
        (-1000, Code::QuantityNotPositive),
        (i64::MAX, Code::QuantityTooLarge),
        (1500, Code::QuantityNotWhole),
    ] {
        let line_id = line_id.clone();
        let command = Command::BasketSetQuantity(SetQuantity {
            line_id,
            quantity_milli: milli,
        });
        assert_eq!(shop.run(command).unwrap_err().code, code);
    }
    for (yuan, code) in [
        ("-1", Code::PriceInvalid),
        ("0", Code::PriceInvalid),
        ("1.234", Code::PriceInvalid),
        ("abc", Code::PriceInvalid),
        ("999999999999", Code::AmountTooLarge),
    ] {
        let command = Command::BasketSetPrice(SetPrice {
            line_id: line_id.clone(),
            yuan: yuan.into(),
        });
        assert_eq!(shop.run(command).unwrap_err().code, code, "{yuan}");
    }
    let unknown = Command::BasketAdd(AddArticle {
        article_id: "none".into(),
        quantity_milli: 1000,
    });
    assert_eq!(shop.run(unknown).unwrap_err().code, Code::ArticleNotFound);
    assert_eq!(shop.state().basket, before);
}

#[test]
fn undo_walks_back_through_every_change() {
    let mut shop = Shop::open();
    let line_id = shop.enter("6928804011142").unwrap();
    shop.enter("6928804011142");
    shop.run(Command::BasketSetPrice(SetPrice {
        line_id: line_id.clone(),
        yuan: "２.80".into(),
    }))
    .unwrap();
    assert!(shop.state().basket.lines[0].price_by_hand);
    shop.run(Command::BasketRemove(NameLine { line_id })).unwrap();
    assert_eq!(shop.state().undo.unwrap().code, UndoCode::LineRemoved);
    let mut totals = vec![shop.state().basket.total_minor];
    for _ in 0..4 {
        totals.push(
            shop.run(Command::BasketUndo(Nothing {}))
                .unwrap()
                .basket
                .total_minor,
        );
    }
    assert_eq!(totals, [0, 560, 700, 350, 0]);
    let nothing = shop.run(Command::BasketUndo(Nothing {})).unwrap_err();
    assert_eq!(nothing.code, Code::NothingToUndo);
}

#[test]
fn one_less_takes_the_last_piece_out() {
    let mut shop = Shop::open();
    let line_id = shop.enter("2*6928804011142").unwrap();
    let less = |line_id: &str| {
        Command::BasketChangeQuantity(ChangeQuantity {
            line_id: line_id.into(),
            delta: -1,
        })
    };
    assert_eq!(shop.run(less(&line_id)).unwrap().basket.pieces, 1);
    assert!(shop.run(less(&line_id)).unwrap().basket.lines.is_empty());
    assert_eq!(shop.run(less(&line_id)).unwrap_err().code, Code::LineNotFound);
}

#[test]
fn f44_held_baskets_stay_and_taking_one_up_puts_the_open_one_aside() {
    let mut shop = Shop::open();
    shop.enter("6928804011142");
    let first = shop.run(Command::BasketHold(Nothing {})).unwrap().held[0].clone();
    assert_eq!((first.pieces, first.total_minor), (1, 350));
    shop.enter("6901668005731");
    let mut shop = shop.restart();
    assert_eq!(shop.state().basket.total_minor, 690);
    let state = shop
        .run(Command::BasketResume(NameOrder {
            order_id: first.order_id,
        }))
        .unwrap();
    assert_eq!(state.basket.total_minor, 350);
    assert_eq!(state.held[0].total_minor, 690);
}

#[test]
fn lines_are_locked_on_pay_and_a_scan_on_paid_starts_the_next_sale() {
    let mut shop = Shop::open();
    shop.enter("6928804011142");
    shop.begin();
    assert!(shop.enter("6928804011142").is_none());
    assert_eq!(shop.cash("").unwrap().stage, Stage::Paid);
    shop.enter("6901668005731");
    let state = shop.state();
    assert_eq!((state.stage, state.basket.total_minor), (Stage::Sell, 690));
}

#[test]
fn a_catalogue_file_is_read_whole_or_not_at_all_and_never_stops_selling() {
    let mut shop = Shop::open();
    let import = |shop: &mut Shop, csv: &str, dry_run| {
        let command = Command::CatalogueImport(CatalogueFile {
            csv: csv.into(),
            dry_run,
        });
        shop.till
            .execute(command)
            .map(|value| serde_json::from_value::<CatalogueReport>(value).unwrap())
    };
    let csv = "条码,品名,规格,分类,售价\n6928804011142,可口可乐,330ml,饮料,3.80\n9001,新货,,饮料,1.00\n";
    let dry = import(&mut shop, csv, true).unwrap();
    assert_eq!((dry.added, dry.changed, dry.unchanged), (1, 1, 0));
    shop.enter("6928804011142");
    assert_eq!(shop.state().basket.total_minor, 350);
    assert_eq!(import(&mut shop, csv, false).unwrap(), dry);
    shop.enter("xinhuo");
    assert_eq!(shop.state().basket.total_minor, 450);
    let again = import(&mut shop, csv, false).unwrap();
    assert_eq!((again.added, again.changed, again.unchanged), (0, 0, 2));
    for bad in [
        "条码,品名,售价\n9002,好,1\n9003,坏,-1\n",
        "条码,品名,售价\n9002|6901668005731,抢码,1\n",
    ] {
        let problem = import(&mut shop, bad, false).unwrap_err();
        assert_eq!(problem.code, Code::CatalogueMalformed);
        assert!(shop.till.view().article_by_code("9002").unwrap().is_none());
    }
}

#[test]
fn f74_the_catalogues_version_is_on_every_line() {
    let mut shop = Shop::open();
    shop.link(Reach::Offline);
    shop.enter("6928804011142");
    let order = shop.till.view().current_order_id().unwrap().unwrap();
    assert_eq!(shop.till.view().lines(&order).unwrap()[0].catalogue_version, 1);
}
