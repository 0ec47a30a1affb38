//! A wire between two parts that a test can cut, slow down, and tamper with.
//!
//! It understands HTTP messages, so that a lost *answer* can be told from a lost *request*: after a lost
//! answer the other side has acted.

use std::io::{self, BufReader};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use crate::house::http1::{self, Message};

/// Changes an answer on its way; gets the request's path.
type Rewrite = Box<dyn Fn(&str, &mut Message) + Send>;

/// How the wire is at this moment.
#[derive(Default)]
struct Weather {
    upstream: String,
    cut: bool,
    /// Answers to lose, of requests whose path contains the text.
    lose_answers: Vec<(String, u32)>,
    lose_requests: Vec<(String, u32)>,
    /// The wire is cut once so many more answers have gone through.
    cut_after_answers: Vec<(String, u32)>,
    delay: Duration,
    rewrite: Option<Rewrite>,
    log: Vec<Passed>,
    sockets: Vec<TcpStream>,
    closed: bool,
}

/// A request that came to the wire.
#[derive(Clone, Debug)]
pub struct Passed {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path with query.
    pub path: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body as it was sent.
    pub body: Vec<u8>,
    /// Status of the answer that went back; none when none did.
    pub answered: Option<u16>,
}

/// The wire.
pub struct Proxy {
    address: String,
    weather: Arc<Mutex<Weather>>,
}

impl Proxy {
    /// A wire to an address that may be told later.
    ///
    /// # Panics
    /// When the machine has no free port.
    #[must_use]
    pub fn to(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the machine has a free port");
        let port = listener
            .local_addr()
            .expect("a bound listener has an address")
            .port();
        let weather = Arc::new(Mutex::new(Weather {
            upstream: upstream.to_owned(),
            ..Weather::default()
        }));
        let shared = Arc::clone(&weather);
        thread::spawn(move || accept(&listener, &shared));
        Self {
            address: format!("http://127.0.0.1:{port}"),
            weather,
        }
    }

    /// Where to connect.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where it leads, from now on.
    pub fn lead_to(&self, upstream: &str) {
        upstream.clone_into(&mut lock(&self.weather).upstream);
    }

    /// Ends every connection and takes no new one.
    pub fn cut(&self) {
        cut(&mut lock(&self.weather));
    }

    /// The wire is whole again.
    pub fn restore(&self) {
        let mut weather = lock(&self.weather);
        weather.cut = false;
        weather.cut_after_answers.clear();
    }

    /// Loses the next `times` answers to requests whose path contains `path`: the other side has acted.
    pub fn lose_answers(&self, path: &str, times: u32) {
        lock(&self.weather).lose_answers.push((path.to_owned(), times));
    }

    /// Loses the next `times` requests whose path contains `path`.
    pub fn lose_requests(&self, path: &str, times: u32) {
        lock(&self.weather).lose_requests.push((path.to_owned(), times));
    }

    /// Loses no more requests and answers.
    pub fn lose_nothing(&self) {
        let mut weather = lock(&self.weather);
        weather.lose_requests.clear();
        weather.lose_answers.clear();
    }

    /// Cuts the wire once `answers` more answers to such requests went through.
    pub fn cut_after(&self, path: &str, answers: u32) {
        lock(&self.weather)
            .cut_after_answers
            .push((path.to_owned(), answers));
    }

    /// Holds every answer back for a while.
    pub fn delay(&self, by: Duration) {
        lock(&self.weather).delay = by;
    }

    /// Changes answers on their way.
    pub fn rewrite(&self, how: impl Fn(&str, &mut Message) + Send + 'static) {
        lock(&self.weather).rewrite = Some(Box::new(how));
    }

    /// Lets answers be.
    pub fn rewrite_nothing(&self) {
        lock(&self.weather).rewrite = None;
    }

    /// Every request that came, oldest first.
    #[must_use]
    pub fn passed(&self) -> Vec<Passed> {
        lock(&self.weather).log.clone()
    }

    /// How many requests came whose path contains the text, answered or not.
    #[must_use]
    pub fn count(&self, path: &str) -> usize {
        let weather = lock(&self.weather);
        weather
            .log
            .iter()
            .filter(|passed| passed.path.contains(path))
            .count()
    }

    /// How many of them were answered.
    #[must_use]
    pub fn answered(&self, path: &str) -> usize {
        let weather = lock(&self.weather);
        let of_it = |passed: &&Passed| passed.path.contains(path) && passed.answered.is_some();
        weather.log.iter().filter(of_it).count()
    }
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "Proxy({})", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut weather = lock(&self.weather);
        weather.closed = true;
        cut(&mut weather);
        drop(weather);
        // Wakes the accepting thread, which then sees that it is closed.
        drop(http1::connect(http1::authority_and_path(&self.address).0));
    }
}

fn lock(weather: &Mutex<Weather>) -> MutexGuard<'_, Weather> {
    weather.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn cut(weather: &mut Weather) {
    weather.cut = true;
    for socket in weather.sockets.drain(..) {
        drop(socket.shutdown(Shutdown::Both));
    }
}

fn accept(listener: &TcpListener, weather: &Arc<Mutex<Weather>>) {
    for socket in listener.incoming().map_while(Result::ok) {
        let mut now = lock(weather);
        if now.closed {
            return;
        }
        if now.cut {
            continue;
        }
        let Ok(kept) = socket.try_clone() else { continue };
        now.sockets.push(kept);
        drop(now);
        let weather = Arc::clone(weather);
        thread::spawn(move || drop(serve(socket, &weather)));
    }
}

/// Whether a rule meets this path, counted down.
fn meets(rules: &mut [(String, u32)], path: &str) -> bool {
    let rule = rules
        .iter_mut()
        .find(|(part, left)| *left > 0 && path.contains(part.as_str()));
    if let Some((_, left)) = rule {
        *left -= 1;
        return true;
    }
    false
}

/// One connection: request by request, each answered before the next is read.
fn serve(socket: TcpStream, weather: &Mutex<Weather>) -> io::Result<()> {
    socket.set_nodelay(true)?;
    let mut to_client = socket.try_clone()?;
    let mut from_client = BufReader::new(socket);
    while let Some(request) = Message::read(&mut from_client, false)? {
        let path = request.path().to_owned();
        let noted = note(weather, &request);
        if meets(&mut lock(weather).lose_requests, &path) {
            return to_client.shutdown(Shutdown::Both);
        }
        let Ok(mut answer) = forward(weather, &request) else {
            return to_client.shutdown(Shutdown::Both);
        };
        let delay = lock(weather).delay;
        if !delay.is_zero() {
            wait(delay);
        }
        if !passes(weather, &path, &mut answer) {
            return to_client.shutdown(Shutdown::Both);
        }
        lock(weather).log[noted].answered = Some(answer.status());
        answer.write(&mut to_client)?;
    }
    Ok(())
}

fn wait(delay: Duration) {
    thread::sleep(delay);
}

fn note(weather: &Mutex<Weather>, request: &Message) -> usize {
    let mut weather = lock(weather);
    weather.log.push(Passed {
        method: request.start.split(' ').next().unwrap_or_default().to_owned(),
        path: request.path().to_owned(),
        headers: request.headers.clone(),
        body: request.body.clone(),
        answered: None,
    });
    weather.log.len() - 1
}

/// A connection of its own for every request: the other side may have been started again meanwhile.
fn forward(weather: &Mutex<Weather>, request: &Message) -> io::Result<Message> {
    let upstream = lock(weather).upstream.clone();
    let mut socket = http1::connect(http1::authority_and_path(&upstream).0)?;
    let mut sent = request.clone();
    sent.headers.retain(|(name, _)| name != "connection");
    sent.headers.push(("connection".to_owned(), "close".to_owned()));
    sent.write(&mut socket)?;
    let bodyless = request.start.starts_with("HEAD ");
    let answer = Message::read(&mut BufReader::new(socket), bodyless)?;
    let mut answer = answer.ok_or(io::ErrorKind::UnexpectedEof)?;
    answer.headers.retain(|(name, _)| name != "connection");
    Ok(answer)
}

/// Whether the answer goes back, as it is then.
fn passes(weather: &Mutex<Weather>, path: &str, answer: &mut Message) -> bool {
    let mut weather = lock(weather);
    if weather.cut || meets(&mut weather.lose_answers, path) {
        return false;
    }
    let limited = weather
        .cut_after_answers
        .iter()
        .any(|(part, _)| path.contains(part.as_str()));
    if limited && !meets(&mut weather.cut_after_answers, path) {
        cut(&mut weather);
        return false;
    }
    if let Some(rewrite) = &weather.rewrite {
        rewrite(path, answer);
    }
    true
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::house::http1::Request;

    /// Answers every request with how many it has seen.
    fn counting() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for (seen, socket) in listener.incoming().map_while(Result::ok).enumerate() {
                let mut to = socket.try_clone().unwrap();
                drop(Message::read(&mut BufReader::new(socket), false));
                let body = (seen + 1).to_string();
                drop(write!(
                    to,
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
                    body.len()
                ));
            }
        });
        address
    }

    fn ask(proxy: &Proxy, path: &str) -> Option<String> {
        let answer = Request::new("GET", &format!("{}{path}", proxy.address())).send();
        answer.ok().map(|answer| answer.text())
    }

    #[test]
    fn a_lost_answer_was_acted_upon_and_a_lost_request_was_not() {
        let proxy = Proxy::to(&counting());
        assert_eq!(ask(&proxy, "/a").as_deref(), Some("1"));
        proxy.lose_answers("/a", 1);
        assert_eq!(
            (ask(&proxy, "/a"), ask(&proxy, "/a").as_deref()),
            (None, Some("3"))
        );
        proxy.lose_requests("/a", 1);
        assert_eq!(
            (ask(&proxy, "/a"), ask(&proxy, "/a").as_deref()),
            (None, Some("4"))
        );
        assert_eq!((proxy.count("/a"), proxy.answered("/a")), (5, 3));
    }

    #[test]
    fn a_wire_can_be_cut_restored_and_cut_after_some_answers() {
        let proxy = Proxy::to(&counting());
        proxy.cut();
        assert_eq!(ask(&proxy, "/"), None);
        proxy.restore();
        proxy.cut_after("/b", 1);
        assert_eq!(
            (ask(&proxy, "/b").as_deref(), ask(&proxy, "/b"), ask(&proxy, "/c")),
            (Some("1"), None, None)
        );
        proxy.restore();
        assert!(ask(&proxy, "/b").is_some());
    }

    #[test]
    fn answers_can_be_rewritten() {
        let proxy = Proxy::to(&counting());
        proxy.rewrite(|_, answer| answer.body = b"changed".to_vec());
        assert_eq!(ask(&proxy, "/").as_deref(), Some("changed"));
    }
}
