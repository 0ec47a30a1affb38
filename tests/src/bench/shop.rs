//! A till at its counter, worked by a machine: the same keys at the same times give the same rows.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use suanpan_till::host::{Host, Now};
use suanpan_till::rpc::{CatalogueFile, Command, EnterText, EnteredBy, Nothing, TakeCash};
use suanpan_till::store::DATABASE_NAME;
use suanpan_till::till::{Till, TillConfig};

use super::clock::Watch;
use super::goods;
use super::problem::{BenchError, same};
use crate::sim::rng::Rng;

/// Ten in the morning in the shop on 20 November 2026: far from the turn of the day.
pub const OPENING_MS: i64 = 1_795_140_000_000;
const DATA: &str = "data";
const WITNESS: &str = "witness";
/// How fast a practised cashier presses keys.
const KEY_MS: i64 = 800;
/// Lines of the basket that the sale rows are about.
pub const LINES: usize = 5;
/// A note that covers every basket: five of the dearest articles cost less.
pub const NOTE_YUAN: &str = "500";

/// A clock that moves only when told to, and chance from a seed.
#[derive(Debug)]
pub struct Machine {
    started_ms: i64,
    key_ms: i64,
    now_ms: AtomicI64,
    chance: Mutex<Rng>,
}

impl Machine {
    /// The machine every till of the bench runs on.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Self::starting(OPENING_MS, KEY_MS)
    }

    /// One whose clock stands at `now_ms`, and passes `key_ms` with every key.
    #[must_use]
    pub fn starting(now_ms: i64, key_ms: i64) -> Arc<Self> {
        Arc::new(Self {
            started_ms: now_ms,
            key_ms,
            now_ms: AtomicI64::new(now_ms),
            chance: Mutex::new(Rng::new(now_ms.unsigned_abs())),
        })
    }

    /// The time between two keys passes.
    fn pass(&self) {
        self.now_ms.fetch_add(self.key_ms, Ordering::Relaxed);
    }
}

impl Host for Machine {
    fn now(&self) -> Now {
        let now_ms = self.now_ms.load(Ordering::Relaxed);
        Now {
            wall_ms: now_ms,
            monotonic_ms: now_ms - self.started_ms,
        }
    }

    fn random(&self, bytes: &mut [u8]) {
        self.chance
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .fill(bytes);
    }
}

/// How the till of a folder is kept: every commit on the disk.
#[must_use]
pub fn config(folder: &Path) -> TillConfig {
    TillConfig::new(&folder.join(DATA), &folder.join(WITNESS))
}

/// The same without waiting for the disk, where nothing is measured.
#[must_use]
pub fn hasty_config(folder: &Path) -> TillConfig {
    TillConfig::simulated(&folder.join(DATA), &folder.join(WITNESS))
}

/// The database of the till of a folder.
#[must_use]
pub fn database(folder: &Path) -> PathBuf {
    folder.join(DATA).join(DATABASE_NAME)
}

/// A till and whoever stands at it.
#[derive(Debug)]
pub struct Counter {
    till: Till,
    machine: Arc<Machine>,
    database: PathBuf,
    articles: usize,
    sales: usize,
}

/// One command of a sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A barcode is scanned.
    Scan,
    /// Collecting begins: numbers are given, lines are frozen.
    Begin,
    /// Cash is taken: the order is completed.
    Cash,
}

/// What a basket costs after 抹零 was looked for: every price ends on a whole jiao.
fn total_minor(articles: impl Iterator<Item = goods::Article>) -> i64 {
    articles.map(|article| article.price_minor).sum()
}

impl Counter {
    /// A new till in `folder` with that many articles.
    ///
    /// # Errors
    /// When it cannot be opened or takes no catalogue.
    pub fn open(folder: &Path, articles: usize) -> Result<Self, BenchError> {
        let mut counter = Self::open_empty(folder)?;
        counter.stock(articles)?;
        Ok(counter)
    }

    /// A till in `folder`, as it stands.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open_empty(folder: &Path) -> Result<Self, BenchError> {
        Self::open_as(folder, &config(folder), Machine::new())
    }

    /// The same with another configuration, on another machine.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open_as(folder: &Path, config: &TillConfig, machine: Arc<Machine>) -> Result<Self, BenchError> {
        let host: Arc<dyn Host> = machine.clone();
        let till = Till::open(config, host).map_err(|problem| BenchError::product("open", problem))?;
        Ok(Self {
            till,
            machine,
            database: database(folder),
            articles: 0,
            sales: 0,
        })
    }

    /// Brings the catalogue.
    ///
    /// # Errors
    /// When the till does not take it.
    pub fn stock(&mut self, articles: usize) -> Result<(), BenchError> {
        let file = CatalogueFile {
            csv: goods::csv(articles),
            dry_run: false,
        };
        let report = self.press(Command::CatalogueImport(file))?;
        same(
            "articles added",
            &report["added"].as_u64(),
            &u64::try_from(articles).ok(),
        )?;
        self.articles = articles;
        Ok(())
    }

    /// The catalogue in the folder is the first `articles` goods.
    pub const fn know(&mut self, articles: usize) {
        self.articles = articles;
    }

    /// The till.
    pub const fn till(&mut self) -> &mut Till {
        &mut self.till
    }

    /// Its database.
    #[must_use]
    pub fn database(&self) -> &Path {
        &self.database
    }

    /// Makes everything on screen once more; how long that took, in nanoseconds.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn look(&self) -> Result<u64, BenchError> {
        let watch = Watch::start();
        let state = self.till.state();
        let ns = watch.ns();
        state
            .map(|_| ns)
            .map_err(|problem| BenchError::product("state", problem))
    }

    /// Gives the till away; its database stays.
    #[must_use]
    pub fn into_till(self) -> Till {
        self.till
    }

    /// Carries out one command.
    ///
    /// # Errors
    /// When the till refuses it.
    pub fn press(&mut self, command: Command) -> Result<Value, BenchError> {
        self.press_timed(command).map(|(answer, _)| answer)
    }

    fn press_timed(&mut self, command: Command) -> Result<(Value, u64), BenchError> {
        self.machine.pass();
        let what = format!("{command:?}");
        let watch = Watch::start();
        let answer = self.till.execute(command);
        let ns = watch.ns();
        let answer = answer
            .map_err(|problem| BenchError::product(what.chars().take(80).collect::<String>(), problem))?;
        Ok((answer, ns))
    }

    /// The articles of the sale that comes next.
    pub fn basket(&self) -> impl Iterator<Item = goods::Article> + use<> {
        let (first, articles) = (self.sales * LINES, self.articles);
        (first..first + LINES).map(move |number| goods::article(number % articles))
    }

    /// Scans one article; how long that took, in nanoseconds.
    ///
    /// # Errors
    /// When it does not become a line.
    pub fn scan(&mut self, article: &goods::Article) -> Result<u64, BenchError> {
        let text = EnterText {
            text: article.code.clone(),
            by: EnteredBy::Scan,
        };
        let (entered, ns) = self.press_timed(Command::BasketEnter(text))?;
        if entered["line_id"].is_null() {
            return Err(BenchError::Wrong(format!(
                "{} made no line: {}",
                article.code, entered["problem"]
            )));
        }
        Ok(ns)
    }

    /// Takes cash for what stands in the basket; how long that took, in nanoseconds.
    ///
    /// # Errors
    /// When that does not complete the order with the right sum.
    pub fn cash(&mut self, wanted_minor: i64) -> Result<u64, BenchError> {
        let cash = TakeCash {
            received_yuan: NOTE_YUAN.to_owned(),
            replaces_tender: None,
            approval: None,
            expected_open_minor: None,
        };
        let (state, ns) = self.press_timed(Command::PayCash(cash))?;
        same("order paid", &paid_minor(&state), &Some(wanted_minor))?;
        self.sales += 1;
        Ok(ns)
    }

    /// One sale of five lines, paid in cash; `each` is told what every command took.
    ///
    /// # Errors
    /// When a command fails, or `each` does.
    pub fn sell(
        &mut self,
        mut each: impl FnMut(Step, u64) -> Result<(), BenchError>,
    ) -> Result<(), BenchError> {
        let basket: Vec<goods::Article> = self.basket().collect();
        for article in &basket {
            let ns = self.scan(article)?;
            each(Step::Scan, ns)?;
        }
        let (_, ns) = self.press_timed(Command::PayBegin(Nothing {}))?;
        each(Step::Begin, ns)?;
        let ns = self.cash(total_minor(basket.into_iter()))?;
        each(Step::Cash, ns)
    }
}

/// Total of the paid order on screen; nothing when there is none.
fn paid_minor(state: &Value) -> Option<i64> {
    (state["stage"] == "paid")
        .then(|| state["paid"]["total_minor"].as_i64())
        .flatten()
}
