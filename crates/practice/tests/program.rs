//! The child process as its parent meets it: ready, gone with its parent, started again in the same place.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "what is not there fails the test right here")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use suanpan_practice::{Child, Keeper, StartError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const PROGRAM: &str = env!("CARGO_BIN_EXE_suanpan-practice");
/// A debug build on a busy machine opens its database in a few seconds.
const WITHIN: Duration = Duration::from_secs(60);

fn program() -> &'static Path {
    Path::new(PROGRAM)
}

fn kill(process_id: u32) {
    let pid = Pid::from_raw(i32::try_from(process_id).unwrap()).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
}

#[tokio::test]
async fn a_second_start_on_the_same_data_is_in_the_same_place_with_a_fresh_enrolment() {
    let folder = tempfile::tempdir().unwrap();
    let first = Child::start(program(), folder.path()).await.unwrap();
    let before = first.ready().clone();
    first.stop().await;
    let second = Child::start(program(), folder.path()).await.unwrap();
    let after = second.ready().clone();
    assert_eq!(
        (&before.sandbox, &before.token, &before.centre),
        (&after.sandbox, &after.token, &after.centre)
    );
    assert_ne!(before.enrol, after.enrol);
    second.stop().await;
}

#[tokio::test]
async fn a_killed_shop_is_started_again_in_the_same_place() {
    let folder = tempfile::tempdir().unwrap();
    let keeper = Keeper::open(program(), folder.path()).await.unwrap();
    let mut running = keeper.running();
    let first = running.borrow_and_update().unwrap();
    kill(first);
    let back = running.wait_for(|process| process.is_some_and(|process| process != first));
    let second = tokio::time::timeout(WITHIN, back)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_ne!(first, second);
    keeper.stop().await;
}

/// Who waits for a process must not close the pipe that keeps it alive.
#[tokio::test]
async fn it_stays_while_its_parent_waits_for_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Child::start(program(), folder.path()).await.unwrap();
    let address = child.ready().centre.strip_prefix("http://").unwrap().to_owned();
    let answered = tokio::select! {
        () = child.ended() => panic!("it ended by itself"),
        answered = answers_twice(&address) => answered,
    };
    answered.unwrap();
    child.stop().await;
}

/// Two answers, one after the other: somebody who is ending takes no second call.
async fn answers_twice(address: &str) -> std::io::Result<()> {
    for _ in 0..2 {
        let mut line = tokio::net::TcpStream::connect(address).await?;
        let request = format!("GET /readyz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        line.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        line.read_to_string(&mut answer).await?;
        assert!(answer.contains("204"), "{answer}");
    }
    Ok(())
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_said_in_words() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("practice.json"), "{").unwrap();
    let refused = Child::start(program(), folder.path()).await.unwrap_err();
    assert!(
        matches!(&refused, StartError::Refused(why) if why.contains("damaged")),
        "{refused}"
    );
}

#[tokio::test]
async fn a_program_that_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nothing");
    let refused = Child::start(&missing, folder.path()).await.unwrap_err();
    assert!(refused.to_string().contains("nothing"), "{refused}");
}

/// However the parent ends, the pipe closes.
#[test]
fn it_ends_when_its_standard_input_closes() {
    let folder = tempfile::tempdir().unwrap();
    let mut process = Command::new(PROGRAM)
        .arg("--data")
        .arg(folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    assert!(line.contains("\"ready\""), "{line}");
    drop(process.stdin.take());
    assert!(process.wait().unwrap().success());
}
