//! Whoever asks too slowly or for too much is turned away while others are served; who is being served when the centre
//! ends still gets an answer; and measurements are behind the operators' door alone.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::Settings;
use crate::centre::callback::CALLBACK_BYTES_MAX;
use crate::centre::contract::route::BODY_BYTES_MAX as CONTRACT_BYTES_MAX;
use crate::centre::route::{BATCH_BYTES_MAX, BODY_BYTES_MAX};
use crate::service::{Operation, Ready, ServeOptions, serve};

/// Longer than anything here may take; an answer that has not come by then does not come.
const PATIENCE: Duration = Duration::from_secs(60);
/// Short, so that a test does not wait long for it, and long enough for a busy machine to send what is whole.
const SHORT: Duration = Duration::from_millis(400);

pub(super) struct Served {
    pub(super) ready: Ready,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<anyhow::Result<()>>,
    _folder: TempDir,
}

impl Served {
    async fn start(operation: Operation) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), operation).await
    }

    /// Serves what is in a folder, at all three doors.
    pub(super) async fn start_in(folder: TempDir, operation: Operation) -> Self {
        let free = "127.0.0.1:0".parse().unwrap();
        let options = ServeOptions {
            folder: folder.path().to_owned(),
            listen: free,
            public_url: None,
            certificate: None,
            always_tls: false,
            inner: Some(free),
            settings: Settings::default(),
            broker: None,
            operation: Operation {
                operators: Some(free),
                ..operation
            },
        };
        let (tell, told) = oneshot::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            let ready = |ready: &Ready| tell.send(ready.clone()).unwrap();
            serve(options, ready, async { stopped.await.unwrap() }).await
        });
        Self {
            ready: told.await.unwrap(),
            stop,
            serving,
            _folder: folder,
        }
    }

    pub(super) async fn end(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap().unwrap();
    }
}

fn connect(url: &str) -> TcpStream {
    let stream = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn head(method: &str, path: &str, length: usize) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    )
}

/// What comes until the other side closes. A connection that is cut has still said what it said.
fn rest(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    match stream.read_to_end(&mut said) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset),
    }
    String::from_utf8_lossy(&said).into_owned()
}

fn ask(url: &str, method: &str, path: &str, body: &[u8]) -> String {
    let mut stream = connect(url);
    stream
        .write_all(head(method, path, body.len()).as_bytes())
        .unwrap();
    // A door that has seen enough may close before the last byte.
    let _ = stream.write_all(body);
    rest(&mut stream)
}

fn status(answer: &str) -> u16 {
    let status = answer
        .split(' ')
        .nth(1)
        .unwrap_or_else(|| panic!("no answer: {answer:?}"));
    status.parse().unwrap()
}

async fn away<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_comes_too_slowly_is_refused_and_others_are_served_meanwhile() {
    let operation = Operation {
        body_time_max: SHORT,
        ..Operation::default()
    };
    let served = Served::start(operation).await;
    let doors = [served.ready.centre.clone(), served.ready.inner.clone().unwrap()];
    away(move || {
        for (url, path) in doors.iter().zip(["/v1/till/hello", "/trade/inner/native"]) {
            let mut slow = connect(url);
            slow.write_all(head("POST", path, 100).as_bytes()).unwrap();
            slow.write_all(b"{").unwrap();
            assert_eq!(status(&ask(url, "GET", "/healthz", b"")), 204);
            assert_eq!(status(&rest(&mut slow)), 413);
        }
    })
    .await;
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_never_says_what_it_wants_is_not_kept() {
    let operation = Operation {
        head_time_max: SHORT,
        ..Operation::default()
    };
    let served = Served::start(operation).await;
    let url = served.ready.centre.clone();
    away(move || {
        let mut silent = connect(&url);
        let mut halfway = connect(&url);
        halfway
            .write_all(b"GET /healthz HTTP/1.1\r\nhost: local")
            .unwrap();
        for stream in [&mut silent, &mut halfway] {
            assert!(
                !rest(stream).contains(" 204 "),
                "what was not asked for is not answered"
            );
        }
        assert_eq!(status(&ask(&url, "GET", "/healthz", b"")), 204);
    })
    .await;
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_is_too_long_is_refused_at_every_door() {
    let served = Served::start(Operation::default()).await;
    let (public, inner) = (served.ready.centre.clone(), served.ready.inner.clone().unwrap());
    away(move || {
        for (url, path, most) in [
            (&public, "/v1/till/hello", BODY_BYTES_MAX),
            (&public, "/v1/nothing", BODY_BYTES_MAX),
            (&public, "/v1/till/journal", BATCH_BYTES_MAX),
            (&public, "/trade/open/notify/wx/7", CALLBACK_BYTES_MAX),
            (&inner, "/trade/inner/native", CONTRACT_BYTES_MAX),
        ] {
            let answer = ask(url, "POST", path, &vec![b' '; most + 1]);
            assert_eq!(status(&answer), 413, "{path}");
            let answer = ask(url, "POST", path, &vec![b' '; most]);
            assert_ne!(status(&answer), 413, "{path}");
        }
    })
    .await;
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn measurements_are_behind_the_operators_door_and_nothing_else_is() {
    let served = Served::start(Operation::default()).await;
    let Ready {
        centre: public,
        inner,
        operators,
        ..
    } = served.ready.clone();
    let (inner, operators) = (inner.unwrap(), operators.unwrap());
    away(move || {
        assert_eq!(status(&ask(&public, "GET", "/metrics", b"")), 404);
        assert_eq!(status(&ask(&inner, "GET", "/metrics", b"")), 404);
        for path in ["/v1/till/hello", "/trade/open/notify/wx/7", "/trade/inner/native"] {
            assert_eq!(status(&ask(&operators, "POST", path, b"{}")), 404, "{path}");
        }
        assert_eq!(status(&ask(&operators, "POST", "/metrics", b"")), 405);
        assert_eq!(status(&ask(&operators, "GET", "/readyz", b"")), 204);
        assert_eq!(status(&ask(&public, "POST", "/v1/till/hello", b"{}")), 401);
        let page = ask(&operators, "GET", "/metrics", b"");
        assert_eq!(status(&page), 200);
        for line in [
            "suanpan_requests_total{door=\"till\",endpoint=\"none\",status=\"404\"} 1",
            "suanpan_requests_total{door=\"till\",endpoint=\"hello\",status=\"401\"} 1",
            "suanpan_requests_total{door=\"caller\",endpoint=\"none\",status=\"404\"} 1",
            "suanpan_database_up 1",
            "suanpan_calls_due 0",
        ] {
            assert!(
                page.lines().any(|found| found == line),
                "{line} is not in\n{page}"
            );
        }
    })
    .await;
    served.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_under_way_when_the_centre_ends_is_still_answered() {
    let served = Served::start(Operation::default()).await;
    let url = served.ready.centre.clone();
    let begun = away(move || {
        let mut stream = connect(&url);
        stream
            .write_all(head("POST", "/v1/till/hello", 2).as_bytes())
            .unwrap();
        stream.write_all(b"{").unwrap();
        // Whoever is answered after it knows that it has been taken in.
        assert_eq!(status(&ask(&url, "GET", "/healthz", b"")), 204);
        (stream, url)
    });
    let (mut stream, url) = begun.await;
    served.stop.send(()).unwrap();
    let answer = away(move || {
        wait_until_nobody_is_let_in(&url);
        stream.write_all(b"}").unwrap();
        rest(&mut stream)
    });
    assert_eq!(status(&answer.await), 401);
    served.serving.await.unwrap().unwrap();
}

fn wait_until_nobody_is_let_in(url: &str) {
    let address = url.trim_start_matches("http://");
    for _ in 0..6_000 {
        if TcpStream::connect(address).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("the centre goes on letting people in");
}
