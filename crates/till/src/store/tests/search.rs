//! Searching a large catalogue walks indexes: no question reads the articles from end to end.

use crate::store::View;
use crate::testkit::Shop;

pub(super) fn plan(view: View<'_>, sql: &str) -> String {
    let mut statement = view.conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let rows = statement.query_map([], |row| row.get::<_, String>(3)).unwrap();
    rows.map(Result::unwrap).collect::<Vec<_>>().join("; ")
}

#[test]
fn f64_every_question_walks_an_index() {
    let shop = Shop::open();
    for sql in [
        "SELECT article_key FROM barcode WHERE code >= 'a' AND code < 'b' ORDER BY code LIMIT 8",
        "SELECT article_key FROM barcode WHERE reversed >= 'a' AND reversed < 'b' ORDER BY reversed LIMIT 8",
        "SELECT article_key FROM reading WHERE rank = 0 AND key >= 'a' AND key < 'b' ORDER BY key, article_key LIMIT 8",
        "SELECT tender_no FROM tender t WHERE (t.state IN ('LIVE', 'CLOSING', 'GIVEN_UP', 'CANCELED')
         OR t.attention = 1) AND t.state IN ('LIVE', 'CLOSING') ORDER BY t.tender_no",
    ] {
        let plan = plan(shop.till.view(), sql);
        assert!(
            plan.contains("INDEX") || plan.contains("PRIMARY KEY"),
            "{sql}: {plan}"
        );
        assert!(!plan.contains("TEMP B-TREE"), "{sql}: {plan}");
    }
}

#[test]
fn hits_are_best_first_without_repeats() {
    let shop = Shop::open();
    let codes = |text: &str| -> Vec<String> {
        let found = shop.till.view().search(text, 8).unwrap();
        found.into_iter().map(|article| article.code).collect()
    };
    assert_eq!(codes("kkkl")[0], "6928804011142");
    for text in ["k", "ke", "可", "6", "3001", "coca"] {
        let found = codes(text);
        let distinct: std::collections::HashSet<&String> = found.iter().collect();
        assert_eq!(distinct.len(), found.len(), "{text}");
        assert!(!found.is_empty() && found.len() <= 8, "{text}");
    }
    assert!(codes("*\"").is_empty());
}
