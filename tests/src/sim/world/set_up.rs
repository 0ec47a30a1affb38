//! How a world begins: the centre with its store and merchant, the tills enrolled, everybody in place.

use suanpan_trade::centre::Begun;
use suanpan_trade::office;
use suanpan_wire::enrol::{EnrolAnswer, EnrolRequest};

use super::bills::BillDesk;
use super::centre_host::CentreHost;
use super::happening::Happening;
use super::shuffled::Heard;
use super::till_host::{TillHost, TillPlace, shop_codes};
use super::{OPENS_AT_MS, World};
use crate::sim::agenda::Agenda;
use crate::sim::cashier::Cashier;
use crate::sim::cover::Cover;
use crate::sim::customer::Customers;
use crate::sim::files;
use crate::sim::invariants::scene::Memory;
use crate::sim::lane::Lane;
use crate::sim::merchant;
use crate::sim::operator::Operators;
use crate::sim::platform::{PlatformHost, Switches};
use crate::sim::rng::Rng;
use crate::sim::trace::Trace;
use crate::sim::weather::Weather;

/// Where the platform and the tills reach the centre; nothing listens there.
pub(super) const CENTRE_ADDRESS: &str = "https://centre.sim";

/// Opens the store and answers one invitation per till.
fn found_store(centre: &CentreHost, tills: usize, rng: &Rng) -> Vec<String> {
    let core = centre.core().expect("the centre was just started");
    let chance = std::sync::Mutex::new(rng.fork("invitations"));
    let fill = move |bytes: &mut [u8]| {
        chance
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .fill(bytes);
    };
    core.commit(OPENS_AT_MS, |ledger| {
        let store_id = office::add_store(ledger, "sim", "算盘便利店", "Asia/Shanghai", 0)?;
        for account in &merchant::accounts(CENTRE_ADDRESS) {
            office::put_channel(ledger, "sim", account)?;
        }
        for (means, enterprise_id) in merchant::OFFERS {
            office::offer(ledger, "sim", store_id, means, enterprise_id)?;
        }
        (0..tills)
            .map(|_| office::invite_till(ledger, "sim", &fill, store_id))
            .collect()
    })
    .expect("an empty centre takes a store")
}

fn enrol(centre: &CentreHost, place: &TillPlace, code: String) -> EnrolAnswer {
    let request = EnrolRequest {
        code,
        public_key: place.key.public_base64(),
    };
    let body = serde_json::to_vec(&request).expect("two texts are JSON");
    let request = place.signed("", "POST", "/v1/enrol", body, OPENS_AT_MS);
    let core = centre.core().expect("the centre was just started");
    match core.begin(&request, OPENS_AT_MS) {
        Begun::Reply(reply) => serde_json::from_slice(&reply.body).expect("an invitation is answered"),
        Begun::Work(_) | Begun::WaitForChange(_) => unreachable!("an enrolment is answered at once"),
    }
}

/// The world of a seed.
pub(super) fn world(seed: u64, keep_trace: bool) -> World {
    let rng = Rng::new(seed);
    let folder = files::folder().expect("the machine has room for a folder");
    let weather = Weather::draw(&mut rng.fork("weather"));
    let mut centre = CentreHost::new(
        folder.path().join("centre"),
        folder.path().join("centre-copy"),
        weather.centres,
        rng.fork("centre"),
    );
    for index in 0..weather.centres {
        centre
            .start(index, OPENS_AT_MS)
            .expect("an empty folder can be a centre");
    }
    let count = usize::try_from(2 + rng.fork("tills").below(2)).unwrap_or(2);
    let codes = found_store(&centre, count, &rng);
    let mut tills = Vec::new();
    for (index, code) in codes.into_iter().enumerate() {
        let lane = Lane::new(rng.fork(&format!("lane {index}")), weather.till_net);
        let place = TillPlace::new(index, folder.path(), &rng);
        let answer = enrol(&centre, &place, code);
        tills.push(TillHost::furnish(place, lane, &answer, CENTRE_ADDRESS));
    }
    let cashiers = (0..count)
        .map(|index| Cashier::new(rng.fork(&format!("cashier {index}")), shop_codes()))
        .collect();
    let mut world = World {
        now_ms: OPENS_AT_MS,
        agenda: Agenda::default(),
        trace: Trace::new(keep_trace),
        cover: Cover::default(),
        weather,
        chance: rng.fork("chance"),
        platform: PlatformHost::new(rng.fork("platform").number()),
        platform_wakes_at_ms: None,
        switches: Switches::new(
            rng.fork("switches"),
            weather.payable_after_close,
            weather.wrong_amount,
        ),
        centre,
        platform_lane: Lane::new(rng.fork("platform lane"), weather.platform_net),
        places: rng.fork("places"),
        tills,
        cashiers,
        customers: Customers::new(rng.fork("customers")),
        operators: Operators::new(rng.fork("operators")),
        last_wish: None,
        elsewhere: rng.fork("elsewhere"),
        bills: BillDesk::new(rng.fork("bills")),
        heard: Heard::new(weather.shuffled, rng.fork("shuffled")),
        memory: Memory::default(),
        sent: super::platform_side::Sent::new(),
        refunds_sent: std::collections::BTreeMap::new(),
        is_healed: false,
        is_night: false,
        happenings: 0,
        _folder: folder,
    };
    world.say("world", &format!("{count} tills, {weather:?}"));
    for till in 0..count {
        world.plan(0, Happening::TillStarts(till));
        world.plan(500, Happening::CashierLooks(till));
    }
    world.plan(60_000, Happening::ManagerLooks);
    world.plan_mishaps();
    world.plan_desks();
    world
}
