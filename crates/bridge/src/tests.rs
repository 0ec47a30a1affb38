//! The door of the bridge: who is answered, how much is taken, what is served.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use suanpan_till::TillConfig;
use suanpan_till::host::SystemHost;
use suanpan_till::rpc::{Code, Problem};
use suanpan_till::shell::{Shell, ShellConfig};
use tokio::net::TcpListener;

use super::*;

/// Far beyond what anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

struct House {
    bridge: Bridge,
    shell: Arc<Shell>,
    folder: tempfile::TempDir,
}

async fn open() -> House {
    let folder = tempfile::tempdir().unwrap();
    let ui = folder.path().join("ui");
    std::fs::create_dir_all(ui.join("assets")).unwrap();
    std::fs::write(ui.join("index.html"), "<title>till</title>").unwrap();
    std::fs::write(ui.join("customer.html"), "<title>customer</title>").unwrap();
    std::fs::write(ui.join("assets/app-1.js"), "export {}").unwrap();
    std::fs::write(folder.path().join("secret"), "secret").unwrap();
    let till = TillConfig::simulated(&folder.path().join("data"), &folder.path().join("witness"));
    let config = ShellConfig { till, sandbox: None };
    let shell = Arc::new(Shell::start(config, Arc::new(SystemHost::new())).await.unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bridge = serve(listener, Arc::clone(&shell), Some(&ui), TOKEN.to_owned()).unwrap();
    House {
        bridge,
        shell,
        folder,
    }
}

impl House {
    fn host(&self) -> String {
        self.bridge.address().to_string()
    }

    /// Sends bytes as they are; what came back until the other side closed.
    async fn send(&self, bytes: Vec<u8>) -> String {
        let address = self.bridge.address();
        let talk = move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            // A door that refuses early may stop reading.
            drop(stream.write_all(&bytes));
            let mut answer = Vec::new();
            drop(stream.read_to_end(&mut answer));
            String::from_utf8_lossy(&answer).into_owned()
        };
        tokio::task::spawn_blocking(talk).await.unwrap()
    }

    async fn get(&self, path: &str) -> String {
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.host()
        );
        self.send(head.into_bytes()).await
    }

    async fn rpc(&self, headers: &str, body: &str) -> String {
        let head = format!(
            "POST /rpc HTTP/1.1\r\n{headers}connection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.send(head.into_bytes()).await
    }
}

fn status(answer: &str) -> u16 {
    answer
        .split(' ')
        .nth(1)
        .and_then(|word| word.parse().ok())
        .unwrap_or(0)
}

const STATE_GET: &str = r#"{"cmd":"state.get","payload":{}}"#;

#[tokio::test]
async fn only_the_own_page_with_the_token_is_answered() {
    let house = open().await;
    let host = house.host();
    let bearer = format!("authorization: Bearer {TOKEN}\r\n");
    let cases = [
        (format!("host: {host}\r\n{bearer}"), 200),
        (
            format!("host: localhost:{}\r\n{bearer}", house.bridge.address().port()),
            200,
        ),
        (format!("host: {host}\r\norigin: http://{host}\r\n{bearer}"), 200),
        (format!("host: {host}\r\n"), 401),
        (
            format!("host: {host}\r\nauthorization: Bearer {}x\r\n", &TOKEN[1..]),
            401,
        ),
        (format!("host: {host}\r\nauthorization: Bearer \r\n"), 401),
        (format!("host: {host}\r\nauthorization: Basic {TOKEN}\r\n"), 401),
        (format!("host: evil.example\r\n{bearer}"), 403),
        (format!("host: 127.0.0.1\r\n{bearer}"), 403),
        (format!("host: 127.0.0.1:1\r\n{bearer}"), 403),
        (
            format!("host: {host}\r\norigin: http://evil.example\r\n{bearer}"),
            403,
        ),
        (format!("host: {host}\r\norigin: https://{host}\r\n{bearer}"), 403),
        (format!("host: {host}\r\norigin: null\r\n{bearer}"), 403),
    ];
    for (headers, expected) in cases {
        assert_eq!(
            status(&house.rpc(&headers, STATE_GET).await),
            expected,
            "{headers}"
        );
    }
}

#[tokio::test]
async fn a_no_is_an_answer_and_what_is_no_command_is_a_no() {
    let house = open().await;
    let headers = format!("host: {}\r\nauthorization: Bearer {TOKEN}\r\n", house.host());
    let no = house.rpc(&headers, r#"{"cmd":"pay.begin","payload":{}}"#).await;
    assert!(status(&no) == 200 && no.contains("BASKET_EMPTY"), "{no}");
    for body in [
        "",
        "{",
        "[]",
        r#"{"cmd":"no.such","payload":{}}"#,
        r#"{"cmd":"pay.begin"}"#,
    ] {
        let answer = house.rpc(&headers, body).await;
        assert!(answer.contains("REQUEST_MALFORMED"), "{body}: {answer}");
    }
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_unread() {
    let house = open().await;
    let head = format!(
        "POST /rpc HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {TOKEN}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        house.host(),
        BODY_BYTES_MAX + 1
    );
    assert_eq!(status(&house.send(head.into_bytes()).await), 413);
}

#[tokio::test]
async fn pages_are_served_by_their_exact_path_and_nothing_else_is() {
    let house = open().await;
    let page = house.get("/").await;
    assert!(
        page.contains("text/html") && page.contains("<title>till</title>"),
        "{page}"
    );
    assert!(
        page.to_lowercase()
            .contains("content-security-policy: default-src 'self'")
    );
    assert!(
        house
            .get("/customer.html?token=x")
            .await
            .contains("<title>customer</title>")
    );
    assert!(house.get("/assets/app-1.js").await.contains("text/javascript"));
    assert_eq!(house.get("/healthz").await.lines().last(), Some("ok"));
    assert!(house.folder.path().join("secret").is_file());
    for path in [
        "/../secret",
        "/assets/../../secret",
        "/%2e%2e/secret",
        "/assets/..%2f..%2fsecret",
        "//secret",
        "/assets",
    ] {
        assert_eq!(status(&house.get(path).await), 404, "{path}");
    }
}

#[tokio::test]
async fn events_begin_with_the_state_and_end_with_the_bridge() {
    let house = open().await;
    assert_eq!(status(&house.get("/events?token=wrong").await), 401);
    assert_eq!(status(&house.get("/events").await), 401);
    let address = house.bridge.address();
    let listening = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!("GET /events?token={TOKEN} HTTP/1.1\r\nhost: {address}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut heard = Vec::new();
        while !String::from_utf8_lossy(&heard).contains("\n\n") {
            let mut chunk = [0; 4096];
            let read = stream.read(&mut chunk).unwrap();
            heard.extend_from_slice(&chunk[..read]);
        }
        (String::from_utf8_lossy(&heard).into_owned(), stream)
    });
    let (heard, mut stream) = listening.await.unwrap();
    assert!(
        heard.contains("event: state") && heard.contains(r#""revision""#),
        "{heard}"
    );
    house.bridge.stop().await;
    let ended = tokio::task::spawn_blocking(move || {
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest)
    });
    assert!(ended.await.unwrap().is_ok());
    drop(house.shell);
}

#[tokio::test]
async fn another_machines_address_is_not_listened_on() {
    let house = open().await;
    let Ok(listener) = TcpListener::bind("0.0.0.0:0").await else {
        return;
    };
    assert!(serve(listener, Arc::clone(&house.shell), None, TOKEN.to_owned()).is_err());
}

#[test]
fn a_data_folder_has_one_witness_before_and_after_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("new/till");
    let before = start::witness(&data);
    assert_eq!(before, start::witness(&folder.path().join("new/../new/till")));
    assert!(!before.starts_with(&data));
}

#[test]
fn a_start_problem_is_told_to_scripts_and_in_both_languages() {
    let codes = [
        (Code::AlreadyRunning, 3),
        (Code::EnrolCodeUsed, 3),
        (Code::TillBelongsToShop, 3),
        (Code::CentreUnreachable, 4),
        (Code::DatabaseNewer, 5),
        (Code::DatabaseDamaged, 5),
        (Code::DatabaseUnreadable, 5),
    ];
    for (code, status) in codes {
        let problem = Problem::new(code)
            .with("path", "/till")
            .with("address", "https://c");
        assert_eq!(start::exit_code(&problem), status);
        let told = start::told(&problem);
        let lines: Vec<&str> = told.lines().collect();
        let line: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
        assert_eq!(line["problem"]["code"], serde_json::to_value(code).unwrap());
        assert_eq!(
            (line["zh"].as_str(), line["en"].as_str()),
            (Some(lines[1]), Some(lines[2]))
        );
        assert!(!told.contains("{code"));
    }
}

#[test]
fn a_code_without_its_line_is_told_what_the_line_is() {
    let bare = Problem::new(Code::EnrolLineMalformed).with("address", "https://centre.example");
    let told = start::told(&bare);
    assert!(
        told.contains("The centre https://centre.example needs the whole line"),
        "{told}"
    );
    assert!(
        told.contains("交易中心 https://centre.example 需要整行登记码"),
        "{told}"
    );
    let other = start::told(&Problem::new(Code::EnrolLineMalformed));
    assert!(other.contains("is not complete"), "{other}");
}
