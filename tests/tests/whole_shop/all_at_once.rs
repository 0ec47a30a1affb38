//! Everything a large shop runs, on real processes: two centres on one PostgreSQL, tills at both, a caller of the
//! existing contract, RabbitMQ, and the business systems that listen there. Each is killed while all of them are busy.

use std::time::Duration;

use serde_json::{Value, json};
use suanpan_private_postgres::Ending;
use suanpan_tests::house::books;
use suanpan_tests::house::centre::Centre;
use suanpan_tests::house::clock::{LATER, SOON, wait_or_tell, wait_until};
use suanpan_tests::house::crowd::{Crowd, Sale};
use suanpan_tests::house::http1::Request;
use suanpan_tests::house::rabbit::Rabbit;
use suanpan_tests::house::reckoning::CROWDS_TILLS;
use suanpan_tests::house::twins::Twins;
use suanpan_tests::house::worker::Worker;
use suanpan_tests::sim::rng::Rng;

/// Members of the crowd; enough that every kill meets somebody in the middle.
const CROWD: usize = 4;
/// Another seed is another order of blows and other ways to pay.
const SEED: u64 = 0x5eed;
/// Claims run out, connections are made again, rounds are sent: all of it beside other tests.
const DRAINED_MAX: Duration = Duration::from_secs(180);
/// The platforms, in the order of the shop's accounts.
const MEANS: [&str; 2] = ["WECHAT_PAY", "ALI_PAY"];
/// Who sells courses, and the name of one.
const SELLER: &str = "suanpan.courses";
const COURSE: &str = "counting-with-beads";
/// Orders of the seller's begin here, far from the crowd's numbers.
const COURSE_ORDERS: i64 = 7_000_000_000;

/// What is killed.
#[derive(Clone, Copy, Debug)]
enum Blow {
    /// A process of the centre, with SIGKILL.
    Centre(usize),
    /// The database server, as a crash would end it.
    Postgres,
    /// The broker, between what it was sent and its confirmation of it.
    Rabbit,
    /// The listening business systems.
    Worker,
}

const BLOWS: [Blow; 6] = [
    Blow::Centre(0),
    Blow::Centre(1),
    Blow::Postgres,
    Blow::Rabbit,
    Blow::Worker,
    Blow::Rabbit,
];

/// The shop with everything that can be killed.
struct Scene {
    shop: Twins,
    rabbit: Rabbit,
    worker: Worker,
    courses: i64,
    _folder: tempfile::TempDir,
}

impl Scene {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rabbit = Rabbit::start(folder.path());
        let url = rabbit.url();
        let mut shop = Twins::open_serving(&["--broker-url", &url, "--inner", "127.0.0.1:0"]);
        let operator = &shop.centres[0];
        operator.ask(&["subscriber", "add-worker"]);
        operator.ask(&["caller", "add", "--app", SELLER, "--trust", "127.0.0.0/8"]);
        for enterprise in &shop.merchants {
            operator.ask(&["caller", "grant", "--app", SELLER, "--enterprise", enterprise]);
        }
        let worker = Worker::start(folder.path(), &url);
        shop.add_till(0).wait_in_step(SOON);
        Self {
            shop,
            rabbit,
            worker,
            courses: 0,
            _folder: folder,
        }
    }

    fn strike(&mut self, blow: Blow) {
        eprintln!("next is struck: {blow:?}");
        match blow {
            Blow::Centre(at) => {
                self.shop.centres[at].kill();
                self.shop.centres[at].start();
            }
            Blow::Postgres => {
                self.shop.server.stop(Ending::Immediate).unwrap();
                self.shop.server.start_again().unwrap();
                self.shop.wait_ready(SOON);
            }
            Blow::Rabbit => {
                self.rabbit.freeze();
                let sent = "SELECT count(*) FROM delivery WHERE delivered_at_ms IS NULL AND lease_no > 0";
                wait_until("events were sent and not confirmed", LATER, || {
                    (self.shop.number(sent) > 0).then_some(())
                });
                self.rabbit.kill();
                self.rabbit.start_again();
            }
            Blow::Worker => {
                self.worker.kill();
                self.worker.start_again();
            }
        }
    }

    /// A till of real programs sells: by code, on either platform, and for cash.
    fn sell_at_the_till(&self, nth: usize) {
        let till = &self.shop.tills[0];
        let goods = till.goods();
        till.sell_for_cash(&[&goods[0].code]);
        till.begin(&[&goods[1].code]);
        let shown = till.show_code_of(MEANS[nth % 2], "");
        self.shop.sandbox.pay(&shown.trade_no);
        till.wait_phase(&shown, "settled", LATER);
        till.act("pay.next", &json!({}));
    }

    /// The course seller places an order, has it paid by either platform, and asks at whichever process answers.
    fn sell_a_course(&mut self, nth: usize) {
        self.courses += 1;
        let order_no = COURSE_ORDERS + self.courses;
        self.worker
            .place_course_order(order_no, COURSE, &format!("learner-{}", self.courses));
        let wish = json!({
            "enterpriseId": self.shop.merchants[nth % 2], "productAppId": SELLER, "productOrderNo": order_no,
            "tradingChannel": MEANS[nth % 2], "tradingAmount": "9.90", "memo": "珠算入门",
        });
        let doors: Vec<&str> = self.shop.centres.iter().map(Centre::inner).collect();
        let mut asked = nth;
        let answer = wait_or_tell(LATER, || {
            asked += 1;
            native(doors[asked % doors.len()], &wish)
        });
        let answer = answer.unwrap_or_else(|last| panic!("no code for a course: {last}"));
        self.shop.sandbox.pay(answer["tradingOrderNo"].as_str().unwrap());
    }

    /// What the real till has settled is won by the same trades.
    fn assert_till_agrees(&self) {
        let till = &self.shop.tills[0];
        let settled = "SELECT tender_no || ' ' || trade_no || ' ' || amount_minor FROM tender
            WHERE state = 'SETTLED' AND means <> 'CASH_PAY'";
        let its_own = format!("till_id <> 0 AND till_id NOT IN ({CROWDS_TILLS})");
        let won = format!(
            "SELECT product_order_no || ' ' || winner_trade_no || ' ' || amount_minor FROM pay_order
             WHERE winner_trade_no IS NOT NULL AND {its_own}"
        );
        assert_eq!(books::rows(till.data(), settled), self.shop.rows(&won));
        let written = i64::try_from(books::written_by_till(till.data()).len());
        let held = format!("SELECT count(*) FROM journal WHERE {its_own}");
        assert_eq!(written, Ok(self.shop.number(&held)));
    }

    /// Each course that was sold is open, once.
    fn assert_courses_open(&self) {
        let granted =
            format!("SELECT count(*) FROM course_grant WHERE business_id = '{COURSE}' AND times = 1");
        let numbers = [
            granted.as_str(),
            "SELECT count(*) FROM course_order WHERE paid = 1",
        ];
        for query in numbers {
            assert_eq!(self.worker.number(query), self.courses, "{query}");
        }
    }
}

/// Asks for a code; anything but a code is asked again.
fn native(door: &str, wish: &Value) -> Result<Value, String> {
    let request = Request::new("POST", &format!("{door}/trade/inner/native")).json(wish);
    let answer = request.send().map_err(|problem| problem.to_string())?;
    match answer.status() {
        200 => Ok(answer.json()),
        status => Err(format!("{status} {}", answer.text())),
    }
}

/// The blows in the order that the seed gives.
fn shuffled(rng: &mut Rng) -> Vec<Blow> {
    let mut left = BLOWS.to_vec();
    let mut order = Vec::new();
    while !left.is_empty() {
        let at = rng.below(u64::try_from(left.len()).unwrap());
        order.push(left.remove(usize::try_from(at).unwrap()));
    }
    order
}

#[test]
fn i9_i13_p34_whatever_is_killed_every_tender_is_won_once_and_every_event_heard_once() {
    let mut scene = Scene::open();
    let codes = scene.shop.invitations(CROWD);
    // The scene is struck while the crowd sells.
    let sandbox = scene.shop.sandbox.clone();
    let crowd = Crowd {
        doors: scene.shop.doors(),
        sandbox: &sandbox,
        sales: Sale::ALL_BUT_REFUSED,
        seed: SEED,
    };
    let seen = crowd.sell_while(&codes, || {
        for (nth, blow) in shuffled(&mut Rng::new(SEED)).into_iter().enumerate() {
            scene.sell_at_the_till(nth);
            scene.sell_a_course(nth);
            scene.strike(blow);
        }
    });
    assert!(seen.sold() >= CROWD, "{seen:?}");
    let shop = &scene.shop;
    shop.tills[0].wait_in_step(LATER);
    shop.wait_at_rest(LATER);
    shop.assert_nothing_lost_and_nothing_twice();
    shop.assert_books_say(&seen);
    scene.assert_till_agrees();
    shop.wait_until_heard(&scene.worker, DRAINED_MAX);
    shop.assert_heard_once(&scene.worker, &seen);
    scene.assert_courses_open();
}
