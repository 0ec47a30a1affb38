//! Secrets of callers: where they are read from, and how one is made.
//!
//! A reference is `file:PATH` (a file that only its owner may read) or `env:NAME` (an environment variable). A
//! secret is read when it is needed and kept nowhere else, so that a changed one counts at once.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use suanpan_wire::PRODUCT_APP_ID;

use crate::identity::{is_readable_by_others, private_file};
use crate::rng::{Rng, readable};
use crate::rows::caller::Caller;

/// Folder below the data folder for the secrets that are made here.
const FOLDER: &str = "callers";
/// Characters of a secret that is made here: 200 bits.
const SECRET_CHARS: usize = 40;
/// Shortest secret that is taken.
const SECRET_BYTES_MIN: usize = 16;
/// Longest name of a caller.
const NAME_CHARS_MAX: usize = 64;

/// Refuses a name that is none, or our own.
///
/// # Errors
/// With a sentence for the operator.
pub fn check_name(product_app_id: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let fits = (1..=NAME_CHARS_MAX).contains(&product_app_id.len())
        && product_app_id.chars().all(plain)
        && !product_app_id.starts_with('.');
    ensure!(
        fits,
        "a caller's name has letters, digits, `-`, `_` and `.`, such as jzo2o.orders"
    );
    ensure!(
        product_app_id != PRODUCT_APP_ID,
        "{PRODUCT_APP_ID} is the tills' own name"
    );
    Ok(())
}

/// Reads a caller's secret.
///
/// # Errors
/// With a sentence for the operator, which never holds the secret.
pub fn secret(caller: &Caller) -> Result<Vec<u8>> {
    let text = if let Some(path) = caller.secret_ref.strip_prefix("file:") {
        read_file(Path::new(path))?
    } else if let Some(name) = caller.secret_ref.strip_prefix("env:") {
        std::env::var(name).with_context(|| format!("the variable {name} is not set"))?
    } else {
        bail!("a secret's reference is file:PATH or env:NAME");
    };
    let secret = text.trim().as_bytes().to_vec();
    ensure!(
        secret.len() >= SECRET_BYTES_MIN,
        "the secret of {} has fewer than {SECRET_BYTES_MIN} characters",
        caller.product_app_id
    );
    Ok(secret)
}

fn read_file(path: &Path) -> Result<String> {
    let readable = is_readable_by_others(path).with_context(|| format!("{}", path.display()))?;
    ensure!(
        !readable,
        "{} can be read by others than its owner: set its mode to 0600",
        path.display()
    );
    fs::read_to_string(path).with_context(|| format!("{}", path.display()))
}

/// Makes a secret for a caller below the data folder, where there is none yet; its reference.
///
/// # Errors
/// When the folder does not take it.
pub fn make_secret(folder: &Path, product_app_id: &str, rng: &dyn Rng) -> Result<String> {
    let folder = folder.join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let path: PathBuf = folder.canonicalize()?.join(format!("{product_app_id}.secret"));
    if !path.exists() {
        let secret = readable(rng, SECRET_CHARS);
        private_file(&path)?.write_all(format!("{secret}\n").as_bytes())?;
    }
    Ok(format!("file:{}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(secret_ref: String) -> Caller {
        Caller {
            product_app_id: "jzo2o.orders".into(),
            caller_id: 1,
            secret_ref,
            trusted: String::new(),
            revoked_at_ms: None,
        }
    }

    #[test]
    fn a_secret_is_made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let rng = |byte: u8| move |bytes: &mut [u8]| bytes.fill(byte);
        let made = make_secret(folder.path(), "jzo2o.orders", &rng(1)).unwrap();
        assert_eq!(made, make_secret(folder.path(), "jzo2o.orders", &rng(2)).unwrap());
        assert_eq!(secret(&caller(made)).unwrap().len(), SECRET_CHARS);
    }

    #[cfg(unix)]
    #[test]
    fn a_secret_that_others_may_read_is_short_or_is_nowhere_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let made = make_secret(folder.path(), "a", &|bytes: &mut [u8]| bytes.fill(1)).unwrap();
        let path = made.strip_prefix("file:").unwrap().to_owned();
        fs::write(&path, "short\n").unwrap();
        assert!(secret(&caller(made.clone())).is_err());
        fs::write(&path, "long enough to be a secret\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(secret(&caller(made)).is_err());
        for nowhere in ["file:nowhere", "env:SUANPAN_NO_SUCH_VARIABLE", "plain"] {
            assert!(secret(&caller(nowhere.to_owned())).is_err(), "{nowhere}");
        }
    }

    #[test]
    fn a_name_is_no_path_and_not_ours() {
        assert!(check_name("jzo2o.orders").is_ok());
        for bad in ["", "../x", "a b", ".hidden", PRODUCT_APP_ID, "店"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
