//! What a broker does with messages that nobody takes, queues that are somebody else's, and messages that cannot be
//! read.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use lapin::options::{BasicPublishOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use suanpan_subscriber::parts::PARTS;
use suanpan_tests::house::clock::{LATER, wait_until};
use suanpan_tests::house::rabbit::Rabbit;
use suanpan_tests::house::worker::Worker;
use suanpan_trade::broadcast::broker::{Broker, BrokerAddress, parked_queue};
use suanpan_trade::broadcast::relay::{Claimed, Told};
use suanpan_trade::rows::delivery::Delivery;
use suanpan_trade::rows::subscriber::{Subscriber, Way};
use suanpan_wire::broadcast::{BroadcastKey, EXCHANGE, TradeStatusMsg, yuan_text};
use tokio::runtime::Runtime;

fn subscriber(subscriber_id: i64, queue: &str, keys: &[BroadcastKey]) -> Subscriber {
    Subscriber {
        subscriber_id,
        name: queue.to_owned(),
        way: Way::Queue,
        target: queue.to_owned(),
        keys: keys.to_vec(),
        secret_ref: None,
        paused: false,
        created_at_ms: 0,
    }
}

fn paid(event_id: &str, order_no: i64) -> String {
    let message = TradeStatusMsg {
        trading_order_no: 7,
        product_app_id: "jzo2o.orders".into(),
        product_order_no: order_no,
        transaction_id: None,
        trading_channel: None,
        refund_no: None,
        status_name: "YJS".into(),
        status_code: 4,
        info: None,
        created: 1,
        event_id: event_id.into(),
        trading_amount: yuan_text(2810),
    };
    message.to_payload().unwrap()
}

fn claimed(event_id: &str, to: &Subscriber) -> Claimed {
    Claimed {
        delivery: Delivery {
            event_id: event_id.to_owned(),
            subscriber_id: to.subscriber_id,
            lease_no: 1,
            tried: 0,
            key: BroadcastKey::UpdateStatus,
            payload: paid(event_id, 1),
            at_ms: 1,
        },
        subscriber: to.clone(),
    }
}

/// A broker, the centre's connection with it, and a channel of a stranger.
struct Scene {
    runtime: Runtime,
    rabbit: Rabbit,
    broker: Broker,
    stranger: Channel,
    _connection: Connection,
    folder: tempfile::TempDir,
}

impl Scene {
    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let rabbit = Rabbit::start(folder.path());
        let runtime = Runtime::new().unwrap();
        let address = BrokerAddress {
            url: rabbit.url(),
            exchange: EXCHANGE.to_owned(),
        };
        let broker = runtime.block_on(Broker::connect(&address)).unwrap();
        let (stranger, connection) = runtime.block_on(async {
            let connection = Connection::connect(&rabbit.url(), ConnectionProperties::default())
                .await
                .unwrap();
            (connection.create_channel().await.unwrap(), connection)
        });
        Self {
            runtime,
            rabbit,
            broker,
            stranger,
            _connection: connection,
            folder,
        }
    }

    fn deliver(&mut self, listening: &[Subscriber], round: &[Claimed]) -> Vec<Told> {
        self.runtime.block_on(self.broker.deliver(listening, round))
    }

    /// Messages that wait in a queue, which must be there.
    fn waiting(&self, queue: &str) -> u32 {
        let passive = QueueDeclareOptions {
            passive: true,
            ..QueueDeclareOptions::durable()
        };
        self.runtime.block_on(async {
            let declared = self
                .stranger
                .queue_declare(queue.into(), passive, FieldTable::default());
            declared.await.unwrap().message_count()
        })
    }

    /// Publishes as somebody else would.
    fn publish(&self, key: &str, body: &str) {
        self.runtime.block_on(async {
            let published = self.stranger.basic_publish(
                EXCHANGE.into(),
                key.into(),
                BasicPublishOptions::default(),
                body.as_bytes(),
                BasicProperties::default(),
            );
            published.await.unwrap().await.unwrap();
        });
    }
}

fn is_in_vain(told: &Told, with: &str) -> bool {
    matches!(told, Told::InVain(problem) if problem.contains(with))
}

/// The queue of `one` has two messages, that of `two` one.
fn a_paused_one_takes_nothing_from_the_others(scene: &mut Scene, one: &Subscriber, two: &Subscriber) {
    let key = [BroadcastKey::UpdateStatus];
    // One that is paused is not told, also not by the way of the exchange.
    let paused = Subscriber {
        paused: true,
        ..two.clone()
    };
    let told = scene.deliver(&[one.clone(), paused.clone()], &[claimed("e1", one)]);
    assert_eq!(told, [Told::Delivered]);
    assert_eq!((scene.waiting("q.one"), scene.waiting("q.two")), (3, 1));

    // Whoever pauses takes nothing from the others, and keeps its queue bound for a centre that has not heard of it yet.
    let three = subscriber(4, "q.three", &key);
    let round = [claimed("e1", one), claimed("e1", &three)];
    let told = scene.deliver(&[one.clone(), paused, three.clone()], &round);
    assert_eq!(told, [Told::Delivered, Told::Delivered]);
    let waiting = ["q.one", "q.two", "q.three"].map(|queue| scene.waiting(queue));
    assert_eq!(waiting, [4, 1, 1]);
    scene.publish("UPDATE_STATUS", "[]");
    wait_until(
        "what is published at the exchange is in all of them",
        LATER,
        || {
            let waiting = ["q.one", "q.two", "q.three"].map(|queue| scene.waiting(queue));
            (waiting == [5, 2, 2]).then_some(())
        },
    );
}

fn what_is_returned_is_told_apart(scene: &mut Scene, one: &Subscriber) {
    // Acknowledged, and returned because no queue took it: not delivered.
    let nowhere = Subscriber {
        target: "q.nowhere".into(),
        ..one.clone()
    };
    let hears_other_things = [subscriber(1, "q.one", &[BroadcastKey::OrderStatus])];
    let returned = scene.deliver(&hears_other_things, &[claimed("e2", &nowhere)]);
    assert!(is_in_vain(&returned[0], "312"), "{returned:?}");

    // Among others it is that one which is not delivered, and none of those that are confirmed beside it.
    let mixed: Vec<Claimed> = (0..40)
        .map(|nth| claimed(&format!("m{nth}"), if nth % 3 == 0 { &nowhere } else { one }))
        .collect();
    let told = scene.deliver(&hears_other_things, &mixed);
    for (claimed, told) in mixed.iter().zip(&told) {
        let is_back = claimed.subscriber.target == "q.nowhere";
        let fits = if is_back {
            is_in_vain(told, "312")
        } else {
            *told == Told::Delivered
        };
        assert!(fits, "{}: {told:?}", claimed.delivery.event_id);
    }
    assert_eq!(scene.waiting("q.one"), 5 + 26);
}

/// One broker for all of it: starting one takes longer than the scenes.
#[test]
fn delivered_is_confirmed_by_every_queue_and_by_nothing_less() {
    let mut scene = Scene::open();
    let key = [BroadcastKey::UpdateStatus];
    let (one, two) = (subscriber(1, "q.one", &key), subscriber(2, "q.two", &key));
    let both = [one.clone(), two.clone()];
    let round = [claimed("e1", &one), claimed("e1", &two)];
    assert_eq!(scene.deliver(&both, &round), [Told::Delivered, Told::Delivered]);
    assert_eq!((scene.waiting("q.one"), scene.waiting("q.two")), (1, 1));

    // One that has it already is not told again because the other has not.
    assert_eq!(scene.deliver(&both, &round[1..]), [Told::Delivered]);
    assert_eq!((scene.waiting("q.one"), scene.waiting("q.two")), (1, 2));

    // A queue that somebody has removed is there again before the next message.
    let removed = scene
        .stranger
        .queue_delete("q.two".into(), QueueDeleteOptions::default());
    scene.runtime.block_on(removed).unwrap();
    assert_eq!(scene.deliver(&both, &round), [Told::Delivered, Told::Delivered]);
    assert_eq!((scene.waiting("q.one"), scene.waiting("q.two")), (2, 1));

    a_paused_one_takes_nothing_from_the_others(&mut scene, &one, &two);
    what_is_returned_is_told_apart(&mut scene, &one);

    // A queue that is somebody else's keeps nobody up but its own subscriber, who reads why.
    let classic = scene.stranger.queue_declare(
        "q.classic".into(),
        QueueDeclareOptions::durable(),
        FieldTable::default(),
    );
    scene.runtime.block_on(classic).unwrap();
    let classic = subscriber(3, "q.classic", &key);
    let all = [classic.clone(), one.clone()];
    let told = scene.deliver(&all, &[claimed("e3", &classic), claimed("e3", &one)]);
    assert!(is_in_vain(&told[0], "PRECONDITION"), "{told:?}");
    assert_eq!(told[1], Told::Delivered);

    // A broker that is gone has nothing.
    scene.rabbit.kill();
    let told = scene.deliver(&both, &round);
    assert!(
        told.iter().all(|told| matches!(told, Told::InVain(_))),
        "{told:?}"
    );
    wait_until("the connection is known to be lost", LATER, || {
        (!scene.broker.is_connected()).then_some(())
    });
}

#[test]
fn a_message_that_cannot_be_read_is_parked_with_its_reason_and_the_next_is_heard() {
    let mut scene = Scene::open();
    let parts: Vec<Subscriber> = (1..)
        .zip(&PARTS)
        .map(|(id, part)| subscriber(id, part.queue, part.keys))
        .collect();
    let orders = &parts[0];
    assert_eq!(scene.deliver(&parts, &[claimed("e0", orders)]), [Told::Delivered]);
    let worker = Worker::start(scene.folder.path(), &scene.rabbit.url());
    for rubbish in ["{\"half\":", "[{}]", "[]\u{fffd}"] {
        scene.publish("UPDATE_STATUS", rubbish);
    }
    scene.publish("UPDATE_STATUS", &paid("e1", 2));
    scene.publish("UPDATE_STATUS", &paid("e1", 2));
    wait_until("what can be read was heard", LATER, || {
        let heard =
            worker.number("SELECT count(*) FROM order_status WHERE status = 'PAID' AND times_paid = 1");
        (heard == 2).then_some(())
    });
    let parked = "SELECT count(*) FROM parked_message WHERE consumer = 'orders' AND reason <> ''";
    wait_until("the others are noted", LATER, || {
        (worker.number(parked) == 3).then_some(())
    });
    let queue = parked_queue(orders.target.as_str());
    wait_until("and kept by the broker", LATER, || {
        (scene.waiting(&queue) == 3).then_some(())
    });
}
