//! A running till without a centre, and with one that nobody reaches.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::commands::import;
use crate::host::SystemHost;
use crate::link::practice::tests::FaultBoard;
use crate::rpc::practice::FaultSwitches;
use crate::rpc::print::{PrintPhase, PrinterSwitches};
use crate::rpc::state::{SyncPhase, TillState};
use crate::rpc::{CatalogueFile, EnterText, EnteredBy, Nothing, SetNetwork, TakeCash};
use crate::testkit::{CutShort, config, goods};

/// Far beyond what anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

async fn shell(folder: &tempfile::TempDir, sandbox: bool) -> Shell {
    shell_beside(folder, sandbox.then_some("http://127.0.0.1:1")).await
}

async fn shell_beside(folder: &tempfile::TempDir, sandbox: Option<&str>) -> Shell {
    let config = ShellConfig {
        till: config(folder.path()),
        sandbox: sandbox.map(|address| (address.to_owned(), "t".to_owned())),
    };
    let shell = Shell::start(config, Arc::new(SystemHost::new())).await.unwrap();
    shell.with_till(Till::seed_practice).await.unwrap();
    shell
}

fn scan() -> Command {
    Command::BasketEnter(EnterText {
        text: "6928804011142".into(),
        by: EnteredBy::Scan,
    })
}

async fn until(shell: &Shell, is_so: impl Fn(&TillState) -> bool) -> Arc<TillState> {
    let mut states = shell.states();
    let waited = tokio::time::timeout(PATIENCE, states.wait_for(|state| is_so(state))).await;
    Arc::clone(&waited.expect("it comes to that").expect("the shell lives"))
}

#[tokio::test]
async fn every_change_is_shown_with_a_higher_revision() {
    let folder = tempfile::tempdir().unwrap();
    let shell = shell(&folder, false).await;
    let mut revision = shell.states().borrow().revision;
    for pieces in 1..=5 {
        shell.rpc(scan()).await.unwrap();
        let state = Arc::clone(&shell.states().borrow());
        assert!(state.revision > revision && state.basket.pieces == pieces);
        revision = state.revision;
    }
    let asked = shell.rpc(Command::StateGet(Nothing {})).await.unwrap();
    assert_eq!(asked["revision"], revision);
    assert_eq!(shell.states().borrow().sync.phase, SyncPhase::Alone);
    shell.stop().await.unwrap();
}

#[tokio::test]
async fn what_was_sold_is_there_after_a_stop() {
    let folder = tempfile::tempdir().unwrap();
    let first = shell(&folder, false).await;
    first.rpc(scan()).await.unwrap();
    first.stop().await.unwrap();
    let second = shell(&folder, false).await;
    assert_eq!(second.states().borrow().basket.pieces, 1);
}

#[tokio::test]
async fn practice_belongs_to_practice() {
    let folder = tempfile::tempdir().unwrap();
    let shell = shell(&folder, false).await;
    for command in [
        Command::PracticeTrades(Nothing {}),
        Command::PracticeNetwork(SetNetwork { up: false }),
    ] {
        assert_eq!(shell.rpc(command).await.unwrap_err().code, Code::PracticeOnly);
    }
}

#[tokio::test]
async fn the_practice_screen_is_told_the_switches_as_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let board = FaultBoard::open();
    let shell = shell_beside(&folder, Some(&board.address)).await;
    let shown = || async {
        let shown = shell.rpc(Command::PracticeTrades(Nothing {})).await.unwrap();
        serde_json::from_value::<PracticeView>(shown).unwrap()
    };
    let whole = shown().await;
    assert!(whole.network_up && whole.faults == FaultSwitches::default());
    let cut = SetNetwork { up: false };
    shell.rpc(Command::PracticeNetwork(cut)).await.unwrap();
    board.set(serde_json::json!({ "at": "call", "effect": "lost_reply" }));
    let broken = shown().await;
    assert!(!broken.network_up && broken.faults.lose_answers);
    shell.stop().await.unwrap();
}

#[tokio::test]
async fn a_centre_that_does_not_answer_is_offline_soon_and_selling_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let first = shell(&folder, true).await;
    let enrolment = crate::testkit::enrolment();
    first
        .with_till(move |till| till.write(|tx| Ok(tx.save_enrolment(&enrolment)?)))
        .await
        .unwrap();
    first.stop().await.unwrap();
    let shell = shell(&folder, true).await;
    until(&shell, |state| state.sync.phase == SyncPhase::Offline).await;
    for _ in 0..20 {
        shell.rpc(scan()).await.unwrap();
    }
    let state = until(&shell, |state| state.basket.pieces == 20).await;
    assert!(state.sync.entries_only_here >= 20 && state.sync.offline_since_ms.is_some());
    shell.rpc(Command::SyncRetry(Nothing {})).await.unwrap();
    shell
        .rpc(Command::PracticeNetwork(SetNetwork { up: false }))
        .await
        .unwrap();
    shell.stop().await.unwrap();
}

#[tokio::test]
async fn an_enrolled_till_joins_no_other_centre_and_takes_its_own_line_again() {
    let folder = tempfile::tempdir().unwrap();
    let shell = shell(&folder, false).await;
    let enrolment = crate::testkit::enrolment();
    shell
        .with_till(move |till| till.write(|tx| Ok(tx.save_enrolment(&enrolment)?)))
        .await
        .unwrap();
    for own in ["http://127.0.0.1:1#AGAIN", "http://127.0.0.1:1/#AGAIN#print"] {
        shell.enrol(own).await.unwrap();
    }
    for other in ["http://127.0.0.1:2#CODE", "http://127.0.0.1:1#CODE#another"] {
        let refused = shell.enrol(other).await.unwrap_err();
        assert_eq!(refused.code, Code::TillBelongsToShop, "{other}");
    }
    shell.stop().await.unwrap();
}

fn import_of(articles: usize) -> Command {
    Command::CatalogueImport(CatalogueFile {
        csv: goods(articles),
        dry_run: false,
    })
}

async fn articles(shell: &Shell) -> i64 {
    let count = |till: &mut Till| till.read(|glance| Ok(glance.view.article_count()?));
    shell.with_till(count).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn scans_are_answered_while_a_catalogue_is_read_in_and_a_second_one_waits_for_it() {
    const ARTICLES: usize = 1_200;
    let folder = tempfile::tempdir().unwrap();
    let shell = Arc::new(shell(&folder, false).await);
    let before = articles(&shell).await;
    let beside = |command| {
        let shell = Arc::clone(&shell);
        tokio::spawn(async move { shell.rpc(command).await })
    };
    let imports = [beside(import_of(ARTICLES)), beside(import_of(ARTICLES))];
    let mut between = 0;
    while !imports.iter().all(tokio::task::JoinHandle::is_finished) {
        shell.rpc(scan()).await.unwrap();
        let now = articles(&shell).await;
        between += u32::from(before < now && now < before + i64::try_from(ARTICLES).unwrap());
    }
    assert!(between >= 3, "{between} scans were answered between the steps");
    let mut added = Vec::new();
    for import in imports {
        added.push(import.await.unwrap().unwrap()["added"].as_u64().unwrap());
    }
    added.sort_unstable();
    assert_eq!(added, [0, u64::try_from(ARTICLES).unwrap()]);
    Arc::into_inner(shell).unwrap().stop().await.unwrap();
}

#[tokio::test]
async fn an_import_that_was_cut_short_goes_on_after_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let first = shell(&folder, false).await;
    let before = articles(&first).await;
    let cut = first.with_till(|till| {
        let mut desk = CutShort { till, writes: 8 };
        import::import(&mut desk, import::judge(&goods(100))?, false)
    });
    assert_eq!(cut.await.unwrap_err().code, Code::NotSaved);
    let half = articles(&first).await;
    assert!(before < half && half < before + 100, "{before} {half}");
    first.stop().await.unwrap();
    let second = shell(&folder, false).await;
    let done = async {
        while articles(&second).await < before + 100 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, done).await.unwrap();
    second.stop().await.unwrap();
}

async fn sell(shell: &Shell) {
    shell.rpc(scan()).await.unwrap();
    shell.rpc(Command::PayBegin(Nothing {})).await.unwrap();
    let cash = TakeCash {
        received_yuan: String::new(),
        replaces_tender: None,
        approval: None,
        expected_open_minor: None,
    };
    shell.rpc(Command::PayCash(cash)).await.unwrap();
    shell.rpc(Command::PayNext(Nothing {})).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_come_out_beside_selling_and_after_a_stop_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let first = shell(&folder, true).await;
    sell(&first).await;
    until(&first, |state| {
        state.print.owed == 0 && state.print.last_order_id.is_some()
    })
    .await;
    let slow = PrinterSwitches {
        slow: true,
        ..PrinterSwitches::default()
    };
    first.rpc(Command::PracticePrinter(slow)).await.unwrap();
    sell(&first).await;
    let waiting = until(&first, |state| state.print.phase == Some(PrintPhase::Printing)).await;
    assert_eq!(waiting.print.owed, 1);
    first.stop().await.unwrap();
    let second = shell(&folder, true).await;
    until(&second, |state| state.print.owed == 0).await;
    let printed = second.rpc(Command::PracticePrinted(Nothing {})).await.unwrap();
    assert_eq!(printed["count"], 2);
    second.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shell_that_is_only_dropped_lets_the_data_go() {
    let folder = tempfile::tempdir().unwrap();
    drop(shell(&folder, false).await);
    let opened = async {
        while let Err(problem) = Till::open(&config(folder.path()), Arc::new(SystemHost::new())) {
            assert_eq!(problem.code, Code::AlreadyRunning);
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, opened).await.unwrap();
}
