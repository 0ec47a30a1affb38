//! Many tills at once, as far as a centre can tell: they enrol, sell in the ways there are to sell by code, wait for
//! the news, and send their journals, each over its own connection, and repeat whatever was not answered.
//!
//! Not tills: they keep nothing. What the centre promised them they check on the spot, and what it must hold in the
//! end they have [`Seen`].

mod journal;
mod member;
mod sale;
mod seen;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use member::Member;
pub use sale::Sale;
use sale::Serving;
pub use seen::{Seen, Settled};

use crate::house::sandbox::Sandbox;
use crate::sim::rng::Rng;

/// However long the centre is away in a test, it is back by then; and by then it is certain that a payment code
/// which a crash kept from the platform charges nobody: 30 s of claim, 60 s of waiting, 60 s of grace.
const PATIENCE: Duration = Duration::from_secs(200);

/// Says that it is over, also when what is done panics: nobody sells for ever.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// A crowd at the doors of a centre.
pub struct Crowd<'s> {
    /// Addresses of the centre's processes; members begin at each in turn and go on to the next when one fails.
    pub doors: Vec<String>,
    /// Where their customers pay.
    pub sandbox: &'s Sandbox,
    /// How their customers pay: each sale draws one of these, and a platform.
    pub sales: &'static [Sale],
    /// What they draw by: the same seed gives each member the same sales.
    pub seed: u64,
}

impl Crowd<'_> {
    /// One member per code enrols and sells, until `go_on` says no or it has sold `most`.
    ///
    /// # Panics
    /// When a promise is broken, or the centre stays away.
    pub fn sell(&self, codes: &[String], most: usize, go_on: impl Fn() -> bool + Sync) -> Seen {
        thread::scope(|scope| {
            let members: Vec<_> = (1..)
                .zip(codes)
                .map(|(number, code)| {
                    let go_on = &go_on;
                    scope.spawn(move || self.sell_as(number, code, most, go_on))
                })
                .collect();
            let seen = members
                .into_iter()
                .map(|member| member.join().expect("no promise was broken"));
            seen.fold(Seen::default(), Seen::add)
        })
    }

    /// The same for as long as something is done to the shop, and until the sales under way then have ended.
    ///
    /// # Panics
    /// As [`Self::sell`], and with what is done.
    pub fn sell_while(&self, codes: &[String], done_to_it: impl FnOnce()) -> Seen {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let selling = scope.spawn(|| self.sell(codes, usize::MAX, || !is_over.load(Ordering::Relaxed)));
            let over = Over(&is_over);
            done_to_it();
            drop(over);
            selling.join().expect("no promise was broken")
        })
    }

    fn sell_as(&self, number: i64, code: &str, most: usize, go_on: impl Fn() -> bool) -> Seen {
        let mut seen = Seen::default();
        let mut member = Member::enrol(number, code, &self.doors, &mut seen);
        let mut rng = Rng::new(self.seed).fork(&number.to_string());
        for nth in 1.. {
            if usize::try_from(nth).unwrap_or(usize::MAX) > most || !go_on() {
                break;
            }
            Serving::begin(&mut member, self.sandbox, &mut seen, nth).serve(self.sales, &mut rng);
        }
        seen
    }
}
