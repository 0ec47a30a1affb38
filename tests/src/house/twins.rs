//! A shop whose centre is two processes on one PostgreSQL: either serves every till, and either may die.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use suanpan_private_postgres::PrivatePostgres;
use suanpan_trade::service::{clock, database, system_rng};
use suanpan_trade::{ledger, office};
use tempfile::TempDir;

use crate::house::centre::Centre;
use crate::house::clock::wait_until;
use crate::house::proxy::Proxy;
use crate::house::sandbox::Sandbox;
use crate::house::till::{Till, TillPlan, text};

/// The database of the shop.
const DATABASE: &str = "shop";
/// What a process says of every call that it makes to the platform.
const CALLS: &str = "asking the platform";
/// The platforms that it collects on.
const PLATFORMS: [&str; 2] = ["WECHAT_PAY", "ALI_PAY"];
/// Refunds that nobody asked for, an hour and account: customers of a crowd pay twice more often than a shop's
/// customers do in a year.
const REFUNDS_PER_HOUR: &str = "1000000";
/// Their sum, fen.
const REFUND_SUM_PER_HOUR_MINOR: &str = "1000000000";
/// How much a process says, so that its calls can be counted.
const LOG: &str = "info,suanpan_trade=debug";

/// The shop. Fields are dropped in order: tills first, the server and the folder last.
#[derive(Debug)]
pub struct Twins {
    /// The tills.
    pub tills: Vec<Till>,
    /// The wires from each till to a process.
    pub wires: Vec<Proxy>,
    /// The processes of the centre.
    pub centres: [Centre; 2],
    /// The wire from both to the platform.
    pub platform_wire: Proxy,
    /// The platform.
    pub sandbox: Sandbox,
    /// The store's id.
    pub store: String,
    /// Its accounts at WeChat Pay and Alipay, by `enterpriseId`.
    pub merchants: [String; 2],
    /// The database server.
    pub server: PrivatePostgres,
    folder: TempDir,
}

impl Twins {
    /// Opens the shop, without tills.
    ///
    /// # Panics
    /// When a part does not start.
    #[must_use]
    pub fn open() -> Self {
        Self::open_serving(&[])
    }

    /// The same with these arguments more for `suanpan-trade serve` of both processes.
    ///
    /// # Panics
    /// When a part does not start.
    #[must_use]
    pub fn open_serving(arguments: &[&str]) -> Self {
        let server = PrivatePostgres::start().unwrap_or_else(|problem| panic!("{problem}"));
        server
            .create(DATABASE)
            .unwrap_or_else(|problem| panic!("{problem}"));
        let folder = tempfile::Builder::new().prefix("suanpan-test-").tempdir();
        let folder = folder.expect("the machine has room for a shop");
        let sandbox = Sandbox::start(&folder.path().join("logs"));
        let platform_wire = Proxy::to(sandbox.api());
        let mut centres = ["1", "2"].map(|number| centre(folder.path(), number, &server.url(DATABASE)));
        let store = text(&centres[0].ask(&["store", "add", "--name", "双机店"])["store"]);
        let merchants =
            PLATFORMS.map(|label| add_account(&centres[0], &store, label, platform_wire.address()));
        for centre in &mut centres {
            centre.serve_with(arguments);
        }
        centres[0].start();
        // The second process has the identity that the tills will know.
        let identity = |at: usize| centres[at].data().join("identity.key");
        fs::create_dir_all(centres[1].data()).expect("a temporary folder takes folders");
        fs::copy(identity(0), identity(1)).expect("the first process has made its identity");
        centres[1].start();
        Self {
            tills: Vec::new(),
            wires: Vec::new(),
            centres,
            platform_wire,
            sandbox,
            store,
            merchants,
            server,
            folder,
        }
    }

    /// Addresses of both processes.
    #[must_use]
    pub fn doors(&self) -> Vec<String> {
        self.centres
            .iter()
            .map(|centre| centre.url().to_owned())
            .collect()
    }

    /// Adds a till at one of the processes and starts it.
    ///
    /// # Panics
    /// When it does not start.
    pub fn add_till(&mut self, at: usize) -> &mut Till {
        let line = text(&self.centres[at].ask(&["till", "invite", "--store", &self.store])["line"]);
        let (_, rest) = line.split_once('#').expect("address#code#fingerprint");
        let wire = Proxy::to(self.centres[at].url());
        let number = self.tills.len() + 1;
        let name = format!("till-{number}");
        let mut till = Till::new(TillPlan {
            data: self.inside(&name),
            home: self.inside(&format!("home-{number}")),
            logs: self.inside("logs"),
            name,
            enrol: Some(format!("{}#{rest}", wire.address())),
            sandbox: Some((self.sandbox.admin().to_owned(), self.sandbox.token().to_owned())),
            arguments: Vec::new(),
            typed: None,
        });
        till.start();
        self.wires.push(wire);
        self.tills.push(till);
        self.tills.last_mut().expect("just added")
    }

    /// One-time codes for so many tills.
    ///
    /// # Panics
    /// When the database refuses.
    #[must_use]
    pub fn invitations(&self, tills: usize) -> Vec<String> {
        let db = database::open_database(self.centres[0].data()).expect("the database opens");
        let store = self.store.parse().expect("a store's id is a number");
        let invite = || {
            ledger::commit(&db, clock::now_ms(), |ledger| {
                office::invite_till(ledger, "crowd", &system_rng, store)
            })
        };
        (0..tills)
            .map(|_| invite().expect("a store takes tills").answer)
            .collect()
    }

    /// A number out of the shop's database.
    ///
    /// # Panics
    /// When the query gives none.
    #[must_use]
    pub fn number(&self, query: &str) -> i64 {
        let said = self.server.sql(DATABASE, query);
        let said = said.unwrap_or_else(|problem| panic!("{query}: {problem}"));
        said.parse().unwrap_or_else(|_| panic!("{query} gives {said:?}"))
    }

    /// Rows out of the shop's database, columns parted by `|`.
    ///
    /// # Panics
    /// When the query is none.
    #[must_use]
    pub fn rows(&self, query: &str) -> BTreeSet<String> {
        let said = self.server.sql(DATABASE, query);
        let said = said.unwrap_or_else(|problem| panic!("{query}: {problem}"));
        said.lines().map(str::to_owned).collect()
    }

    /// How many calls to the platform a process has made.
    #[must_use]
    pub fn calls_of(&self, at: usize) -> usize {
        self.centres[at].log().matches(CALLS).count()
    }

    /// Waits until both processes say that they can work.
    pub fn wait_ready(&self, within: Duration) {
        wait_until("both processes can work", within, || {
            self.centres.iter().all(Centre::is_ready).then_some(())
        });
    }

    /// A path inside the shop's folder.
    #[must_use]
    pub fn inside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

/// Adds the practice account of a platform; its `enterpriseId`.
fn add_account(centre: &Centre, store: &str, label: &str, api: &str) -> String {
    let account = [
        "channel",
        "add",
        "--store",
        store,
        "--label",
        label,
        "--practice-api",
        api,
    ];
    let brake = [
        "--refunds-per-hour",
        REFUNDS_PER_HOUR,
        "--refund-sum-per-hour-minor",
        REFUND_SUM_PER_HOUR_MINOR,
    ];
    text(&centre.ask(&[&account[..], &brake[..]].concat())["enterpriseId"])
}

fn centre(folder: &Path, number: &str, database: &str) -> Centre {
    let name = format!("centre-{number}");
    let mut centre = Centre::new(&folder.join(&name), &folder.join("logs").join(&name));
    centre.keep_in(database);
    centre.say(LOG);
    centre
}
