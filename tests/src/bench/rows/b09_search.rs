//! B9, searching while somebody types: every kind of text, every length, among a hundred thousand articles.

use std::collections::BTreeMap;

use rusqlite::Connection;
use suanpan_till::rpc::{Command, PreviewText};
use suanpan_till::till::TillReader;

use crate::bench::Bench;
use crate::bench::clock::Watch;
use crate::bench::goods;
use crate::bench::problem::BenchError;
use crate::bench::report::{Line, Section, Target};
use crate::bench::samples::{Ratio, Round, Rounds, Samples};
use crate::bench::shop::Counter;
use crate::sim::rng::Rng;

const ROUNDS: usize = 5;
const ARTICLES_FULL: usize = 60;
const ARTICLES_SMOKE: usize = 3;
/// Texts the naive search is asked for per round; each walks the whole table.
const NAIVE_FULL: usize = 12;
const NAIVE_SMOKE: usize = 2;
/// Keys that somebody types before looking up.
const KEYS_MAX: usize = 8;
/// What the core may take for one key, so that the screen has the rest of the frame.
const BOUND_NS: u64 = 1_000_000;

/// What stands in many small programs, with the same number of hits.
const NAIVE: &str = "SELECT article_id FROM article WHERE name LIKE ?1 OR pinyin LIKE ?1 OR initials LIKE ?1
    OR code LIKE ?1 LIMIT 8";

/// Times by kind and length of the text.
type ByText = BTreeMap<(&'static str, usize), Samples>;

/// Measures the row.
///
/// # Errors
/// When the till fails, or a text taken from an article finds nothing.
pub fn measure(bench: &Bench) -> Result<Section, BenchError> {
    let folder = bench.folder_for("b9")?;
    let mut counter = bench.stocked(&folder.path().join("till"))?;
    let reader = counter
        .till()
        .reader()
        .map_err(|problem| BenchError::product("reader", problem))?;
    let bare = Connection::open(counter.database())?;
    let mut chance = Rng::new(99);
    let (mut by_text, mut rounds) = (ByText::new(), Rounds::default());
    for _ in 0..=ROUNDS {
        let texts = texts(bench, &mut counter, &mut chance)?;
        let mut times = ByText::new();
        for (kind, text) in &texts {
            let length = text.chars().count();
            times.entry((kind, length)).or_default().push(ask(&reader, text)?);
        }
        rounds.push(beside_naive(bench, &reader, &bare, &texts)?);
        for (key, samples) in times {
            by_text.entry(key).or_default().extend(&samples);
        }
    }
    Ok(told(bench, &by_text, &rounds))
}

/// Beginnings of names, pinyin, initials and codes, and ends of codes, of articles drawn by lot.
fn texts(
    bench: &Bench,
    counter: &mut Counter,
    chance: &mut Rng,
) -> Result<Vec<(&'static str, String)>, BenchError> {
    let mut texts = Vec::new();
    for _ in 0..bench.scale.choose(ARTICLES_FULL, ARTICLES_SMOKE) {
        let bound = u64::try_from(bench.articles()).unwrap_or(1);
        let goods = goods::article(usize::try_from(chance.below(bound)).unwrap_or(0));
        let article = counter
            .till()
            .view()
            .article_by_code(&goods.code)
            .map_err(|error| BenchError::product("article", error))?
            .ok_or_else(|| BenchError::Wrong(format!("{} is not found", goods.code)))?;
        let end: String = goods.code.chars().skip(goods.code.len() - KEYS_MAX).collect();
        let beginnings = [
            ("name", article.name),
            ("pinyin", typed(&article.pinyin)),
            ("initials", article.initials),
            ("code", goods.code),
        ];
        for (kind, whole) in &beginnings {
            let whole: Vec<char> = whole.chars().collect();
            let lengths = 1..=whole.len().min(KEYS_MAX);
            texts.extend(lengths.map(|length| (*kind, whole[..length].iter().collect())));
        }
        texts.extend((1..=KEYS_MAX).map(|length| ("end of code", end[KEYS_MAX - length..].to_owned())));
    }
    Ok(texts)
}

/// Pinyin as it is typed: without tones and blanks.
fn typed(pinyin: &str) -> String {
    const TONES: &[(&str, char)] = &[
        ("āáǎà", 'a'),
        ("ēéěè", 'e'),
        ("īíǐì", 'i'),
        ("ōóǒò", 'o'),
        ("ūúǔù", 'u'),
        ("ǖǘǚǜü", 'v'),
    ];
    let plain = |c: char| {
        TONES
            .iter()
            .find(|(marked, _)| marked.contains(c))
            .map_or(c, |(_, letter)| *letter)
    };
    pinyin.chars().filter(|c| !c.is_whitespace()).map(plain).collect()
}

fn ask(reader: &TillReader, text: &str) -> Result<u64, BenchError> {
    let command = Command::CatalogueSearch(PreviewText {
        text: text.to_owned(),
        line_id: None,
    });
    let watch = Watch::start();
    let answer = reader.execute(&command);
    let ns = watch.ns();
    let hits = answer
        .ok_or_else(|| BenchError::Wrong("a reader does not search".to_owned()))?
        .map_err(|problem| BenchError::product(text, problem))?;
    if hits.as_array().is_none_or(Vec::is_empty) {
        return Err(BenchError::Wrong(format!("{text} finds nothing")));
    }
    Ok(ns)
}

fn beside_naive(
    bench: &Bench,
    reader: &TillReader,
    bare: &Connection,
    texts: &[(&'static str, String)],
) -> Result<Round, BenchError> {
    let mut round = Round::default();
    let count = bench.scale.choose(NAIVE_FULL, NAIVE_SMOKE);
    let every = (texts.len() / count).max(1);
    for (_, text) in texts.iter().skip(every / 2).step_by(every) {
        round.product.push(ask(reader, text)?);
        let watch = Watch::start();
        let mut statement = bare.prepare_cached(NAIVE)?;
        let ids = statement.query_map([format!("%{text}%")], |row| row.get::<_, String>(0))?;
        let ids: Vec<String> = ids.collect::<Result<_, _>>()?;
        round.limit.push(watch.ns());
        drop(ids);
    }
    Ok(round)
}

fn told(bench: &Bench, by_text: &ByText, rounds: &Rounds) -> Section {
    let articles = bench.articles();
    let mut section = Section::new("B9", format!("Search as you type, {articles} articles"));
    let worst = by_text.iter().max_by_key(|(_, samples)| samples.p99());
    if let Some(((kind, length), samples)) = worst {
        section.line(Line::new(
            format!("slowest text ({kind}, {length} keys), p99, JSON made"),
            "1 ms in the core",
            Target::AtMost(1.0),
            Some(Ratio::once(samples.p99(), BOUND_NS)),
        ));
    }
    section.line(Line::new(
        "LIKE over four columns, p50",
        "the till's search, p50",
        Target::AtLeast(25.0),
        rounds.ratio_of(|round| (round.limit.p50(), round.product.p50())),
    ));
    for ((kind, length), samples) in by_text {
        section.time(format!("{kind}, {length} keys"), samples);
    }
    section.time("till, texts also asked naively", &rounds.product());
    section.time("LIKE over four columns", &rounds.limit());
    section
}
