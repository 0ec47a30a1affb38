//! What `openssl speed` says a core can do: signatures made and checked per second with a key of 2048 bits.

use std::process::Command;

use super::problem::BenchError;

const NS_PER_S: f64 = 1_000_000_000.0;

/// One run of it.
#[derive(Clone, Copy, Debug)]
pub struct Rsa {
    /// Nanoseconds for a signature.
    pub sign_ns: u64,
    /// Nanoseconds to check one.
    pub verify_ns: u64,
}

/// Runs it for `seconds` on each.
///
/// # Errors
/// When it does not run or says something else; `Ok(None)` when it is not on this machine.
pub fn rsa_2048(seconds: usize) -> Result<Option<Rsa>, BenchError> {
    let seconds = seconds.to_string();
    let ran = Command::new("openssl")
        .args(["speed", "-seconds", &seconds, "rsa2048"])
        .output();
    let output = match ran {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        ran => ran?,
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let rsa = text.lines().find_map(read);
    rsa.map(Some)
        .ok_or_else(|| BenchError::product("openssl speed", text))
}

/// `rsa 2048 bits 0.000456s 0.000013s   2193.6  75393.5`.
fn read(line: &str) -> Option<Rsa> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, bits, "bits", .., sign, verify] = words.as_slice() else {
        return None;
    };
    if (*name, *bits) != ("rsa", "2048") {
        return None;
    }
    Some(Rsa {
        sign_ns: ns_each(sign)?,
        verify_ns: ns_each(verify)?,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time of some microseconds, in nanoseconds"
)]
fn ns_each(per_second: &str) -> Option<u64> {
    let per_second: f64 = per_second.parse().ok()?;
    (per_second > 0.0).then(|| (NS_PER_S / per_second) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_two_columns_are_signatures_and_checks_per_second() {
        let line = "rsa 2048 bits 0.000500s 0.000013s   2000.0  80000.0";
        let rsa = read(line).unwrap();
        assert_eq!((rsa.sign_ns, rsa.verify_ns), (500_000, 12_500));
        assert!(read("                  sign    verify    sign/s verify/s").is_none());
        assert!(read("rsa 4096 bits 0.000500s 0.000013s 2000.0 80000.0").is_none());
    }
}
