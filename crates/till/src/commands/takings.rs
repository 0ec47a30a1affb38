//! Takings of a day, read from the rollups alone. The one hour that a comparison cuts in two is read from
//! its facts.

use std::collections::BTreeMap;

use suanpan_domain::money::Fen;
use suanpan_domain::takings::{Rollup, RollupKey, average, permille};
use suanpan_domain::tender::Means;
use suanpan_domain::time::BusinessDay;

use super::glance::{Glance, shown_means, shown_unit};
use crate::rpc::views::{Takings, TakingsArticle, TakingsCompare, TakingsHour, TakingsMeans, TakingsOpen};
use crate::rpc::{Code, NameDay, Problem};
use crate::store::{Halt, Stretch};

/// Articles in the list of what sold best.
const ARTICLES_MAX: u8 = 8;
const WEEK_DAYS: i64 = 7;
const DAY_MS: i64 = 86_400_000;

pub(super) fn day(glance: &Glance<'_>, request: &NameDay) -> Result<Takings, Halt> {
    let time = glance.view.shop_time()?;
    let today = glance.view.business_day(time, glance.now_ms)?;
    let day = match &request.day {
        None => today,
        Some(text) => BusinessDay::parse(text).ok_or_else(|| Problem::new(Code::RequestMalformed))?,
    };
    takings(glance, day, day == today)
}

/// Takings of a business day.
///
/// # Errors
/// When the data cannot be read.
pub fn takings(glance: &Glance<'_>, day: BusinessDay, is_today: bool) -> Result<Takings, Halt> {
    let view = glance.view;
    let rows = view.rollups(day)?;
    let net = Fen::new(rows.iter().map(|(_, rollup)| rollup.net.minor()).sum());
    let orders: i64 = view.order_counts(day)?.iter().map(|(_, orders)| orders).sum();
    let (codes, codes_matched) = view.code_counts(day)?;
    let articles = view.article_takings(day, ARTICLES_MAX)?;
    Ok(Takings {
        day: day.to_string(),
        today: is_today,
        as_of_ms: glance.now_ms,
        net_minor: net.minor(),
        orders,
        average_minor: average(net, orders).minor(),
        refunds: 0,
        refunded_minor: 0,
        hours: hours(glance, day, &rows, is_today)?,
        means: means(&rows, net),
        articles: articles
            .into_iter()
            .map(|article| TakingsArticle {
                name: article.name,
                name_en: article.name_en,
                unit: shown_unit(article.unit),
                quantity_milli: article.quantity_milli,
                amount_minor: article.amount_minor,
            })
            .collect(),
        codes,
        codes_matched,
        open: open(glance, day)?,
        compare: compare(glance, day, is_today, net)?,
    })
}

fn by_hour(rows: &[(RollupKey, Rollup)]) -> BTreeMap<u8, i64> {
    let mut hours = BTreeMap::new();
    for (key, rollup) in rows {
        *hours.entry(key.hour).or_default() += rollup.net.minor();
    }
    hours
}

fn hours(
    glance: &Glance<'_>,
    day: BusinessDay,
    rows: &[(RollupKey, Rollup)],
    is_today: bool,
) -> Result<Vec<TakingsHour>, Halt> {
    let before = by_hour(&glance.view.rollups(day.plus_days(-WEEK_DAYS))?);
    let now_hour = glance.view.shop_time()?.hour(glance.now_ms);
    let here = by_hour(rows);
    let mut all: Vec<u8> = here.keys().chain(before.keys()).copied().collect();
    all.sort_unstable();
    all.dedup();
    Ok(all
        .into_iter()
        .map(|hour| TakingsHour {
            hour,
            net_minor: here.get(&hour).copied().unwrap_or(0),
            compare_minor: before.get(&hour).copied(),
            unfinished: is_today && hour == now_hour,
        })
        .collect())
}

fn means(rows: &[(RollupKey, Rollup)], net: Fen) -> Vec<TakingsMeans> {
    let mut sums: BTreeMap<Means, (i64, i64)> = BTreeMap::new();
    for (key, rollup) in rows {
        let sum = sums.entry(key.means).or_default();
        sum.0 += rollup.facts;
        sum.1 += rollup.net.minor();
    }
    let mut shares: Vec<TakingsMeans> = sums
        .into_iter()
        .map(|(means, (facts, minor))| TakingsMeans {
            means: shown_means(means),
            facts,
            net_minor: minor,
            share_permille: permille(Fen::new(minor), net),
        })
        .collect();
    shares.sort_by_key(|share| std::cmp::Reverse(share.net_minor));
    shares
}

fn open(glance: &Glance<'_>, day: BusinessDay) -> Result<Vec<TakingsOpen>, Halt> {
    let mut open = Vec::new();
    for tender in glance.view.tenders_in_doubt()? {
        if tender.business_day != day {
            continue;
        }
        let order = glance.view.order(&tender.order_id)?;
        open.push(TakingsOpen {
            order_id: tender.order_id.clone(),
            short_no: order.and_then(|order| order.short_no).unwrap_or_default(),
            at_ms: tender.opened_at_ms,
            tender: glance.shown_tender(&tender),
        });
    }
    Ok(open)
}

/// The same weekday a week before: until the same time of day when the day is not over, else whole.
fn compare(
    glance: &Glance<'_>,
    day: BusinessDay,
    is_today: bool,
    net: Fen,
) -> Result<Option<TakingsCompare>, Halt> {
    let before = day.plus_days(-WEEK_DAYS);
    let rows = glance.view.rollups(before)?;
    if rows.is_empty() {
        return Ok(None);
    }
    // A shift that goes on after its day's end has the whole day before to compare with.
    let is_under_way = is_today && glance.view.shop_time()?.business_day(glance.now_ms) == day;
    let then = if is_under_way {
        until(glance, before, &rows)?
    } else {
        whole(glance, before, &rows)?
    };
    let more = net.minor() - then.net_minor;
    Ok(Some(TakingsCompare {
        day: before.to_string(),
        net_minor: then.net_minor,
        more_minor: more,
        more_permille: permille(Fen::new(more), Fen::new(then.net_minor)),
        orders: then.orders,
        average_minor: average(Fen::new(then.net_minor), then.orders).minor(),
    }))
}

fn whole(glance: &Glance<'_>, day: BusinessDay, rows: &[(RollupKey, Rollup)]) -> Result<Stretch, Halt> {
    Ok(Stretch {
        net_minor: rows.iter().map(|(_, rollup)| rollup.net.minor()).sum(),
        orders: glance
            .view
            .order_counts(day)?
            .iter()
            .map(|(_, orders)| orders)
            .sum(),
    })
}

/// Hours that were over by now a week ago come from the rollup, the hour in between from its facts.
fn until(glance: &Glance<'_>, day: BusinessDay, rows: &[(RollupKey, Rollup)]) -> Result<Stretch, Halt> {
    let time = glance.view.shop_time()?;
    let until_ms = glance.now_ms - WEEK_DAYS * DAY_MS;
    let hour_now = time.hour(until_ms);
    let first = glance.view.first_hour()?;
    let since_turn = |hour: u8| (hour + 24 - first) % 24;
    let is_over = |hour: u8| since_turn(hour) < since_turn(hour_now);
    let counts = glance.view.order_counts(day)?;
    let part = glance.view.hour_until(day, hour_now, until_ms)?;
    Ok(Stretch {
        net_minor: part.net_minor
            + rows
                .iter()
                .filter(|(key, _)| is_over(key.hour))
                .map(|(_, rollup)| rollup.net.minor())
                .sum::<i64>(),
        orders: part.orders
            + counts
                .iter()
                .filter(|(hour, _)| is_over(*hour))
                .map(|(_, orders)| orders)
                .sum::<i64>(),
    })
}
