//! What a reading command sees: what is kept, the corrected time, and how the link stands.

use std::sync::Arc;

use suanpan_domain::tender::{Means, TenderState};
use suanpan_domain::trade::TradeState;

use crate::qr::LastDrawn;
use crate::rpc::CodeMeans;
use crate::rpc::state::{
    Line, Means as ShownMeans, NextWay as ShownNextWay, PayCode, Tender, TenderPhase, Unit,
};
use crate::rpc::views::ArticleHit;
use crate::sale::UNKNOWN_AFTER_VAIN;
use crate::store::{ArticleRow, AttemptRow, LineRow, NextWay, TenderRow, View};
use crate::sync::{LinkStatus, Reach};

/// What a reading command sees.
#[derive(Clone, Debug)]
pub struct Glance<'a> {
    /// What is kept.
    pub view: View<'a>,
    /// Corrected time, UTC milliseconds.
    pub now_ms: i64,
    /// How the link with the centre stands.
    pub link: LinkStatus,
    /// Revision of the state.
    pub revision: u64,
    /// The code that was drawn last.
    pub last_code: Arc<LastDrawn>,
}

/// Means as the contract names them.
#[must_use]
pub const fn shown_means(means: Means) -> ShownMeans {
    match means {
        Means::Cash => ShownMeans::CashPay,
        Means::WechatPay => ShownMeans::WechatPay,
        Means::AliPay => ShownMeans::AliPay,
    }
}

/// Means a code is drawn for, as the domain names them.
#[must_use]
pub const fn code_means(means: CodeMeans) -> Means {
    match means {
        CodeMeans::WechatPay => Means::WechatPay,
        CodeMeans::AliPay => Means::AliPay,
    }
}

/// The means a code is drawn for; cash has none.
#[must_use]
pub const fn drawn_means(means: Means) -> Option<CodeMeans> {
    match means {
        Means::WechatPay => Some(CodeMeans::WechatPay),
        Means::AliPay => Some(CodeMeans::AliPay),
        Means::Cash => None,
    }
}

fn next_way(next: NextWay) -> Option<ShownNextWay> {
    drawn_means(next.means).map(|means| ShownNextWay {
        means,
        by_payment_code: next.taken,
    })
}

/// Units as the contract names them.
#[must_use]
pub const fn shown_unit(unit: suanpan_domain::quantity::Unit) -> Unit {
    match unit {
        suanpan_domain::quantity::Unit::Piece => Unit::Piece,
        suanpan_domain::quantity::Unit::Kilogram => Unit::Kilogram,
    }
}

/// A line for the screens.
#[must_use]
pub fn shown_line(line: &LineRow) -> Line {
    Line {
        line_id: line.line_id.clone(),
        article_id: line.article_id.clone(),
        name: line.name.clone(),
        name_en: line.name_en.clone(),
        size: line.size.clone(),
        code: line.code.clone(),
        unit: shown_unit(line.unit),
        price_minor: line.price_minor,
        price_by_hand: line.price_by_hand,
        quantity_milli: line.quantity_milli,
        discount_minor: line.discount_minor,
        charged_percent: line.charged_percent,
        amount_minor: line.amount_minor,
    }
}

/// An article for the screens.
#[must_use]
pub fn shown_article(article: &ArticleRow) -> ArticleHit {
    ArticleHit {
        article_id: article.article_id.clone(),
        name: article.name.clone(),
        name_en: article.name_en.clone(),
        size: article.size.clone(),
        code: article.code.clone(),
        pinyin: article.pinyin.clone(),
        initials: article.initials.clone(),
        unit: shown_unit(article.unit),
        price_minor: article.price_minor,
    }
}

impl Glance<'_> {
    /// Whether the centre can be asked for a code right now.
    #[must_use]
    pub fn is_online(&self) -> bool {
        self.link.reach == Reach::Up
    }

    /// Whether nobody knows how a tender stands: asked in vain, there is nobody to ask, or what arrived for
    /// it fits nothing and waits for a person.
    #[must_use]
    pub fn is_unknown(&self, tender: &TenderRow) -> bool {
        let newest = tender.newest_attempt().and_then(|attempt| attempt.trade_state);
        tender.state.is_live()
            && (tender.attention
                || tender.asked_in_vain >= UNKNOWN_AFTER_VAIN
                || matches!(self.link.reach, Reach::Offline | Reach::Revoked)
                || newest == Some(TradeState::PrepayUnknown))
    }

    /// What is known of a tender, in the words of the screens.
    #[must_use]
    pub fn phase(&self, tender: &TenderRow) -> TenderPhase {
        match tender.state {
            TenderState::Live | TenderState::Closing | TenderState::Canceled | TenderState::Failed
                if tender.attention =>
            {
                TenderPhase::NeedsAttention
            }
            TenderState::Live | TenderState::Closing if self.is_unknown(tender) => TenderPhase::Unknown,
            TenderState::Live => self.live_phase(tender),
            TenderState::Closing => TenderPhase::Closing,
            TenderState::Settled => TenderPhase::Settled,
            TenderState::Canceled => TenderPhase::Canceled,
            TenderState::GivenUp => TenderPhase::GivenUp,
            TenderState::Failed => TenderPhase::Failed,
            TenderState::Reversed => TenderPhase::Reversed,
        }
    }

    fn live_phase(&self, tender: &TenderRow) -> TenderPhase {
        let newest = tender.newest_attempt();
        if tender.paying || newest.is_some_and(|attempt| attempt.taken) {
            return TenderPhase::Paying;
        }
        let has_code = newest.is_some_and(|attempt| attempt.code_url.is_some());
        if has_code {
            TenderPhase::Waiting
        } else {
            TenderPhase::Fetching
        }
    }

    /// A tender for the screens.
    #[must_use]
    pub fn shown_tender(&self, tender: &TenderRow) -> Tender {
        let phase = self.phase(tender);
        let may_show = matches!(phase, TenderPhase::Waiting | TenderPhase::Paying);
        let number = tender.tender_no.to_string();
        let ask_again = self.link.ask_again_at_ms.get(&number).copied();
        Tender {
            means: shown_means(tender.means),
            amount_minor: tender.amount_minor,
            received_minor: tender.received_minor,
            change_minor: tender.change_minor,
            phase,
            settled_at_ms: tender.settled_at_ms,
            code: tender
                .newest_attempt()
                .filter(|_| may_show)
                .and_then(|attempt| self.code(attempt)),
            shown_at_ms: tender
                .attempts
                .iter()
                .filter_map(|attempt| attempt.shown_at_ms)
                .min(),
            asked_at_ms: tender.asked_at_ms,
            asked_in_vain: tender.asked_in_vain,
            unknown_since_ms: self.unknown_since(tender),
            ask_again_at_ms: ask_again
                .or(tender.ask_again_at_ms)
                .or(self.link.retry_at_ms)
                .filter(|_| tender.state.is_live()),
            renewed: tender.attempts.iter().any(|attempt| attempt.renew),
            by_payment_code: tender.newest_attempt().is_some_and(|attempt| attempt.taken),
            next: tender.next.filter(|_| tender.state.is_live()).and_then(next_way),
            refused_code: tender.refused_code.clone(),
            tender_no: number,
        }
    }

    fn unknown_since(&self, tender: &TenderRow) -> Option<i64> {
        if !self.is_unknown(tender) {
            return None;
        }
        tender
            .unknown_since_ms
            .or(self.link.offline_since_ms)
            .or(Some(tender.opened_at_ms))
    }

    /// The drawing of a code that can still be paid.
    fn code(&self, attempt: &AttemptRow) -> Option<PayCode> {
        let url = attempt.code_url.clone()?;
        let expires_at_ms = attempt.expires_at_ms.filter(|at| *at > self.now_ms)?;
        let drawing = self.last_code.path_of(&url)?;
        Some(PayCode {
            trade_no: attempt.trade_no.clone()?,
            svg_path: drawing.svg_path,
            modules: drawing.modules,
            created_at_ms: attempt.created_at_ms.unwrap_or(attempt.committed_at_ms),
            expires_at_ms,
            url,
        })
    }
}
