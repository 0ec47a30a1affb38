//! The practice shop: its articles, its people and its name. Play money only.

use crate::catalogue::file;
use crate::commands::glance::Glance;
use crate::commands::hash_pin;
use crate::rpc::Problem;
use crate::store::{Prepared, Role, StaffRow, keys};
use crate::till::Till;

/// The practice shop's articles, as a catalogue file.
pub const CATALOGUE: &str = include_str!("../sample/catalogue.csv");
const SHOP: &str = "幸福里便利店";
const CASHIER: &str = "王芳";
const MANAGER: &str = "李店长";
/// PIN of the practice shop's manager; a real shop chooses its own.
const PRACTICE_PIN: &str = "8888";

impl Till {
    /// Makes a fresh till the practice shop. A till that has articles, or is getting some, is left as it is.
    ///
    /// # Errors
    /// When it cannot be saved.
    pub fn seed_practice(&mut self) -> Result<(), Problem> {
        let is_fresh = |glance: &Glance<'_>| {
            Ok(glance.view.article_count()? == 0 && glance.view.import_stage()?.is_none())
        };
        if !self.read(is_fresh)? {
            return Ok(());
        }
        let articles: Vec<Prepared> = file::read(CATALOGUE)?.into_iter().map(Prepared::new).collect();
        let pin_hash = hash_pin(PRACTICE_PIN, self.host())?;
        self.write(|tx| {
            tx.import_articles(&articles)?;
            tx.set_setting(keys::PRACTICE, "1")?;
            tx.set_setting(keys::STORE_NAME, SHOP)?;
            tx.set_setting(keys::CASHIER, CASHIER)?;
            let person = |name: &str, role, pin_hash| StaffRow {
                name: name.to_owned(),
                role,
                pin_hash,
            };
            tx.save_staff("1", &person(CASHIER, Role::Cashier, None))?;
            tx.save_staff("2", &person(MANAGER, Role::Manager, Some(pin_hash)))?;
            Ok(())
        })
    }
}
