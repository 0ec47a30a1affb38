//! Orders, receipts, takings, the outbox.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::receipt::{COLUMNS, width};
use crate::rpc::print::{PrinterKind, SetPrinter};
use crate::rpc::views::{OrderDetail, OrderRow, Receipt, SyncList, Takings, TransferFile};
use crate::rpc::{Command, FindOrders, NameDay, NameOrder, Nothing};
use crate::store::check;
use crate::testkit::{Shop, paid};

fn asked<T: serde::de::DeserializeOwned>(shop: &mut Shop, command: Command) -> T {
    serde_json::from_value(shop.till.execute(command).unwrap()).unwrap()
}

fn takings(shop: &mut Shop) -> Takings {
    asked(shop, Command::TakingsDay(NameDay { day: None }))
}

fn find(shop: &mut Shop, text: &str) -> Vec<OrderRow> {
    asked(
        shop,
        Command::OrdersFind(FindOrders {
            text: text.into(),
            limit: 50,
        }),
    )
}

fn sell(shop: &mut Shop, text: &str) -> String {
    shop.enter(text);
    shop.begin();
    shop.cash("").unwrap().paid.unwrap().order_id
}

#[test]
fn f14_f56_state_order_receipt_and_takings_agree() {
    let mut shop = Shop::open();
    shop.enter("0.862*3001");
    shop.enter("4*6907992500010");
    shop.begin();
    let shown = shop.cash("50").unwrap().paid.unwrap();
    let name = || NameOrder {
        order_id: shown.order_id.clone(),
    };
    let detail: OrderDetail = asked(&mut shop, Command::OrdersGet(name()));
    let receipt: Receipt = asked(&mut shop, Command::OrdersReceipt(name()));
    let day = takings(&mut shop);
    assert_eq!(shown.total_minor, 2240);
    assert_eq!(detail.row.total_minor, 2240);
    assert_eq!(detail.change_minor, shown.change_minor);
    assert_eq!((day.net_minor, day.orders, day.average_minor), (2240, 1, 2240));
    assert!(
        receipt.text.contains("22.40") && receipt.text.contains("27.60"),
        "{}",
        receipt.text
    );
    let nets: i64 = shop
        .till
        .view()
        .lines(&shown.order_id)
        .unwrap()
        .iter()
        .filter_map(|line| line.net_minor)
        .sum();
    assert_eq!(nets, 2240);
}

#[test]
fn f66_copies_are_counted_and_say_so_and_practice_is_written_on_paper() {
    let mut shop = Shop::open();
    // Without a printer the first receipt is the one that is looked at.
    let none = SetPrinter {
        printer: PrinterKind::None,
        receipts: true,
    };
    shop.run(Command::SettingsPrinter(none)).unwrap();
    let order_id = sell(&mut shop, "3*6928804011142");
    let name = || NameOrder {
        order_id: order_id.clone(),
    };
    let first: Receipt = asked(&mut shop, Command::OrdersReceipt(name()));
    let second: Receipt = asked(&mut shop, Command::OrdersReceipt(name()));
    assert_eq!((first.copies_before, second.copies_before), (0, 1));
    assert!(!first.text.contains("补打") && second.text.contains("补打 1"));
    assert!(first.text.contains("练习") && first.text.contains("幸福里便利店"));
    assert!(
        first.text.lines().all(|line| width(line) <= COLUMNS),
        "{}",
        first.text
    );
    let png = STANDARD.decode(first.png_base64).unwrap();
    let picture = image::load_from_memory(&png).unwrap().to_luma8();
    assert_eq!(picture.width(), 384);
    let black = picture.pixels().filter(|pixel| pixel.0[0] == 0).count();
    assert!(black > 3_000, "{black}");
}

#[test]
fn orders_are_found_by_short_number_amount_and_the_platforms_number() {
    let mut shop = Shop::open();
    sell(&mut shop, "6928804011142");
    sell(&mut shop, "6901668005731");
    shop.run(Command::PayNext(Nothing {})).unwrap();
    let tender = shop.sell_by_code();
    shop.hear(&paid(&tender, 1));
    let platform_no = format!("42{}", tender.tender_no);
    assert_eq!(find(&mut shop, "").len(), 3);
    assert_eq!(find(&mut shop, "0002")[0].total_minor, 690);
    assert_eq!(find(&mut shop, "6.90").len(), 1);
    assert_eq!(find(&mut shop, &platform_no)[0].short_no, "2-1121-0003");
    assert!(find(&mut shop, "nothing").is_empty());
    assert!(find(&mut shop, "")[0].only_here);
}

#[test]
fn takings_by_hour_means_and_article_come_from_the_rollup_and_equal_a_recount() {
    let mut shop = Shop::open();
    sell(&mut shop, "2*6928804011142");
    shop.host.pass(3_600_000);
    let tender = shop.sell_by_code();
    shop.hear(&paid(&tender, 1));
    shop.run(Command::PayNext(Nothing {})).unwrap();
    let open = shop.sell_by_code();
    let day = takings(&mut shop);
    assert_eq!(
        (day.day.as_str(), day.net_minor, day.orders),
        ("2026-11-21", 1050, 2)
    );
    let hours: Vec<(u8, i64)> = day.hours.iter().map(|hour| (hour.hour, hour.net_minor)).collect();
    assert_eq!(hours, [(14, 700), (15, 350)]);
    assert!(!day.hours[0].unfinished && day.hours[1].unfinished);
    let shares: Vec<i64> = day.means.iter().map(|means| means.share_permille).collect();
    assert_eq!(shares, [667, 333]);
    assert_eq!((day.codes, day.codes_matched, day.open.len()), (2, 1, 1));
    assert_eq!(day.open[0].tender.tender_no, open.tender_no.to_string());
    assert_eq!(day.articles[0].quantity_milli, 3000);
    let today = shop.till.view().days_with_facts().unwrap()[0];
    assert_eq!(check::day_flaw(shop.till.view(), today).unwrap(), None);
}

#[test]
fn today_is_compared_with_the_same_weekday_until_the_same_time() {
    const WEEK_MS: i64 = 7 * 86_400_000;
    let mut shop = Shop::open();
    sell(&mut shop, "6928804011142");
    shop.host.pass(1_200_000);
    sell(&mut shop, "6901668005731");
    shop.host.pass(3_600_000);
    sell(&mut shop, "6928804011142");
    shop.host.pass(WEEK_MS - 4_800_000 + 600_000);
    sell(&mut shop, "2*6928804011142");
    let compare = takings(&mut shop).compare.unwrap();
    assert_eq!(compare.day, "2026-11-21");
    assert_eq!((compare.net_minor, compare.orders), (350, 1));
    assert_eq!((compare.more_minor, compare.more_permille), (350, 1000));
    let day = takings(&mut shop);
    assert_eq!(day.hours[0].compare_minor, Some(1040));
}

#[test]
fn cash_of_a_parked_order_counts_as_received() {
    let mut shop = Shop::open();
    shop.enter("2*6928804011142");
    shop.begin();
    shop.cash("3").unwrap();
    shop.code("").unwrap();
    shop.run(Command::PayPark(Nothing {})).unwrap();
    let day = takings(&mut shop);
    assert_eq!((day.net_minor, day.orders), (300, 0));
}

#[test]
fn f13_what_is_only_here_is_listed_and_can_be_taken_along_as_a_file() {
    let mut shop = Shop::open();
    sell(&mut shop, "6928804011142");
    let list: SyncList = asked(&mut shop, Command::SyncGet(Nothing {}));
    assert_eq!((list.waiting.len(), list.waiting_minor), (1, 350));
    let file: TransferFile = asked(&mut shop, Command::SyncExport(Nothing {}));
    assert_eq!(file.entries, list.status.entries_only_here);
    assert_eq!(file.text.lines().count(), usize::try_from(file.entries).unwrap());
    let head = shop.till.view().head().unwrap();
    shop.till.write(|tx| Ok(tx.set_acked(&head)?)).unwrap();
    let list: SyncList = asked(&mut shop, Command::SyncGet(Nothing {}));
    assert!(list.waiting.is_empty());
    assert_eq!(list.status.entries_only_here, 0);
}

#[test]
fn reports_are_read_beside_the_till() {
    let mut shop = Shop::open();
    sell(&mut shop, "6928804011142");
    let reader = shop.till.reader().unwrap();
    let command = Command::TakingsDay(NameDay { day: None });
    let beside = reader.execute(&command).unwrap().unwrap();
    assert_eq!(beside, shop.till.execute(command).unwrap());
    assert!(reader.execute(&Command::PayNext(Nothing {})).is_none());
}
