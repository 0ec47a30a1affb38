//! A shop's data folder as a person's machine has it after a year: a large catalogue, a million orders, and a till
//! that belongs to a centre.

use std::path::{Path, PathBuf};
use std::process;

use suanpan_desk::Places;
use suanpan_till::rpc::Command;
use suanpan_till::rpc::people::{PersonRole, SavePerson};
use suanpan_till::till::TillConfig;

use crate::bench::Bench;
use crate::bench::clock::Watch;
use crate::bench::line::centre::{self, Served};
use crate::bench::line::counter::Running;
use crate::bench::problem::BenchError;
use crate::bench::shop::{Machine, OPENING_MS, database};
use crate::bench::stocked::copy;
use crate::bench::years;
use crate::house::programs::program;

const ORDERS_FULL: usize = 1_000_000;
const ORDERS_SMOKE: usize = 2_000;
const IN_STEP_WITHIN_S: f64 = 60.0;

/// The shop, its folders and the centre it belongs to.
#[derive(Debug)]
pub struct YearOldShop {
    places: Places,
    folder: PathBuf,
    /// How many orders it holds.
    pub orders: usize,
    /// Stops with the value.
    _centre: Served,
}

impl YearOldShop {
    /// Makes it in `folder`.
    ///
    /// # Errors
    /// When a part of it cannot be made.
    pub fn make(bench: &Bench, folder: &Path) -> Result<Self, BenchError> {
        let watch = Watch::start();
        let orders = bench.scale.choose(ORDERS_FULL, ORDERS_SMOKE);
        let (till, centre_folder) = (folder.join("making"), folder.join("centre"));
        let counter = bench.stocked(&till)?;
        let closed = counter.into_till().close();
        closed.map_err(|problem| BenchError::product("close", problem))?;
        years::fill(&database(&till), i64::try_from(orders).unwrap_or(i64::MAX))?;
        std::fs::create_dir_all(&centre_folder)?;
        let served = Served::start(&centre_folder, 0)?;
        let running = Running::start(&till)?;
        running.enrol(&centre::invite(&centre_folder, served.address())?)?;
        running.join(running.beside(Command::PeopleSave(manager())))?;
        running.wait_until_in_step(IN_STEP_WITHIN_S)?;
        running.stop()?;
        let places = Places::new(folder.join("data"), folder.join("state/suanpan"));
        move_in(&till, &places)?;
        eprintln!("bench: a year old shop, {:.1} s", watch.seconds());
        Ok(Self {
            places,
            folder: folder.to_owned(),
            orders,
            _centre: served,
        })
    }

    /// The desktop program on it, not started yet.
    #[must_use]
    pub fn window(&self) -> process::Command {
        let mut command = process::Command::new(program("suanpan"));
        command.args(self.window_arguments());
        at_home(&mut command, &self.folder);
        command
    }

    /// What the desktop program is told on its command line.
    #[must_use]
    pub fn window_arguments(&self) -> [PathBuf; 2] {
        ["--data".into(), self.places.data().to_owned()]
    }

    /// The same till without a window, not started yet.
    #[must_use]
    pub fn bridge(&self) -> process::Command {
        let mut command = process::Command::new(program("suanpan-bridge"));
        command.arg("--data").arg(self.places.till());
        at_home(&mut command, &self.folder);
        command
    }

    /// How much lies in open baskets, in thousandths of a piece.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn in_baskets(&self) -> Result<i64, BenchError> {
        const OPEN: &str = "SELECT COALESCE(SUM(l.quantity_milli), 0) FROM order_line l JOIN orders o USING (order_id) WHERE o.state = 'OPEN'";
        let database =
            rusqlite::Connection::open(self.places.till().join(suanpan_till::store::DATABASE_NAME))?;
        Ok(database.query_row(OPEN, [], |row| row.get(0))?)
    }

    /// The folder that everything of it lies in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// How the till is opened, for opening it in this process.
    #[must_use]
    pub fn config(&self) -> TillConfig {
        TillConfig::new(&self.places.till(), &self.places.witness())
    }

    /// A machine whose clock stands at the day of the bench.
    #[must_use]
    pub fn machine(&self) -> std::sync::Arc<Machine> {
        Machine::starting(OPENING_MS, 0)
    }
}

/// A shop that has been open for a year has somebody who runs it.
fn manager() -> SavePerson {
    SavePerson {
        staff_id: None,
        name: "王芳".to_owned(),
        role: PersonRole::Manager,
        pin: Some("2468".to_owned()),
        approval: None,
    }
}

/// Puts a till's two parts where the desktop program keeps them.
fn move_in(till: &Path, places: &Places) -> Result<(), BenchError> {
    copy(&till.join("data"), &places.till())?;
    let witness = places.witness();
    if let Some(folder) = witness.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::copy(till.join("witness"), &witness)?;
    Ok(())
}

/// A home of its own, so that nothing is shared with whoever runs the bench.
pub fn at_home(command: &mut process::Command, folder: &Path) {
    for variable in ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"] {
        command.env(variable, folder.join("home"));
    }
    command.env("XDG_STATE_HOME", folder.join("state"));
    command.env("NO_AT_BRIDGE", "1").env_remove("WAYLAND_DISPLAY");
}
