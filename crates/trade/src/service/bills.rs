//! Fetches the platforms' bills and has them compared with the books, a few days at a time.
//!
//! What is compared with what is decided in [`crate::centre::reconcile`]; here bytes are moved. Several centre
//! processes may do this at once: each claims the day it works on.

use std::sync::Arc;
use std::time::Duration;

use suanpan_channels::Channel;
use suanpan_channels::bill::BillAnswer;
use tokio::task::JoinSet;

use super::clock::now_ms;
use super::hand::Hand;
use crate::caller::Errand;
use crate::centre::Centre;
use crate::centre::reconcile::{Compared, DayWork, NoBill, Progress, ReadBill};
use crate::db::AnyDb;
use crate::fault::Fault;

/// How often it is looked what is due: a bill has time, an operator who asks for one waits this long.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// How often days are opened, in looks: one begins every 24 hours.
const LOOKS_PER_OPENING: u32 = 60;
/// Days worked on at once: an account whose platform hangs for minutes does not hold up the others, and so many bills
/// are in memory at most.
const DAYS_AT_ONCE_MAX: usize = 4;

/// Reconciles for one centre process.
#[derive(Clone, Debug)]
pub struct Bills {
    hand: Hand,
}

impl Bills {
    /// What reconciles until `stopping` says so.
    #[must_use]
    pub const fn new(hand: Hand) -> Self {
        Self { hand }
    }

    /// Works until told to stop; a step in the books that has begun is finished.
    pub async fn run(mut self) {
        let mut under_way = JoinSet::new();
        let mut looks = 0;
        while !self.hand.is_stopping() {
            if looks % LOOKS_PER_OPENING == 0 {
                self.core(|centre| centre.open_bill_days(now_ms())).await;
            }
            looks += 1;
            while under_way.try_join_next().is_some() {}
            while under_way.len() < DAYS_AT_ONCE_MAX {
                let claimed = self.core(|centre| centre.claim_bill_day(now_ms())).await;
                let Some(work) = claimed.flatten() else { break };
                under_way.spawn(self.clone().day(work));
            }
            self.hand.pause(LOOK_EVERY).await;
        }
        while under_way.join_next().await.is_some() {}
    }

    /// Works on one day as far as it goes now.
    async fn day(self, work: DayWork) {
        if work.wants_bill && !self.bill(&work).await {
            return;
        }
        let mut progress = Progress::GoOn;
        while progress == Progress::GoOn && !self.hand.is_stopping() {
            let of = work.clone();
            let step = self
                .core(move |centre| centre.check_bill_day(&of, now_ms()))
                .await;
            progress = step.unwrap_or(Progress::Rest);
        }
    }

    /// Fetches the day's bill and has it compared; whether the day goes on from there. A bill may take minutes to come and
    /// moves nothing: once the process ends it is let go of, and asked for again when the day's claim has run out.
    async fn bill(&self, work: &DayWork) -> bool {
        let Some(fetched) = self.hand.unless_stopping(self.fetch(work)).await else {
            return false;
        };
        let bill = match fetched {
            Ok(bill) => Arc::new(bill),
            Err(why) => {
                let of = work.clone();
                let noted = self.core(move |centre| centre.no_bill(&of, &why, now_ms())).await;
                return noted == Some(Progress::GoOn);
            }
        };
        loop {
            let (of, with) = (work.clone(), Arc::clone(&bill));
            let step = self
                .core(move |centre| centre.compare_bill(&of, &with, now_ms()))
                .await;
            match step {
                Some(Compared::More) if !self.hand.is_stopping() => {}
                Some(Compared::Whole) => return true,
                Some(Compared::More | Compared::NotOurs) | None => return false,
            }
        }
    }

    async fn fetch(&self, work: &DayWork) -> Result<ReadBill, NoBill> {
        let enterprise_id = work.enterprise_id;
        let channel: Arc<dyn Channel> = self
            .core(move |centre| centre.channel(enterprise_id))
            .await
            .flatten()
            .ok_or_else(|| NoBill::Vain("the merchant's channel cannot be opened".to_owned()))?;
        let errand = Errand::of_bill(channel.label(), enterprise_id);
        let asked = channel
            .bills()
            .bill_request(work.day, self.hand.centre.signed_at(now_ms()));
        let reply = self.hand.caller.send(&errand, asked, now_ms).await;
        let outcome = reply.as_ref().map_err(Clone::clone);
        let link = match channel.bills().bill_answer(outcome, now_ms()) {
            BillAnswer::Ready(link) => link,
            BillAnswer::Missing { code } => return Err(NoBill::Missing(code)),
            BillAnswer::Unknown { why } => return Err(NoBill::Vain(why)),
        };
        let fetch = channel
            .bills()
            .bill_fetch(&link, self.hand.centre.signed_at(now_ms()));
        let fetched = self.hand.caller.send(&errand, fetch, now_ms).await;
        // Unpacking and reading megabytes is work for a thread of its own.
        let reading = tokio::task::spawn_blocking(move || {
            let outcome = fetched.as_ref().map_err(Clone::clone);
            channel.bills().bill_read(&link, outcome).map(ReadBill::from)
        });
        match reading.await {
            Ok(read) => read.map_err(|problem| NoBill::Vain(problem.to_string())),
            Err(error) => Err(NoBill::Vain(error.to_string())),
        }
    }

    /// What went wrong is tried again once the day's claim has run out.
    async fn core<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Centre<AnyDb>) -> Result<T, Fault> + Send + 'static,
    ) -> Option<T> {
        self.hand.core("bills", work).await
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use suanpan_channels::bill::BillDay;
    use suanpan_channels::{HttpRequest, Method};
    use tokio::sync::watch;
    use tokio::time::timeout;

    use super::*;
    use crate::caller::{CallLimits, Caller};
    use crate::centre::tests::kit::{ENTERPRISE, Shop};

    /// Far below what a bill may take.
    const AT_ONCE: Duration = Duration::from_secs(5);

    fn request(listener: &TcpListener) -> HttpRequest {
        HttpRequest {
            method: Method::Get,
            url: format!("http://{}/", listener.local_addr().unwrap()),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    async fn until_taken(caller: &Caller) {
        let taken = async {
            while caller.places().free() > 0 {
                tokio::task::yield_now().await;
            }
        };
        timeout(AT_ONCE, taken).await.expect("the place is taken at once");
    }

    #[tokio::test]
    async fn a_bill_that_does_not_come_holds_up_no_stop() {
        let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
        let limits = CallLimits {
            at_once: 1,
            per_merchant: 1,
            ..CallLimits::default()
        };
        let caller = Arc::new(Caller::try_new(limits).unwrap());
        let (ahead, to_nobody) = (Arc::clone(&caller), request(&hanging));
        let ahead = tokio::spawn(async move {
            let errand = Errand::of_bill("WECHAT_PAY", ENTERPRISE);
            ahead.send(&errand, to_nobody, now_ms).await
        });
        until_taken(&caller).await;
        let (stop, stopping) = watch::channel(false);
        let bills = Bills::new(Hand {
            centre: Arc::new(Shop::open().centre),
            caller,
            stopping,
        });
        let day = BillDay::parse("2026-11-26").unwrap();
        let asking = bills.clone().day(DayWork {
            enterprise_id: ENTERPRISE,
            day,
            lease_no: 1,
            wants_bill: true,
        });
        let asking = tokio::spawn(asking);
        stop.send_replace(true);
        timeout(AT_ONCE, asking).await.expect("it is let go of").unwrap();
        ahead.abort();
    }
}
