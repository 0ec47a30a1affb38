//! WeChat Pay's own certificates: which of them signs, and the download that hands them out.

use serde_json::{Value, json};

use super::answer::Answer;
use super::keys::{
    AnswerKeys, CertificateChange, Merchant, MerchantKey, PLATFORM_CERTIFICATE_EFFECTIVE,
    PLATFORM_CERTIFICATE_EXPIRES, SignedWith,
};
use super::platform::Platform;
use super::refusal::{Code, Refusal};
use super::seal::seal_gcm;

impl Platform {
    fn certificate_change(&self, mchid: &str) -> CertificateChange {
        let change = self.certificate_changes.get(mchid).copied();
        change.unwrap_or(CertificateChange::Current)
    }

    /// The certificate whose turn it is to sign for a merchant.
    pub(crate) fn certificate_in_turn(&mut self, mchid: &str) -> SignedWith {
        match self.certificate_change(mchid) {
            CertificateChange::Current | CertificateChange::Announced => SignedWith::Certificate,
            CertificateChange::Next => SignedWith::NextCertificate,
            CertificateChange::Alternating => {
                self.certificate_signatures += 1;
                if self.certificate_signatures.is_multiple_of(2) {
                    SignedWith::NextCertificate
                } else {
                    SignedWith::Certificate
                }
            }
        }
    }

    /// Hands out the certificates a merchant may meet, each encrypted with its APIv3 key.
    pub(crate) fn certificates(&mut self, signer: &MerchantKey) -> Result<Answer, Refusal> {
        let merchant = &signer.merchant;
        if self.answer_keys(&merchant.mchid) == AnswerKeys::PublicKeyOnly {
            let message = "无可用的平台证书，请使用微信支付公钥";
            return Err(Refusal::new(Code::ResourceNotExists, message));
        }
        let (current, next) = match self.certificate_change(&merchant.mchid) {
            CertificateChange::Current => (true, false),
            CertificateChange::Announced | CertificateChange::Alternating => (true, true),
            CertificateChange::Next => (false, true),
        };
        let mut data = Vec::new();
        if current {
            let (serial, pem) = (
                &merchant.platform_certificate_serial,
                &merchant.platform_certificate_pem,
            );
            data.push(self.handed_out(merchant, serial, pem));
        }
        if next {
            let (serial, pem) = (
                &merchant.next_platform_certificate_serial,
                &merchant.next_platform_certificate_pem,
            );
            data.push(self.handed_out(merchant, serial, pem));
        }
        Ok(Answer::Body(json!({ "data": data })))
    }

    fn handed_out(&mut self, merchant: &Merchant, serial: &str, pem: &str) -> Value {
        let nonce = self.ids.gcm_nonce();
        let key = merchant.api_v3_key.as_bytes();
        json!({
            "serial_no": serial,
            "effective_time": PLATFORM_CERTIFICATE_EFFECTIVE,
            "expire_time": PLATFORM_CERTIFICATE_EXPIRES,
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": nonce,
                "associated_data": "certificate",
                "ciphertext": seal_gcm(key, &nonce, "certificate", pem.as_bytes()),
            },
        })
    }
}
