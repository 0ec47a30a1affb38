//! A whole practice shop on free ports of this machine, in a folder that vanishes with it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::house::books;
use crate::house::centre::Centre;
use crate::house::clock::{SOON, wait_or_tell};
use crate::house::proxy::Proxy;
use crate::house::sandbox::Sandbox;
use crate::house::till::{Till, TillPlan, text};

/// What the sample shop is called.
const STORE_NAME: &str = "幸福里便利店";

/// How a shop is opened.
#[derive(Clone, Debug)]
pub struct ShopPlan {
    tills: usize,
    centre: Vec<&'static str>,
    database: Option<String>,
    with_alipay: bool,
}

impl ShopPlan {
    /// With so many tills; one unless said.
    #[must_use]
    pub fn tills(mut self, tills: usize) -> Self {
        self.tills = tills;
        self
    }

    /// With these arguments more for `suanpan-trade serve`.
    #[must_use]
    pub fn centre_with(mut self, arguments: &[&'static str]) -> Self {
        self.centre.extend(arguments);
        self
    }

    /// With the centre's books in the database at an address.
    #[must_use]
    pub fn keeping_in(mut self, database: &str) -> Self {
        self.database = Some(database.to_owned());
        self
    }

    /// With an account at Alipay too.
    #[must_use]
    pub const fn with_alipay(mut self) -> Self {
        self.with_alipay = true;
        self
    }

    /// Opens it.
    #[must_use]
    pub fn open(self) -> Shop {
        let mut shop = Shop::planned(&self);
        for _ in 0..self.tills {
            let line = shop.invite();
            let till = shop.add_till(&line);
            till.start();
            till.wait_in_step(SOON);
        }
        shop
    }
}

/// The open shop. Fields are dropped in order: tills first, the folder last.
#[derive(Debug)]
pub struct Shop {
    /// The tills.
    pub tills: Vec<Till>,
    /// The wires from each till to the centre.
    pub wires: Vec<Proxy>,
    /// The centre.
    pub centre: Centre,
    /// The wire from the centre to the platform.
    pub platform_wire: Proxy,
    /// The platform.
    pub sandbox: Sandbox,
    /// The store's id at the centre.
    pub store: String,
    /// What `channel add` said.
    pub merchant: Value,
    /// The same of the account at Alipay; null where there is none.
    pub alipay: Value,
    folder: TempDir,
}

impl Shop {
    /// A shop to be planned.
    #[must_use]
    pub fn plan() -> ShopPlan {
        ShopPlan {
            tills: 1,
            centre: Vec::new(),
            database: None,
            with_alipay: false,
        }
    }

    /// A shop with one till.
    #[must_use]
    pub fn open() -> Self {
        Self::plan().open()
    }

    /// Sandbox and centre.
    ///
    /// # Panics
    /// When one does not start.
    #[must_use]
    pub fn without_tills() -> Self {
        Self::planned(&Self::plan())
    }

    fn planned(plan: &ShopPlan) -> Self {
        let folder = tempfile::Builder::new().prefix("suanpan-test-").tempdir();
        let folder = folder.expect("the machine has room for a shop");
        let logs = folder.path().join("logs");
        let sandbox = Sandbox::start(&logs);
        let platform_wire = Proxy::to(sandbox.api());
        let mut centre = Centre::new(&folder.path().join("centre"), &logs);
        if let Some(database) = &plan.database {
            centre.keep_in(database);
        }
        let store = text(&centre.ask(&["store", "add", "--name", STORE_NAME])["store"]);
        let api = platform_wire.address();
        let account = ["channel", "add", "--store", &store, "--practice-api", api];
        let merchant = centre.ask(&account);
        let alipay = plan
            .with_alipay
            .then(|| centre.ask(&[&account[..], &["--label", "ALI_PAY"]].concat()));
        centre.serve_with(&plan.centre);
        centre.start();
        Self {
            tills: Vec::new(),
            wires: Vec::new(),
            centre,
            platform_wire,
            sandbox,
            store,
            merchant,
            alipay: alipay.unwrap_or_default(),
            folder,
        }
    }

    /// A fresh enrolment line, as the centre prints it.
    #[must_use]
    pub fn invite(&self) -> String {
        text(&self.centre.ask(&["till", "invite", "--store", &self.store])["line"])
    }

    /// Adds a till that enrols with this line over a wire of its own; it is not started.
    ///
    /// # Panics
    /// When the line is not `address#code…`.
    pub fn add_till(&mut self, line: &str) -> &mut Till {
        let wire = Proxy::to(self.centre.url());
        let (_, rest) = line.split_once('#').expect("address#code#fingerprint");
        let mut plan = self.till_plan(self.tills.len() + 1);
        plan.enrol = Some(format!("{}#{rest}", wire.address()));
        self.wires.push(wire);
        self.tills.push(Till::new(plan));
        self.tills.last_mut().expect("just added")
    }

    /// What a till of this shop is started with, not enrolled.
    #[must_use]
    pub fn till_plan(&self, number: usize) -> TillPlan {
        let name = format!("till-{number}");
        TillPlan {
            data: self.inside(&name),
            home: self.inside(&format!("home-{number}")),
            logs: self.inside("logs"),
            name,
            enrol: None,
            sandbox: Some((self.sandbox.admin().to_owned(), self.sandbox.token().to_owned())),
            arguments: Vec::new(),
            typed: None,
        }
    }

    /// The first till.
    #[must_use]
    pub fn till(&self) -> &Till {
        &self.tills[0]
    }

    /// The first till, to start and stop it.
    pub fn till_mut(&mut self) -> &mut Till {
        &mut self.tills[0]
    }

    /// The wire of the first till.
    #[must_use]
    pub fn wire(&self) -> &Proxy {
        &self.wires[0]
    }

    /// Waits until the centre holds exactly what the tills wrote, every entry once and none refused.
    ///
    /// # Panics
    /// When that does not come in time.
    pub fn wait_until_books_agree(&self, within: Duration) {
        for till in &self.tills {
            let label = text(&till.state()["shop"]["till_label"]);
            let agreed = wait_or_tell(within, || {
                let written = books::written_by_till(till.data());
                let held = books::held_by_centre(self.centre.data(), &label);
                let (here, there) = (written.len(), held.len());
                if written == held {
                    Ok(())
                } else {
                    Err(format!("{here} written, {there} held"))
                }
            });
            agreed.unwrap_or_else(|seen| panic!("till {label}: {seen}\n{}", self.centre.log()));
        }
        assert_eq!(
            books::refused_by_centre(self.centre.data()),
            0,
            "entries were refused"
        );
    }

    /// A path inside the shop's folder.
    #[must_use]
    pub fn inside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The shop's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
