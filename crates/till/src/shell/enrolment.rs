//! How a running till comes to its centre: enrolment, and connecting with what was enrolled.

use std::sync::Arc;

use suanpan_wire::enrol::{EnrolAnswer, Invitation};
use suanpan_wire::sign::fingerprint_of_base64;
use tokio::sync::mpsc;

use super::driver::Driver;
use super::{Core, Shell, locked};
use crate::commands::sync::Sync;
use crate::link::{Link, Signer, Stamp, enrol, keys};
use crate::rpc::{Code, Problem};
use crate::store::Enrolment;
use crate::till::Till;

impl Shell {
    /// Whether the till belongs to a store.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn is_enrolled(&self) -> Result<bool, Problem> {
        self.shared
            .on_core(|core| Ok(enrolment(&core.till)?.is_some()))
            .await
    }

    /// Enrols the till with a line `address#code#fingerprint`, or `address#code` for a centre on this
    /// machine, and connects. Either way the centre's key is pinned from then on. A till that is enrolled
    /// with the line's centre already stays as it is.
    ///
    /// # Errors
    /// [`crate::rpc::Code::EnrolLineMalformed`], [`crate::rpc::Code::EnrolCodeWrong`],
    /// [`crate::rpc::Code::EnrolCodeUsed`], [`crate::rpc::Code::CentreUnreachable`],
    /// [`crate::rpc::Code::CentreNotTheOne`], [`crate::rpc::Code::TillBelongsToShop`]; nothing was changed then.
    pub async fn enrol(&self, line: &str) -> Result<(), Problem> {
        let line = enrol::read_line(line)?;
        let joined = self.shared.on_core(|core| enrolment(&core.till)).await?;
        if let Some(joined) = joined {
            return if is_of(&line, &joined) {
                Ok(())
            } else {
                Err(Problem::new(Code::TillBelongsToShop))
            };
        }
        let (key, stamp) = self
            .shared
            .on_core(|core| {
                let till = &core.till;
                let key = keys::load_or_make(till.store().folder(), till.host());
                let stamp = Stamp::fresh(till.now_ms(), till.host());
                Ok((key.map_err(|error| error.problem())?, stamp))
            })
            .await?;
        let answer = enrol::ask(&line, &key, &stamp).await?;
        self.shared
            .on_core(move |core| keep(&mut core.till, &line, answer))
            .await?;
        self.connect().await
    }

    /// Begins to talk with the centre, when there is one and nobody talks yet.
    pub(super) async fn connect(&self) -> Result<(), Problem> {
        let mut driver = self.driver.lock().await;
        if driver.is_some() {
            return Ok(());
        }
        let network = self.network.subscribe();
        let Some(link) = self.shared.on_core(move |core| prepare(core, network)).await? else {
            return Ok(());
        };
        let (sender, nudges) = mpsc::unbounded_channel();
        *locked(&self.shared.nudges) = Some(sender);
        *driver = Some(Driver::start(Arc::clone(&self.shared), link, nudges));
        Ok(())
    }
}

/// Whether a line leads to the centre that was joined.
fn is_of(line: &Invitation, joined: &Enrolment) -> bool {
    let is_its_key = line
        .fingerprint
        .as_ref()
        .is_none_or(|named| *named == joined.fingerprint);
    is_its_key && line.address == joined.centre_address
}

fn enrolment(till: &Till) -> Result<Option<Enrolment>, Problem> {
    till.read(|glance| Ok(glance.view.enrolment()?))
}

fn keep(till: &mut Till, line: &Invitation, answer: EnrolAnswer) -> Result<(), Problem> {
    let fingerprint =
        fingerprint_of_base64(&answer.centre_key).ok_or_else(|| Problem::new(Code::CentreNotTheOne))?;
    till.learn_centre_time(answer.centre_time_ms)?;
    let enrolment = Enrolment {
        till_id: answer.till_id,
        store_id: answer.store_id,
        till_label: answer.till_label,
        worker: answer.worker,
        store_name: answer.store_name,
        zone: answer.zone,
        cutoff_minutes: answer.cutoff_minutes,
        centre_address: line.address.clone(),
        centre_key: answer.centre_key,
        fingerprint,
    };
    till.write(|tx| Ok(tx.save_enrolment(&enrolment)?))
}

/// Makes the sync of an enrolled till, and its link.
fn prepare(
    core: &mut Core,
    network: tokio::sync::watch::Receiver<bool>,
) -> Result<Option<Arc<Link>>, Problem> {
    let till = &core.till;
    let Some(enrolment) = enrolment(till)? else {
        return Ok(None);
    };
    let key = keys::load_or_make(till.store().folder(), till.host()).map_err(|error| error.problem())?;
    let signer = Arc::new(Signer::new(
        enrolment.till_id.clone(),
        key,
        enrolment.centre_key.clone(),
    ));
    let (address, fingerprint) = (&enrolment.centre_address, &enrolment.fingerprint);
    let link = Link::try_new(address, fingerprint, Arc::clone(&signer), network)?;
    let mut seed = [0; 8];
    till.host().random(&mut seed);
    core.sync = Some(Sync::new(u64::from_le_bytes(seed), enrolment.till_id, signer));
    Ok(Some(Arc::new(link)))
}
