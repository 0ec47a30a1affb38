//! The program itself: one line when it is ready, and an end when it is told to.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Ends the program if the test does not get that far.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already, which is what a passing test wants.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn get(address: &str, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

#[test]
fn the_program_says_where_it_is_and_ends_on_sigterm() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_suanpan-sandbox"));
    command
        .args(["--listen", "127.0.0.1:0", "--seed", "1"])
        .stdout(Stdio::piped());
    let mut running = Running(command.spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(ready["token"].as_str().unwrap().len(), 32);
    assert_eq!(ready["api"], ready["sandbox"]);
    assert_eq!(ready["alipayApps"][0], "2021000199900101");
    assert!(ready["desk"].as_str().unwrap().contains("/desk#"));
    let address = ready["sandbox"]
        .as_str()
        .unwrap()
        .strip_prefix("http://")
        .unwrap();
    assert!(get(address, "/healthz").unwrap().starts_with("HTTP/1.1 200"));
    assert!(get(address, "/admin/trades").unwrap().starts_with("HTTP/1.1 401"));

    let told = Command::new("kill")
        .args(["-TERM", &running.0.id().to_string()])
        .status()
        .unwrap();
    assert!(told.success());
    assert!(running.0.wait().unwrap().success());
}

#[test]
fn a_public_base_that_does_not_fit_a_code_is_refused_at_the_start() {
    let long = format!("http://{}", "a".repeat(60));
    let command = &mut Command::new(env!("CARGO_BIN_EXE_suanpan-sandbox"));
    let output = command.args(["--public-base", &long]).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("too long"));
}
