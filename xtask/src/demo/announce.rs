//! The file that tells a script where the practice shop is, and the lines that tell a person.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::demo::place::{Merchant, write_whole};

/// The caller that is let in unsigned from this machine.
pub const PRACTICE_APP: &str = "jzo2o.orders";

/// Where everything is. The first five and `merchants` are what scripts rely on.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Announcement {
    /// The first till's page, with its token.
    pub till: String,
    /// The first till's rpc address.
    pub rpc: String,
    /// The first till's token.
    pub token: String,
    /// The centre.
    pub centre: String,
    /// The existing contract's door, open to callers on this machine; none when the centre runs elsewhere.
    pub inner: Option<String>,
    /// The sandbox's admin address; none when the centre runs elsewhere.
    pub sandbox: Option<String>,
    /// The token of the sandbox's admin address.
    pub sandbox_token: Option<String>,
    /// The broker, if the shop has one.
    pub broker: Option<String>,
    /// The accounts the centre collects on; unknown when it runs elsewhere.
    pub merchants: Vec<Merchant>,
    /// Every till, the first included.
    pub tills: Vec<Till>,
}

/// Where one till is; also the ready line of the bridge.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Till {
    /// The page, with its token.
    pub till: String,
    /// The rpc address.
    pub rpc: String,
    /// The token rpc asks for.
    pub token: String,
}

/// The file while the shop is open; it goes when the shop closes, because its addresses are then nobody's.
pub struct AnnouncedFile {
    path: PathBuf,
}

impl AnnouncedFile {
    /// Writes the file whole.
    ///
    /// # Errors
    /// When its folder does not take it.
    pub fn write(path: &Path, announcement: &Announcement) -> Result<Self> {
        let mut text = serde_json::to_string_pretty(announcement)?;
        text.push('\n');
        write_whole(path, &text)?;
        Ok(Self {
            path: path.to_path_buf(),
        })
    }
}

impl Drop for AnnouncedFile {
    fn drop(&mut self) {
        if let Err(problem) = fs::remove_file(&self.path) {
            eprintln!("x: {} could not be removed: {problem}", self.path.display());
        }
    }
}

/// Tells a person where to look and what can be typed here.
pub fn tell(announcement: &Announcement) {
    println!("\nThe practice shop is open. The money is not real.");
    for (at, till) in announcement.tills.iter().enumerate() {
        println!("  till {}:  {}", at + 1, till.till);
    }
    println!("  centre:  {}", announcement.centre);
    if let Some(inner) = &announcement.inner {
        println!("  callers: {inner}  (the existing contract, as {PRACTICE_APP})");
    }
    if let Some(sandbox) = &announcement.sandbox {
        println!("  sandbox: {sandbox}");
    }
    if let Some(broker) = &announcement.broker {
        println!("  broker:  {broker}");
    }
    println!("\nType `centre stop` to see the till go on selling without its centre, `centre start` to see");
    println!("everything arrive there, and `quit` (or Ctrl C) to close the shop.");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn announcement() -> Announcement {
        let till = Till {
            till: String::from("http://a/#t"),
            rpc: String::from("http://a/rpc"),
            token: String::from("t"),
        };
        Announcement {
            till: till.till.clone(),
            rpc: till.rpc.clone(),
            token: till.token.clone(),
            centre: String::from("http://b"),
            inner: Some(String::from("http://d")),
            sandbox: Some(String::from("http://c")),
            sandbox_token: Some(String::from("s")),
            broker: None,
            merchants: vec![Merchant {
                channel: String::from("WECHAT_PAY"),
                enterprise_id: String::from("1"),
            }],
            tills: vec![till],
        }
    }

    #[test]
    fn the_file_has_the_agreed_names_and_goes_when_the_shop_closes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shop.json");
        let file = AnnouncedFile::write(&path, &announcement()).unwrap();
        let read: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        for name in ["till", "rpc", "token", "centre", "inner", "sandbox"] {
            assert!(read[name].is_string(), "{name}");
        }
        assert_eq!(read["merchants"][0]["channel"], "WECHAT_PAY");
        assert_eq!(read["merchants"][0]["enterpriseId"], "1");
        drop(file);
        assert!(!path.exists());
    }
}
