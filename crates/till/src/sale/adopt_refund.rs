//! Refunds that a restored till gets back from its centre with its own entries.
//!
//! A refund whose end the entries do not tell is sent again under its number, which is the same refund. Words on late
//! money are not taken up: the centre has heard them, or asks for one again.

use suanpan_domain::refund::RefundState;
use suanpan_wire::entry::{FactSaid, Said};
use suanpan_wire::refund::RefundSaid;

use crate::store::{Halt, RefundRow, WriteTx};

impl WriteTx<'_> {
    pub(super) fn retell_refund(&mut self, said: &Said, at_ms: i64) -> Result<(), Halt> {
        if let Said::RefundAsked { refund } = said {
            self.stand_refund(refund, at_ms).map(|_| ())
        } else if let Said::RefundReturned { refund, fact } = said {
            self.stand_returned(refund, fact)
        } else if let Said::RefundRefused { refund_no, code, .. } = said {
            self.stand_refused(refund_no, code, at_ms)
        } else {
            Ok(())
        }
    }

    /// The refund as it was asked for, once; nothing where its tender was never lived here. Cash that is not said
    /// to be back yet is: its two entries were one commit.
    fn stand_refund(&mut self, said: &RefundSaid, at_ms: i64) -> Result<Option<RefundRow>, Halt> {
        let number = number(&said.refund_no);
        if let Some(known) = self.view().refund(number)? {
            return Ok(Some(known));
        }
        let Some(tender) = self.view().tender(self::number(&said.tender_no))? else {
            return Ok(None);
        };
        let refund = RefundRow {
            note: said.note.clone(),
            requested_by: said.requested_by.clone(),
            approved_by: said.approved_by.clone(),
            shift_id: said.shift_id.clone(),
            ..RefundRow::wanted(number, &tender, said.amount_minor, said.reason, at_ms)
        };
        self.insert_refund(&refund)?;
        Ok(Some(refund))
    }

    fn stand_returned(&mut self, said: &RefundSaid, fact: &FactSaid) -> Result<(), Halt> {
        let Some(mut refund) = self.stand_refund(said, fact.at_ms)? else {
            return Ok(());
        };
        if self.view().refund_fact(refund.refund_no)?.is_some() {
            return Ok(());
        }
        refund.state = RefundState::Success;
        refund.ended_at_ms = Some(fact.at_ms);
        refund.attention = false;
        self.update_refund(&refund)?;
        self.insert_refund_fact(&refund, fact)?;
        self.follow_refunds(&refund.order_id)
    }

    fn stand_refused(&mut self, refund_no: &str, code: &str, at_ms: i64) -> Result<(), Halt> {
        let found = self.view().refund(number(refund_no))?;
        if let Some(mut refund) = found.filter(RefundRow::is_open) {
            refund.state = RefundState::Fail;
            refund.ended_at_ms = Some(at_ms);
            refund.attention = true;
            refund.refused_code = Some(code.to_owned());
            self.update_refund(&refund)?;
        }
        Ok(())
    }
}

fn number(text: &str) -> i64 {
    text.parse().unwrap_or(0)
}
