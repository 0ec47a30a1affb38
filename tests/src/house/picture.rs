//! Reading codes out of pictures with an independent reader.

use std::fs;
use std::process::Command;

/// The text of the one QR code in a PNG picture; none when none can be read.
///
/// # Panics
/// When `zbarimg` is not installed or there are several codes.
#[must_use]
pub fn read_code(png: &[u8]) -> Option<String> {
    let folder = tempfile::tempdir().expect("the machine has room for a picture");
    let path = folder.path().join("screen.png");
    fs::write(&path, png).expect("a temporary folder takes files");
    let output = Command::new("zbarimg")
        .args(["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable"])
        .arg(&path)
        .output()
        .expect("zbarimg (package zbar-tools) is installed");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut codes = text.lines().filter(|line| !line.is_empty());
    let code = codes.next().map(ToOwned::to_owned);
    assert_eq!(codes.next(), None, "more than one code in the picture");
    code
}
