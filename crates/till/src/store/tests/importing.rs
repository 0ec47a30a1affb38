//! Catalogue files: judged whole, cut short anywhere, and gone on with to the same end.

use crate::commands::import::{finish, import, judge};
use crate::rpc::Code;
use crate::store::ImportStage;
use crate::testkit::{CutShort, Shop, goods};

const ARTICLES: usize = 60;

/// Everything an import writes, as text.
fn catalogue(shop: &Shop) -> Vec<String> {
    let conn = &shop.till.view().conn;
    let mut lines = Vec::new();
    for sql in [
        "SELECT 'category ' || name || ' ' || name_en || ' ' || position FROM category ORDER BY 1",
        "SELECT 'article ' || concat_ws(' ', article_id, a.name, a.name_en, size, c.name, unit, price_minor,
         charged_percent, pinyin, initials, version, a.position) FROM article a JOIN category c USING (category_id)
         ORDER BY 1",
        "SELECT 'code ' || concat_ws(' ', b.code, reversed, article_id) FROM barcode b JOIN article USING (article_key)
         ORDER BY 1",
        "SELECT 'reading ' || concat_ws(' ', rank, key, article_id) FROM reading JOIN article USING (article_key)
         ORDER BY 1",
        "SELECT 'words ' || article_id FROM article_words w JOIN article ON article_key = w.rowid ORDER BY 1",
        "SELECT 'said ' || payload FROM journal WHERE kind = 'catalogue_imported'",
        "SELECT 'version ' || value FROM setting WHERE key = 'catalogue_version'",
    ] {
        let mut statement = conn.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        lines.extend(rows.map(Result::unwrap));
    }
    lines
}

fn count(shop: &Shop, sql: &str) -> i64 {
    let conn = &shop.till.view().conn;
    conn.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// A file with new articles, a changed one and a repeated one.
fn file() -> String {
    let known = "6928804011142,可口可乐,,饮料,3.80\n";
    goods(ARTICLES) + known
}

fn every_article_is_whole(shop: &Shop) {
    for index in [
        "SELECT article_key FROM barcode",
        "SELECT article_key FROM reading",
        "SELECT rowid FROM article_words",
    ] {
        let bare = format!("SELECT COUNT(*) FROM article WHERE article_key NOT IN ({index})");
        assert_eq!(count(shop, &bare), 0, "{index}");
    }
}

#[test]
fn an_import_cut_short_anywhere_is_forgotten_or_goes_on_to_the_same_catalogue() {
    let mut whole = Shop::open();
    let before = catalogue(&whole);
    let report = import(&mut whole.till, judge(&file()).unwrap(), false).unwrap();
    assert_eq!((report.added, report.changed), (60, 1));
    let after = catalogue(&whole);
    let mut outcomes = [0, 0];
    for writes in 0.. {
        let mut shop = Shop::open();
        let till = &mut shop.till;
        let Err(problem) = import(&mut CutShort { till, writes }, judge(&file()).unwrap(), false) else {
            break;
        };
        assert_eq!(problem.code, Code::NotSaved);
        let mut shop = shop.restart();
        every_article_is_whole(&shop);
        let goes_on = shop.till.view().import_stage().unwrap() == Some(ImportStage::Applying);
        if !goes_on {
            assert_eq!(catalogue(&shop), before, "cut after {writes}");
        }
        assert_eq!(
            count(
                &shop,
                "SELECT COUNT(*) FROM journal WHERE kind = 'catalogue_imported'"
            ),
            0
        );
        let finished = finish(&mut shop.till).unwrap();
        assert_eq!(finished, goes_on.then(|| report.clone()), "cut after {writes}");
        assert_eq!(
            catalogue(&shop),
            if goes_on { after.clone() } else { before.clone() }
        );
        assert_eq!(shop.till.view().import_stage().unwrap(), None);
        assert_eq!(count(&shop, "SELECT COUNT(*) FROM import_article"), 0);
        outcomes[usize::from(goes_on)] += 1;
    }
    assert!(outcomes[0] >= 3 && outcomes[1] >= 3, "{outcomes:?}");
}

#[test]
fn the_next_import_finishes_the_one_before_it_first() {
    let mut shop = Shop::open();
    let till = &mut shop.till;
    import(&mut CutShort { till, writes: 6 }, judge(&file()).unwrap(), false).unwrap_err();
    let next = judge("条码,品名,售价\nG000001|H000001,改名,2.00\n").unwrap();
    let report = import(&mut shop.till, next, false).unwrap();
    assert_eq!((report.added, report.changed), (0, 1));
    assert_eq!(
        count(
            &shop,
            "SELECT COUNT(*) FROM journal WHERE kind = 'catalogue_imported'"
        ),
        2
    );
    assert_eq!(
        count(&shop, "SELECT COUNT(*) FROM article WHERE article_id LIKE 'G%'"),
        60
    );
}

#[test]
fn a_refused_file_and_a_dry_run_leave_everything_as_it_was() {
    let mut shop = Shop::open();
    let before = catalogue(&shop);
    let revision = shop.till.store().revision();
    judge(&(file() + "9003,坏,,,-1\n")).unwrap_err();
    let stolen = judge(&(file() + "9002|6901668005731,抢码,,,1\n")).unwrap();
    let problem = import(&mut shop.till, stolen, false).unwrap_err();
    assert_eq!(problem.params["reason"], "CODE_OF_ANOTHER");
    let dry = import(&mut shop.till, judge(&file()).unwrap(), true).unwrap();
    assert_eq!(
        (catalogue(&shop), shop.till.store().revision()),
        (before, revision)
    );
    assert_eq!(
        import(&mut shop.till, judge(&file()).unwrap(), false).unwrap(),
        dry
    );
}

#[test]
fn what_was_changed_at_this_till_lies_over_what_is_read_in() {
    let mut shop = Shop::open();
    let conn = &shop.till.view().conn;
    conn.execute(
        "INSERT INTO overlay (article_id, field, value, base_version, at_ms) VALUES ('6928804011142', 'PRICE', '290', 1, 0)",
        [],
    )
    .unwrap();
    import(&mut shop.till, judge(&file()).unwrap(), false).unwrap();
    shop.enter("6928804011142");
    assert_eq!(shop.state().basket.total_minor, 290);
}
