//! Which database belongs to a data folder, and which identity to a database.
//!
//! A folder has one database for good: the file in it, or the server that was named when it was first used. So a
//! command that forgets to name it does not work on an empty file beside it.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use crate::db::postgres::Address;
use crate::db::{AnyDb, DatabaseAt, Db};
use crate::fault::Fault;
use crate::identity::{IDENTITY_FILE, Identity, is_readable_by_others, private_file};
use crate::rows::meta;

use super::{make_folder, system_rng};

/// The database in the data folder.
pub const DATABASE_FILE: &str = "centre.db";
/// Where the address of a server is kept; it may hold a password.
pub const DATABASE_URL_FILE: &str = "database.url";

/// Lets a folder belong to the database of an address, from its first use on. The same database by another
/// address (a new password, another name of the server) replaces what was kept.
///
/// # Errors
/// With a sentence, also where the folder belongs to another database already.
pub fn choose(folder: &Path, url: &str) -> Result<()> {
    let chosen: Address = url.trim().parse()?;
    make_folder(folder)?;
    ensure!(
        !folder.join(DATABASE_FILE).exists(),
        "this folder's database is {DATABASE_FILE}, with its tills and its money: {chosen} needs a folder of its own"
    );
    let path = folder.join(DATABASE_URL_FILE);
    let kept = read(&path)?;
    if kept.as_deref() == Some(url.trim()) {
        return Ok(());
    }
    if let Some(kept) = &kept {
        let kept: Address = kept
            .parse()
            .with_context(|| format!("{} is damaged", path.display()))?;
        ensure!(
            kept.is_same_database(&chosen),
            "this folder belongs to {kept}, and {chosen} is another database: take another folder, or mend {}",
            path.display()
        );
    }
    let fresh = folder.join(format!("{DATABASE_URL_FILE}.new"));
    // What a start that was cut short left behind is of no use to anybody.
    let _ = std::fs::remove_file(&fresh);
    let mut file = private_file(&fresh).with_context(|| format!("cannot write {}", fresh.display()))?;
    writeln!(file, "{}", url.trim()).and_then(|()| file.sync_all())?;
    std::fs::rename(&fresh, &path).with_context(|| format!("cannot write {}", path.display()))
}

fn read(path: &Path) -> Result<Option<String>> {
    if !path.exists() {
        return Ok(None);
    }
    ensure!(
        !is_readable_by_others(path)?,
        "{} can be read by others than its owner: set its mode to 0600",
        path.display()
    );
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Some(text.trim().to_owned()))
}

/// Opens the database of a data folder. Not on a thread that serves requests: a server is waited for.
///
/// # Errors
/// With a sentence that names the database.
pub fn open_database(folder: &Path) -> Result<AnyDb> {
    make_folder(folder)?;
    let at = match read(&folder.join(DATABASE_URL_FILE))? {
        Some(url) => {
            let address = url.parse();
            DatabaseAt::Server(Box::new(
                address.with_context(|| format!("{DATABASE_URL_FILE} is damaged"))?,
            ))
        }
        None => DatabaseAt::File(folder.join(DATABASE_FILE)),
    };
    AnyDb::open(&at).with_context(|| match &at {
        DatabaseAt::File(path) => format!("{} was left as it is", path.display()),
        DatabaseAt::Server(address) => format!("{address} cannot be used"),
    })
}

/// Opens the identity that answers from this database are signed with, making one where there is none yet. On a
/// server every process has to have the same: it is what the tills have pinned.
///
/// # Errors
/// With a sentence, also where the database belongs to another identity.
pub fn open_identity(folder: &Path, db: &AnyDb) -> Result<Identity> {
    match db {
        AnyDb::Sqlite(_) => Ok(Identity::open(folder, &system_rng)?),
        AnyDb::Postgres(_) => shared_identity(folder, db),
    }
}

fn shared_identity(folder: &Path, db: &AnyDb) -> Result<Identity> {
    let known = db.read(|tx| Ok::<_, Fault>(meta::get(tx, meta::CENTRE_KEY)?))?;
    let file = folder.join(IDENTITY_FILE);
    if known.is_some() && !file.exists() {
        bail!(
            "other processes serve from this database with an identity that the tills know: copy their {IDENTITY_FILE} \
             to {} (mode 0600)",
            file.display()
        );
    }
    let identity = Identity::open(folder, &system_rng)?;
    let ours = identity.signing_key().public_base64();
    let kept = db.write(|tx| Ok::<_, Fault>(meta::put_once(tx, meta::CENTRE_KEY, &ours)?))?;
    ensure!(
        kept == ours,
        "{} is not the identity that the tills of this database know: copy {IDENTITY_FILE} from a process that \
         serves them",
        file.display()
    );
    Ok(identity)
}

#[cfg(test)]
mod tests {
    use suanpan_private_postgres::shared;

    use super::*;
    use crate::db::testing::new_schema;

    #[test]
    fn a_folder_belongs_to_the_database_it_was_first_used_with() {
        let folder = tempfile::tempdir().unwrap();
        let url = "postgres://u:old@127.0.0.1:5432/shop";
        choose(folder.path(), url).unwrap();
        choose(folder.path(), "postgres://u:new@127.0.0.1:5432/shop").unwrap();
        let kept = read(&folder.path().join(DATABASE_URL_FILE)).unwrap().unwrap();
        assert!(kept.contains("new"), "{kept}");
        let refused = choose(folder.path(), "postgres://u:new@127.0.0.1:5432/other").unwrap_err();
        assert!(refused.to_string().contains("another database"), "{refused}");
        assert!(!refused.to_string().contains("new@"), "{refused}");

        let with_file = tempfile::tempdir().unwrap();
        drop(open_database(with_file.path()).unwrap());
        let refused = choose(with_file.path(), url).unwrap_err();
        assert!(refused.to_string().contains("a folder of its own"), "{refused}");
    }

    #[test]
    fn every_process_on_one_server_signs_with_one_identity() {
        let url = new_schema(&shared().url("postgres"));
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let [first, second] = folders.each_ref().map(|folder| {
            choose(folder.path(), &url).unwrap();
            open_database(folder.path()).unwrap()
        });
        let identity = open_identity(folders[0].path(), &first).unwrap();
        let refused = open_identity(folders[1].path(), &second).unwrap_err();
        assert!(
            refused.to_string().contains("copy their identity.key"),
            "{refused}"
        );
        let file = |at: usize| folders[at].path().join(IDENTITY_FILE);
        assert!(!file(1).exists(), "no second identity was made");
        std::fs::copy(file(0), file(1)).unwrap();
        let same = open_identity(folders[1].path(), &second).unwrap();
        assert_eq!(same.signing_key().public(), identity.signing_key().public());
        std::fs::remove_file(file(1)).unwrap();
        Identity::open(folders[1].path(), &system_rng).unwrap();
        let refused = open_identity(folders[1].path(), &second).unwrap_err();
        assert!(refused.to_string().contains("not the identity"), "{refused}");
    }
}
