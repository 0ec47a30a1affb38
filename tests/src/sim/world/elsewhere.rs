//! Another system that collects at the same merchant accounts: orders under numbers that the centre has never given, under
//! names, and under numbers that are another merchant's trades here. The platform tells the centre of all of them.

use suanpan_channels::{Call, NotifyUrl, Prepay, SignedAt};
use suanpan_domain::money::Fen;
use suanpan_domain::platform::Observation;
use suanpan_trade::rows::pay_channel::PayChannel;

use super::World;
use super::set_up::CENTRE_ADDRESS;
use crate::sim::books::centre::CentreBook;
use crate::sim::invariants::scene::Elsewhere;
use crate::sim::merchant;
use crate::sim::verdict::Broken;

/// Where the other system's own numbers begin: far below the centre's.
const NUMBERS_FROM: i64 = 40_000_000_000;
/// How long its codes live.
const LIFE_MS: i64 = 300_000;
const NONCE_CHARS: usize = 32;

/// How the other system names an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Naming {
    /// By a number like ours.
    Number,
    /// By a name.
    Name,
    /// By the number of a trade that another merchant has here.
    AnothersNumber,
}

impl World {
    pub(super) fn another_system_collects(&mut self) -> Result<(), Broken> {
        let book = self.centre.book()?;
        let accounts = merchant::accounts(CENTRE_ADDRESS);
        let Some(account) = self.elsewhere.pick(&accounts).cloned() else {
            return Ok(());
        };
        let naming = match self.elsewhere.below(6) {
            0 => Naming::Name,
            // Whose a number is, is not known any more where the file that gave it is lost.
            1 | 2 if !self.weather.centre_restored => Naming::AnothersNumber,
            _ => Naming::Number,
        };
        let Some(number) = self.other_number(naming, &book, account.enterprise_id) else {
            return Ok(());
        };
        let key = (merchant::name_there(&account), number.clone());
        if self.memory.elsewhere.contains_key(&key) {
            return Ok(());
        }
        let amount_minor = self.other_amount(&book);
        let order = Elsewhere {
            enterprise_id: account.enterprise_id,
            number,
            amount_minor,
            is_paid: false,
            is_unknown: naming == Naming::Number,
        };
        self.say("other", &format!("{naming:?} {order:?}"));
        let is_paid = self.is_paid_elsewhere(&account, &order);
        if is_paid {
            self.cover.one(match naming {
                Naming::Number => "payments under a number that is not held",
                Naming::Name => "payments under a name",
                Naming::AnothersNumber => "payments under another merchant's number",
            });
        }
        self.memory.elsewhere.insert(key, Elsewhere { is_paid, ..order });
        self.platform_plans();
        Ok(())
    }

    /// Has a code made for the order and pays it; whether the platform has taken the money.
    fn is_paid_elsewhere(&mut self, account: &PayChannel, order: &Elsewhere) -> bool {
        let Ok(notify_url) = NotifyUrl::try_new(account.notify_url(CENTRE_ADDRESS)) else {
            return false;
        };
        let call = Call::Prepay(Prepay {
            trade_no: order.number.clone(),
            amount: Fen::new(order.amount_minor),
            description: "另一系统".to_owned(),
            notify_url,
            made_at_ms: self.now_ms,
            expires_at_ms: (self.now_ms + LIFE_MS) / 1_000 * 1_000,
            attach: None,
        });
        let at = SignedAt {
            now_ms: self.now_ms,
            nonce: self.elsewhere.text(NONCE_CHARS),
        };
        let channel = merchant::channel(account);
        let reaction = self.platform.handle(&channel.request(&call, at), self.now_ms);
        let answer = reaction
            .reply
            .map(|reply| channel.answer(&call, Ok(&reply), self.now_ms));
        match answer {
            Some(Observation::CodeReady { code_url }) => {
                self.platform.core.confirm(&code_url, self.now_ms).is_ok()
            }
            // What the platform has made of it all the same is nobody's to pay.
            Some(_) | None => false,
        }
    }

    fn other_number(&mut self, naming: Naming, book: &CentreBook, enterprise_id: i64) -> Option<String> {
        let count = i64::try_from(self.memory.elsewhere.len()).unwrap_or(0);
        match naming {
            Naming::Number => Some((NUMBERS_FROM + count).to_string()),
            Naming::Name => Some(format!("ERP{count:07}")),
            Naming::AnothersNumber => {
                let others = book
                    .trades
                    .iter()
                    .filter(|trade| trade.enterprise_id != enterprise_id);
                let numbers: Vec<i64> = others.map(|trade| trade.trade_no).collect();
                self.elsewhere.pick(&numbers).map(i64::to_string)
            }
        }
    }

    /// Most often that of a tender that waits: a customer has paid at the wrong place.
    fn other_amount(&mut self, book: &CentreBook) -> i64 {
        let waiting = book.pay_orders.iter().filter(|order| order.winner.is_none());
        let amounts: Vec<i64> = waiting.map(|order| order.amount_minor).collect();
        let drawn = self.elsewhere.between(100, 3_000);
        match self.elsewhere.pick(&amounts) {
            Some(amount_minor) if self.elsewhere.chance(800) => *amount_minor,
            Some(_) | None => drawn,
        }
    }
}
