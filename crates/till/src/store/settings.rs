//! Settings, the enrolment, the people, and the till's own row.

use rusqlite::{OptionalExtension, params};
use suanpan_domain::number::{self, LONE_WORKER_MIN};
use suanpan_domain::time::{BusinessDay, DEFAULT_ZONE, ShopTime};

use super::error::StoreError;
use super::rows::{Enrolment, PersonRow, Role, StaffRow};
use super::tx::WriteTx;
use super::view::View;

/// Keys of settings.
pub mod keys {
    /// `zh-CN` or `en`.
    pub const LANGUAGE: &str = "language";
    /// Colours of the screens, a name of `rpc::look::Theme`.
    pub const THEME: &str = "theme";
    /// Size of everything on screen, a name of `rpc::look::TextSize`.
    pub const TEXT_SIZE: &str = "text_size";
    /// `1` while the money is play money.
    pub const PRACTICE: &str = "practice";
    /// Name of the person at the till.
    pub const CASHIER: &str = "cashier";
    /// Name of the store while the till is not enrolled.
    pub const STORE_NAME: &str = "store_name";
    /// Centre's time minus the wall clock, milliseconds, as last learnt.
    pub const CENTRE_OFFSET_MS: &str = "centre_offset_ms";
    /// Means the centre offers, names separated by commas.
    pub const MEANS_OFFERED: &str = "means_offered";
    /// How long a code lives, milliseconds.
    pub const CODE_LIFE_MS: &str = "code_life_ms";
    /// Version of the catalogue.
    pub const CATALOGUE_VERSION: &str = "catalogue_version";
    /// Wrong PINs in a row.
    pub const PIN_FAILURES: &str = "pin_failures";
    /// When the last wrong PIN was entered, UTC milliseconds.
    pub const PIN_FAILED_AT_MS: &str = "pin_failed_at_ms";
    /// Until when no PIN is taken, UTC milliseconds.
    pub const PIN_WAIT_UNTIL_MS: &str = "pin_wait_until_ms";
    /// `1` when cash is counted without seeing what is expected.
    pub const BLIND_COUNT: &str = "blind_count";
    /// Which printer: `none` or `pictures`; without it practice has the latter.
    pub const PRINTER: &str = "printer";
    /// `0` when receipts print only when somebody asks.
    pub const PRINT_RECEIPTS: &str = "print_receipts";
    /// Where the slow check of older entries stands: `epoch/seq`.
    pub const CHECKED_UP_TO: &str = "checked_up_to";
}

/// Label of a till that is not enrolled: no centre gives it out.
const LONE_LABEL: &str = "0";
/// Whose name stands on sales before anyone was named.
const NOBODY: &str = "-";

impl View<'_> {
    /// A setting.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn setting(&self, key: &str) -> Result<Option<String>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT value FROM setting WHERE key = ?1")?
            .query_row([key], |row| row.get(0))
            .optional()?)
    }

    /// A setting that is a whole number; 0 without it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn setting_number(&self, key: &str) -> Result<i64, StoreError> {
        Ok(self.setting(key)?.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    /// Name of the person at the till.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn cashier(&self) -> Result<String, StoreError> {
        Ok(self.setting(keys::CASHIER)?.unwrap_or_else(|| NOBODY.to_owned()))
    }

    /// Whether the money is play money.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn is_practice(&self) -> Result<bool, StoreError> {
        Ok(self.setting(keys::PRACTICE)?.as_deref() == Some("1"))
    }

    /// The enrolment; nothing while the till stands alone.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn enrolment(&self) -> Result<Option<Enrolment>, StoreError> {
        Ok(self
            .conn
            .prepare_cached(
                "SELECT till_id, store_id, till_label, worker, store_name, zone, cutoff_minutes,
                 centre_address, centre_key, fingerprint FROM enrolment",
            )?
            .query_row([], |row| {
                Ok(Enrolment {
                    till_id: row.get(0)?,
                    store_id: row.get(1)?,
                    till_label: row.get(2)?,
                    worker: row.get(3)?,
                    store_name: row.get(4)?,
                    zone: row.get(5)?,
                    cutoff_minutes: row.get(6)?,
                    centre_address: row.get(7)?,
                    centre_key: row.get(8)?,
                    fingerprint: row.get(9)?,
                })
            })
            .optional()?)
    }

    /// Worker of the till's numbers; 0 while it stands alone.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn worker(&self) -> Result<u16, StoreError> {
        let given = self
            .conn
            .prepare_cached("SELECT worker FROM enrolment")?
            .query_row([], |row| row.get(0))
            .optional()?;
        match given {
            Some(worker) => Ok(worker),
            None => self.lone_worker(),
        }
    }

    /// Drawn from the till's own id, so that two tills that sell before they are enrolled hardly share one.
    fn lone_worker(&self) -> Result<u16, StoreError> {
        let uid: String = self
            .conn
            .prepare_cached("SELECT till_uid FROM till")?
            .query_row([], |row| row.get(0))?;
        let drawn = suanpan_wire::sign::sha256(uid.as_bytes());
        Ok(LONE_WORKER_MIN | u16::from_be_bytes([drawn[0], drawn[1]]))
    }

    /// Number of the till within its store.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn till_label(&self) -> Result<String, StoreError> {
        Ok(self
            .enrolment()?
            .map_or_else(|| LONE_LABEL.to_owned(), |enrolment| enrolment.till_label))
    }

    /// Name of the store.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn store_name(&self) -> Result<String, StoreError> {
        match self.enrolment()? {
            Some(enrolment) => Ok(enrolment.store_name),
            None => Ok(self.setting(keys::STORE_NAME)?.unwrap_or_default()),
        }
    }

    /// IANA name of the shop's zone.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn zone(&self) -> Result<String, StoreError> {
        Ok(self
            .enrolment()?
            .map_or_else(|| DEFAULT_ZONE.to_owned(), |enrolment| enrolment.zone))
    }

    /// The shop's clock.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn shop_time(&self) -> Result<ShopTime, StoreError> {
        Ok(self
            .enrolment()?
            .and_then(|enrolment| ShopTime::try_new(&enrolment.zone, enrolment.cutoff_minutes))
            .unwrap_or_else(ShopTime::china))
    }

    /// The hour in which the shop's day turns.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn first_hour(&self) -> Result<u8, StoreError> {
        let cutoff = self.enrolment()?.map_or(0, |enrolment| enrolment.cutoff_minutes);
        Ok(u8::try_from(cutoff / 60 % 24).unwrap_or(0))
    }

    /// Everybody who may work here, by name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn people(&self) -> Result<Vec<PersonRow>, StoreError> {
        let mut statement = self
            .conn
            .prepare_cached("SELECT staff_id, name, role, pin_hash FROM staff ORDER BY name, staff_id")?;
        let rows = statement.query_map([], |row| {
            let role: String = row.get(2)?;
            Ok(PersonRow {
                staff_id: row.get(0)?,
                who: StaffRow {
                    name: row.get(1)?,
                    role: if role == Role::Manager.name() {
                        Role::Manager
                    } else {
                        Role::Cashier
                    },
                    pin_hash: row.get(3)?,
                },
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether somebody can approve: a manager with a PIN.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn has_manager(&self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM staff WHERE role = ?1 AND pin_hash IS NOT NULL)";
        let mut statement = self.conn.prepare_cached(sql)?;
        Ok(statement.query_row([Role::Manager.name()], |row| row.get(0))?)
    }

    /// Id of this till's data, made with the file.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn till_uid(&self) -> Result<String, StoreError> {
        Ok(self
            .conn
            .query_row("SELECT till_uid FROM till", [], |row| row.get(0))?)
    }

    /// The last number handed out.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn number_mark(&self) -> Result<number::Mark, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT number_ms, number_sequence FROM till")?
            .query_row([], |row| {
                Ok(number::Mark {
                    last_ms: row.get(0)?,
                    sequence: row.get(1)?,
                })
            })?)
    }

    /// The order on screen: open, being paid, or just paid.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn current_order_id(&self) -> Result<Option<String>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT current_order_id FROM till")?
            .query_row([], |row| row.get(0))?)
    }

    pub(super) fn revision(&self) -> Result<i64, StoreError> {
        Ok(self
            .conn
            .query_row("SELECT revision FROM till", [], |row| row.get(0))?)
    }

    /// The last running number of a day in an epoch; 0 before the first.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn last_running(&self, day: BusinessDay, epoch: u32) -> Result<u32, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT MAX(running) FROM orders WHERE business_day = ?1 AND epoch = ?2")?
            .query_row(params![day.to_string(), epoch], |row| {
                row.get::<_, Option<u32>>(0)
            })?
            .unwrap_or(0))
    }
}

impl WriteTx<'_> {
    /// Sets a setting.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_setting(&mut self, key: &str, value: &str) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached(
                "INSERT INTO setting (key, value) VALUES (?1, ?2)
                 ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            )?
            .execute([key, value])?;
        Ok(())
    }

    /// Puts an order on screen, or none.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_current_order(&mut self, order_id: Option<&str>) -> Result<(), StoreError> {
        self.conn()
            .prepare_cached("UPDATE till SET current_order_id = ?1")?
            .execute([order_id])?;
        Ok(())
    }

    /// Keeps the store this till belongs to from now on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save_enrolment(&mut self, enrolment: &Enrolment) -> Result<(), StoreError> {
        self.conn().execute(
            "INSERT OR REPLACE INTO enrolment (one, till_id, store_id, till_label, worker, store_name, zone,
             cutoff_minutes, centre_address, centre_key, fingerprint)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                enrolment.till_id,
                enrolment.store_id,
                enrolment.till_label,
                enrolment.worker,
                enrolment.store_name,
                enrolment.zone,
                enrolment.cutoff_minutes,
                enrolment.centre_address,
                enrolment.centre_key,
                enrolment.fingerprint,
            ],
        )?;
        Ok(())
    }

    /// Adds a person, or changes the one of that id.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save_staff(&mut self, staff_id: &str, person: &StaffRow) -> Result<(), StoreError> {
        self.conn().execute(
            "INSERT OR REPLACE INTO staff (staff_id, name, role, pin_hash) VALUES (?1, ?2, ?3, ?4)",
            params![staff_id, person.name, person.role.name(), person.pin_hash],
        )?;
        Ok(())
    }

    /// Takes a person off the list.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn delete_staff(&mut self, staff_id: &str) -> Result<(), StoreError> {
        self.conn()
            .execute("DELETE FROM staff WHERE staff_id = ?1", [staff_id])?;
        Ok(())
    }
}
