//! A shop whose centre is two processes on one PostgreSQL: either serves every till, and either may die.

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
        let api = platform_wire.address();
        centres[0].ask(&["channel", "add", "--store", &store, "--practice-api", api]);
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
            server,
            folder,
        }
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
    pub fn rows(&self, query: &str) -> Vec<String> {
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

    /// Waits until nothing is open or on its way any more: every tender has come to rest.
    pub fn wait_at_rest(&self, within: Duration) {
        wait_until("every tender has come to rest", within, || {
            let open = self.number("SELECT count(*) FROM pay_order WHERE state IN ('NO_PAY', 'CANCELING')");
            (open == 0).then_some(())
        });
    }

    /// What must hold whatever died: each tender is settled by one payment, its money is at the platform, every
    /// stream is without gaps, and every journal goes on from entry to entry.
    ///
    /// # Panics
    /// When it does not.
    pub fn assert_nothing_lost_and_nothing_twice(&self) {
        let none = |what: &str, query: &str| {
            let found = self.rows(query);
            assert!(found.is_empty(), "{what}: {found:?}");
        };
        none(
            "tenders with two winners, or a winner that is not paid",
            "SELECT pay_order_id FROM pay_order p WHERE (state = 'PAID') <> (1 = (SELECT count(*) FROM trade t
             WHERE t.pay_order_id = p.pay_order_id AND t.disposition = 'WINNER' AND t.state = 'PAID'))",
        );
        none(
            "streams with a gap",
            "SELECT topic, generation FROM change GROUP BY topic, generation HAVING count(*) <> max(position)",
        );
        none(
            "journals with a gap",
            "SELECT till_id, epoch FROM journal GROUP BY till_id, epoch HAVING count(*) <> max(seq)",
        );
        none(
            "entries that do not continue the one before",
            "SELECT a.till_id, a.seq FROM journal a JOIN journal b ON b.till_id = a.till_id AND b.epoch = a.epoch
             AND b.seq = a.seq - 1 WHERE a.prev_hash <> b.hash",
        );
        none(
            "numbers that were given twice",
            "SELECT n FROM (SELECT pay_order_id AS n FROM pay_order UNION ALL SELECT trade_no FROM trade
             UNION ALL SELECT audit_id FROM audit UNION ALL SELECT till_id FROM till) all_numbers
             GROUP BY n HAVING count(*) > 1",
        );
        let held = self.number(
            "SELECT coalesce(sum(t.amount_minor), 0) - coalesce((SELECT sum(amount_minor) FROM refund_record
             WHERE refund_status = 2), 0) FROM trade t WHERE t.state = 'PAID'",
        );
        assert_eq!(
            held,
            self.sandbox.net_minor(),
            "the platform holds what the books say"
        );
    }

    /// A path inside the shop's folder.
    #[must_use]
    pub fn inside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn centre(folder: &Path, number: &str, database: &str) -> Centre {
    let name = format!("centre-{number}");
    let mut centre = Centre::new(&folder.join(&name), &folder.join("logs").join(&name));
    centre.keep_in(database);
    centre.say(LOG);
    centre
}
