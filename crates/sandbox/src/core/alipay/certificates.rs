//! Certificate mode: a request names the app's certificate and the roots, an answer names the one that signed it, and
//! a certificate that a merchant does not hold can be downloaded by its name.
//!
//! The names stand here as openssl computed them (`keys/make.sh`): a certificate of this stand-in never changes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::keys::AlipayApp;
use super::node::{Node, Trouble, invalid};
use super::params::{Content, bad};

/// Alipay's root certificates, as it hands them out.
pub(crate) const ROOTS: &str = include_str!("../../../keys/alipay_roots.pem");
/// Their name: that of the one that is RSA.
pub(crate) const ROOTS_NAME: &str = "a46b72c4fdee751b47539d383cf1f4d6";
/// The certificate of the key in use, and its authority's.
pub(crate) const CURRENT: &str = include_str!("../../../keys/alipay_platform_certificate.pem");
/// Its name.
pub(crate) const CURRENT_NAME: &str = "d0fed63255b3e8400a649b27a0669955";
/// The certificate of the key that comes after it, and its authority's.
pub(crate) const NEXT: &str = include_str!("../../../keys/alipay_platform_next_certificate.pem");
/// Its name.
pub(crate) const NEXT_NAME: &str = "bf2c445ebaf3f363aa67a82df981ec62";
/// The first practice app's certificate.
pub(crate) const FIRST_APP: &str = include_str!("../../../keys/alipay_app_2021000199900101_certificate.pem");
/// Its name.
pub(crate) const FIRST_APP_NAME: &str = "86443c0c0f764368450452af05908d07";
/// The second practice app's certificate.
pub(crate) const SECOND_APP: &str = include_str!("../../../keys/alipay_app_2021000199900102_certificate.pem");
/// Its name.
pub(crate) const SECOND_APP_NAME: &str = "c05e36019d566f130475572b062f6e94";

/// How an app of Alipay may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlipayMode {
    /// As it likes: who names certificates is answered in certificate mode.
    AsAsked,
    /// In certificate mode only.
    Certificates,
}

/// Checks the names in a request; whether it is in certificate mode.
pub(super) fn is_in_certificate_mode(
    app: &AlipayApp,
    mode: AlipayMode,
    app_cert_sn: Option<&str>,
    root_cert_sn: Option<&str>,
) -> Result<bool, Trouble> {
    match (app_cert_sn, root_cert_sn, mode) {
        (None, None, AlipayMode::AsAsked) => Ok(false),
        (None, _, _) => Err(invalid("isv.missing-app-cert-sn", "缺少应用公钥证书序列号")),
        (Some(_), None, _) => Err(invalid(
            "isv.missing-alipay-root-cert-sn",
            "缺少支付宝根证书序列号",
        )),
        (Some(named), Some(_), _) if named != app.app_cert_sn => {
            Err(invalid("isv.app-cert-not-exist", "应用公钥证书不存在"))
        }
        (Some(_), Some(named), _) if named != app.alipay_root_cert_sn => Err(invalid(
            "isv.invalid-alipay-root-cert-sn",
            "无效的支付宝根证书序列号",
        )),
        (Some(_), Some(_), _) => Ok(true),
    }
}

/// Hands out one of the platform's certificates with its authority's, as text in base64.
pub(super) fn download(content: &Content) -> Result<Node, Trouble> {
    let name = content
        .text("alipay_cert_sn")
        .ok_or(bad("参数有误，支付宝公钥证书序列号不能为空"))?;
    let pem = match name.as_str() {
        CURRENT_NAME => CURRENT,
        NEXT_NAME => NEXT,
        _other => return Err(invalid("isv.alipay-cert-not-exist", "支付宝公钥证书不存在")),
    };
    Ok(Node::success().and("alipay_cert_content", STANDARD.encode(pem)))
}
