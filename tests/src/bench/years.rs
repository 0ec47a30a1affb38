//! A year of sales put into a till's database at once, as a shop that has been open for a year has it.
//!
//! Written by plain SQL into the till's own tables while the till is closed: a million sales through the
//! counter would take an hour. Rollups are added up from the facts that were written.

use std::path::Path;

use rusqlite::{Connection, params};

use super::problem::BenchError;
use super::shop::OPENING_MS;

/// Days that the sales are spread over evenly; the last is the day of the bench.
pub const DAYS: i64 = 365;
/// The last of them.
pub const TODAY: &str = "2026-11-20";
/// Articles that sell on a day.
const SELLING_ARTICLES: i64 = 2_000;

/// Everything is written in one go and read back before anything is measured: nothing has to be durable.
const FAST: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA foreign_keys = 0;
    PRAGMA cache_size = -262144; PRAGMA temp_store = MEMORY;";

/// Sales of a day from eight in the morning to ten at night, the last day's only until ten in the morning:
/// every third with a code, by three people.
const SALES: &str = "CREATE TEMP TABLE sale AS
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1),
    placed (i, ago, hour) AS (
        SELECT i, ?2 - 1 - i / ?3, CASE WHEN i / ?3 = ?2 - 1 THEN 8 + i % 2 ELSE 8 + i * 7 % 14 END FROM n
    )
    SELECT i + 1 AS no, date(?4, '-' || ago || ' days') AS day, hour,
        ?5 - ago * 86400000 - (10 - hour) * 3600000 + i * 7919 % 3600000 AS at_ms,
        CASE WHEN i % 3 = 0 THEN 'WECHAT_PAY' ELSE 'CASH_PAY' END AS means,
        CASE i % 5 WHEN 0 THEN '王芳' WHEN 1 THEN '王芳' WHEN 2 THEN '李强' ELSE '陈静' END AS cashier,
        110 + i * 37 % 389 * 50 AS amount
    FROM placed";

const ORDERS: &str = "INSERT INTO orders (order_id, state, order_no, short_no, epoch, running, business_day, hour,
        cashier, opened_at_ms, changed_at_ms, completed_at_ms, pieces, original_minor, total_minor)
    SELECT printf('00000000-0000-7000-8000-%012d', no), 'COMPLETED', no, 'Y-' || no, 1, no, day, hour, cashier,
        at_ms, at_ms, at_ms, 5, amount, amount FROM temp.sale";

const TENDERS: &str = "INSERT INTO tender (tender_no, order_id, means, state, amount_minor, business_day,
        opened_at_ms, settled_at_ms)
    SELECT no, printf('00000000-0000-7000-8000-%012d', no), means, 'SETTLED', amount, day, at_ms, at_ms
    FROM temp.sale";

const FACTS: &str = "INSERT INTO money_fact (tender_no, order_id, at_ms, business_day, hour, means, cashier,
        amount_minor)
    SELECT no, printf('00000000-0000-7000-8000-%012d', no), at_ms, day, hour, means, cashier, amount
    FROM temp.sale";

const ROLLUPS: &str = "
    INSERT INTO rollup (business_day, hour, means, cashier, facts, net_minor)
    SELECT business_day, hour, means, cashier, COUNT(*), SUM(amount_minor) FROM money_fact GROUP BY 1, 2, 3, 4;
    INSERT INTO rollup_order (business_day, hour, cashier, orders)
    SELECT business_day, hour, cashier, COUNT(*) FROM orders GROUP BY 1, 2, 3;
    INSERT INTO rollup_code (business_day, opened, matched)
    SELECT business_day, COUNT(*), COUNT(*) FROM money_fact WHERE means = 'WECHAT_PAY' GROUP BY 1;
    DROP TABLE temp.sale;";

const ARTICLES: &str =
    "INSERT INTO rollup_article (business_day, article_id, name, name_en, unit, quantity_milli,
        amount_minor)
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
    SELECT business_day, 'y' || i, '卖过的商品' || i, '', 'PIECE', 1000 * (1 + i % 9), 350 * (1 + i % 97)
    FROM n, (SELECT DISTINCT business_day FROM rollup)";

/// Writes that many sales into a till's database.
///
/// # Errors
/// When they cannot be written.
pub fn fill(database: &Path, sales: i64) -> Result<(), BenchError> {
    let mut conn = Connection::open(database)?;
    conn.execute_batch(FAST)?;
    let transaction = conn.transaction()?;
    let per_day = (sales / DAYS).max(1);
    transaction.execute(SALES, params![per_day * DAYS, DAYS, per_day, TODAY, OPENING_MS])?;
    for sql in [ORDERS, TENDERS, FACTS] {
        transaction.execute(sql, [])?;
    }
    transaction.execute_batch(ROLLUPS)?;
    transaction.execute(ARTICLES, [SELLING_ARTICLES])?;
    transaction.commit()?;
    conn.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;")?;
    Ok(())
}
