//! The desktop program without its windows: practice and the real shop never mix, what was open opens again,
//! and practice outlives the death of its child process.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use suanpan_desk::{At, Desk, DeskConfig, LobbyState, NameError, Places, Wish};
use suanpan_tests::house::clock::LATER;
use suanpan_tests::house::programs::program;
use suanpan_tests::house::shop::Shop;
use suanpan_till::hold::Hold;
use suanpan_till::host::SystemHost;
use suanpan_till::rpc::state::{SyncPhase, TillState};
use suanpan_till::rpc::{Code, Command, Nothing};
use suanpan_till::shell::approver::Approver;

const PRACTICE: Wish = Wish::Practice(Nothing {});
const LEAVE: Wish = Wish::LeavePractice(Nothing {});

fn places(folder: &Path) -> Places {
    Places::new(folder.join("data"), folder.join("state"))
}

/// A start of the program, with what was open last opened again.
async fn started(folder: &Path) -> Desk {
    std::fs::create_dir_all(places(folder).data()).unwrap();
    let config = DeskConfig {
        places: places(folder),
        practice_program: program("suanpan-practice"),
    };
    let desk = Desk::new(config, Arc::new(SystemHost::new()));
    desk.begin().await;
    desk
}

fn at(desk: &Desk) -> At {
    desk.lobby().borrow().at
}

fn command(name: &str, payload: &Value) -> Command {
    serde_json::from_value(json!({ "cmd": name, "payload": payload })).unwrap()
}

async fn ask(desk: &Desk, name: &str, payload: Value) -> Value {
    desk.rpc(command(name, &payload)).await.unwrap().unwrap()
}

async fn seen(desk: &Desk, what: &str, is_so: impl Fn(&TillState) -> bool) -> Arc<TillState> {
    let mut till = desk.till();
    let so = till.wait_for(|state| state.as_ref().is_some_and(|state| is_so(state)));
    let state = tokio::time::timeout(LATER, so).await;
    state
        .unwrap_or_else(|_| panic!("not in time: {what}"))
        .unwrap()
        .clone()
        .unwrap()
}

async fn sell_something(desk: &Desk) -> Value {
    ask(
        desk,
        "basket.enter",
        json!({ "text": "6901668005731", "by": "hand" }),
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fresh_install_chooses_and_practice_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let desk = started(folder.path()).await;
    assert_eq!(at(&desk), At::Choosing);
    assert!(desk.rpc(Command::StateGet(Nothing {})).await.is_none());

    let practising = desk.wish(PRACTICE).await;
    let expected = LobbyState {
        at: At::Practice,
        problem: None,
        can_leave_practice: true,
    };
    assert_eq!(practising, expected);
    seen(&desk, "the sample shop is marked and online", |state| {
        state.shop.practice && state.sync.phase == SyncPhase::InStep
    })
    .await;
    sell_something(&desk).await;
    assert!(
        !places(folder.path()).till().exists(),
        "nothing of practice is in the real data"
    );

    let left = desk.wish(LEAVE).await;
    assert_eq!((left.at, left.can_leave_practice), (At::Choosing, false));
    assert!(desk.till().borrow().is_none());
    assert!(!places(folder.path()).practice().exists());
    desk.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn practice_is_open_again_after_a_start_with_its_basket() {
    let folder = tempfile::tempdir().unwrap();
    let desk = started(folder.path()).await;
    desk.wish(PRACTICE).await;
    sell_something(&desk).await;
    let before = ask(&desk, "state.get", json!({})).await;
    desk.stop().await.unwrap();
    drop(desk);

    let desk = started(folder.path()).await;
    assert_eq!(at(&desk), At::Practice);
    let after = ask(&desk, "state.get", json!({})).await;
    assert_eq!(before["basket"], after["basket"]);
    desk.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_till_is_offline_while_practices_child_is_dead_and_comes_back_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let desk = started(folder.path()).await;
    desk.wish(PRACTICE).await;
    seen(&desk, "online", |state| state.sync.phase == SyncPhase::InStep).await;
    let child = desk.practice_process().await.unwrap();
    kill_process(
        Pid::from_raw(i32::try_from(child).unwrap()).unwrap(),
        Signal::KILL,
    )
    .unwrap();
    seen(&desk, "offline", |state| state.sync.phase != SyncPhase::InStep).await;
    seen(&desk, "online again", |state| {
        state.sync.phase == SyncPhase::InStep
    })
    .await;
    ask(&desk, "practice.trades", json!({})).await;
    desk.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_does_not_fit_is_said_and_a_real_shop_takes_the_place_of_practice() {
    let folder = tempfile::tempdir().unwrap();
    let shop = tokio::task::spawn_blocking(Shop::without_tills).await.unwrap();
    let desk = started(folder.path()).await;
    desk.wish(PRACTICE).await;
    let refused = desk
        .wish(Wish::Connect {
            line: "nonsense".to_owned(),
        })
        .await;
    assert_eq!(refused.at, At::Practice, "practice stays until the shop is there");
    assert_eq!(refused.problem.unwrap().code, Code::EnrolLineMalformed);

    let line = shop.invite();
    let joined = desk.wish(Wish::Connect { line }).await;
    assert_eq!(
        (joined.at, joined.problem, joined.can_leave_practice),
        (At::Shop, None, false)
    );
    assert!(!places(folder.path()).practice().exists());
    let state = seen(&desk, "the real shop", |state| {
        state.sync.phase == SyncPhase::InStep
    })
    .await;
    assert!(!state.shop.practice);
    assert_eq!(
        desk.wish(PRACTICE).await.at,
        At::Shop,
        "nobody practises in a real shop's till"
    );
    desk.stop().await.unwrap();
    drop(desk);

    std::fs::remove_file(places(folder.path()).data().join("desk.json")).unwrap();
    let desk = started(folder.path()).await;
    assert_eq!(
        at(&desk),
        At::Shop,
        "the till's own data says that it belongs to a shop"
    );
    desk.stop().await.unwrap();
}

fn note(folder: &Path, open: &str) {
    let path = places(folder).data().join("desk.json");
    std::fs::write(path, json!({ "open": open }).to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shops_till_never_ends_up_in_practice() {
    let folder = tempfile::tempdir().unwrap();
    let shop = tokio::task::spawn_blocking(Shop::without_tills).await.unwrap();
    let desk = started(folder.path()).await;
    let line = shop.invite();
    assert_eq!(desk.wish(Wish::Connect { line }).await.at, At::Shop);
    desk.stop().await.unwrap();
    drop(desk);

    note(folder.path(), "practice");
    let desk = started(folder.path()).await;
    assert_eq!(
        at(&desk),
        At::Shop,
        "it ended between joining and leaving practice"
    );
    desk.stop().await.unwrap();
    drop(desk);

    // Another program has the till's data, so that it does not open.
    let hold = Hold::take(&places(folder.path()).till().join("till.lock")).unwrap();
    assert!(hold.is_some());
    let desk = started(folder.path()).await;
    assert_eq!(at(&desk), At::Choosing);
    let refused = desk.wish(PRACTICE).await;
    assert_eq!(refused.at, At::Choosing);
    assert_eq!(refused.problem.unwrap().code, Code::TillBelongsToShop);
    desk.stop().await.unwrap();
    drop((desk, hold));

    let desk = started(folder.path()).await;
    assert_eq!(at(&desk), At::Shop, "what belongs to a shop is still noted");
    desk.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn practice_that_cannot_be_forgotten_stays_open_and_the_shop_comes_with_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let shop = tokio::task::spawn_blocking(Shop::without_tills).await.unwrap();
    let desk = started(folder.path()).await;
    desk.wish(PRACTICE).await;
    let in_the_way = places(folder.path()).data().join("desk.json.draft");
    std::fs::create_dir(&in_the_way).unwrap();
    let line = shop.invite();
    let kept = desk.wish(Wish::Connect { line }).await;
    assert_eq!((kept.at, kept.can_leave_practice), (At::Practice, true));
    assert!(kept.problem.unwrap().reference.is_some());
    seen(&desk, "practice is what is open", |state| state.shop.practice).await;

    std::fs::remove_dir(&in_the_way).unwrap();
    let left = desk.wish(LEAVE).await;
    assert_eq!((left.at, left.problem), (At::Shop, None), "the shop was joined");
    seen(&desk, "the real shop", |state| !state.shop.practice).await;
    desk.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_gets_a_new_pin_from_whoever_may_start_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let shop = tokio::task::spawn_blocking(Shop::without_tills).await.unwrap();
    let approver = |pin: &str| Approver::read("赵店长", pin.as_bytes()).unwrap();
    let desk = started(folder.path()).await;
    let nobody = desk.name_manager(approver("1357")).await;
    assert!(matches!(nobody, Err(NameError::NoShop)), "{nobody:?}");
    let line = shop.invite();
    assert_eq!(desk.wish(Wish::Connect { line }).await.at, At::Shop);
    let state = seen(&desk, "the real shop", |state| !state.shop.practice).await;
    assert!(!state.shop.has_manager);
    desk.stop().await.unwrap();
    for pin in ["1357", "2468"] {
        desk.name_manager(approver(pin)).await.unwrap();
    }
    drop(desk);

    let desk = started(folder.path()).await;
    seen(&desk, "somebody can approve", |state| state.shop.has_manager).await;
    let sign_in = |pin: &str| command("people.sign_in", &json!({ "name": "赵店长", "pin": pin }));
    let old = desk.rpc(sign_in("1357")).await.unwrap();
    assert_eq!(old.unwrap_err().code, Code::PinNotTheirs);
    desk.rpc(sign_in("2468")).await.unwrap().unwrap();
    desk.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn practice_that_cannot_open_is_said_and_can_be_thrown_away() {
    let folder = tempfile::tempdir().unwrap();
    let desk = started(folder.path()).await;
    desk.wish(PRACTICE).await;
    desk.stop().await.unwrap();
    drop(desk);
    std::fs::write(places(folder.path()).practice().join("shop/practice.json"), "{").unwrap();

    let desk = started(folder.path()).await;
    let lobby = desk.lobby().borrow().clone();
    assert_eq!((lobby.at, lobby.can_leave_practice), (At::Choosing, true));
    assert!(
        lobby.problem.unwrap().reference.is_some(),
        "a reference to read aloud"
    );
    desk.wish(LEAVE).await;
    assert_eq!(desk.wish(PRACTICE).await.at, At::Practice);
    desk.stop().await.unwrap();
}

/// Nobody waits for more than this for a fresh practice shop, also on a busy machine.
#[tokio::test(flavor = "multi_thread")]
async fn practice_is_open_well_within_a_minute() {
    let folder = tempfile::tempdir().unwrap();
    let desk = started(folder.path()).await;
    let opened = tokio::time::timeout(Duration::from_secs(60), desk.wish(PRACTICE)).await;
    assert_eq!(opened.unwrap().at, At::Practice);
    desk.stop().await.unwrap();
}
