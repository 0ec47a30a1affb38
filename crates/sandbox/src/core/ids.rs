//! Nonces, tokens and numbers from one seed: the same seed gives the same run.
//!
//! Not fit for secrets. What the sandbox hands out guards play money only.

use super::name::PlatformName;

const LETTERS_AND_DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const DIGITS: &[u8] = b"0123456789";
const HEX: &[u8] = b"0123456789abcdef";

/// The seeded source (SplitMix64: one addition and two multiplications, full period).
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    state: u64,
}

impl Ids {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Where the sequence stands; [`Self::new`] goes on from there.
    pub(crate) const fn state(&self) -> u64 {
        self.state
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn text(&mut self, alphabet: &[u8], length: usize) -> String {
        let size = alphabet.len() as u64;
        (0..length)
            .map(|_| char::from(alphabet[(self.next() % size) as usize]))
            .collect()
    }

    /// 32 characters, the length the platform uses for signature nonces.
    pub(crate) fn nonce(&mut self) -> String {
        self.text(LETTERS_AND_DIGITS, 32)
    }

    /// 12 ASCII characters: the 96-bit nonce of AES-256-GCM.
    pub(crate) fn gcm_nonce(&mut self) -> String {
        self.text(LETTERS_AND_DIGITS, 12)
    }

    /// 16 characters that name one payment code.
    pub(crate) fn token(&mut self) -> String {
        self.text(LETTERS_AND_DIGITS, 16)
    }

    /// A transaction number: 28 digits, the platform's form.
    pub(crate) fn transaction_id(&mut self) -> String {
        format!("42000{}", self.text(DIGITS, 23))
    }

    /// A refund number: 29 digits, the platform's form.
    pub(crate) fn refund_id(&mut self) -> String {
        format!("50300{}", self.text(DIGITS, 24))
    }

    /// A customer's payment code: 18 digits. WeChat's begin with 10 to 15, Alipay's with 25 to 30.
    pub(crate) fn payment_code(&mut self, platform: PlatformName) -> String {
        match platform {
            PlatformName::Wechat => format!("13{}", self.text(DIGITS, 16)),
            PlatformName::Alipay => format!("28{}", self.text(DIGITS, 16)),
        }
    }

    /// An Alipay trade number: date and 20 digits.
    pub(crate) fn trade_no(&mut self, day: &str) -> String {
        format!("{day}22001{}", self.text(DIGITS, 15))
    }

    /// A buyer's id at Alipay: 16 digits.
    pub(crate) fn buyer_id(&mut self) -> String {
        format!("2088{}", self.text(DIGITS, 12))
    }

    /// The id of an Alipay notification: date and letters, the platform's form.
    pub(crate) fn notify_id(&mut self, day: &str) -> String {
        format!("{day}{}", self.text(HEX, 26))
    }

    /// A token in the address of a download.
    pub(crate) fn download_token(&mut self) -> String {
        self.text(LETTERS_AND_DIGITS, 40)
    }

    /// The id of one notification, in the form of a UUID.
    pub(crate) fn notification_id(&mut self) -> String {
        let parts = [8, 4, 4, 4, 12].map(|length| self.text(HEX, length));
        parts.join("-")
    }

    /// A payer's openid: 28 characters.
    pub(crate) fn openid(&mut self) -> String {
        format!("oSANDBOX{}", self.text(LETTERS_AND_DIGITS, 20))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_sequence_and_another_seed_another() {
        let (mut a, mut b, mut c) = (Ids::new(7), Ids::new(7), Ids::new(8));
        assert_eq!(a.nonce(), b.nonce());
        assert_eq!(a.transaction_id().len(), 28);
        assert_eq!(a.refund_id().len(), 29);
        assert_ne!(b.token(), c.token());
        assert_eq!(c.notification_id().len(), 36);
    }
}
