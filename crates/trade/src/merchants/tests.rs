//! Which files an account needs, and what is said when one is missing or open to others.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::*;
use crate::identity::private_file;

const APP_PEM: &str = include_str!("../../../channels/src/testdata/alipay/app_key.pem");
const APP_CERT_PEM: &str = include_str!("../../../channels/src/testdata/alipay/app_cert.pem");
const ROOTS_PEM: &str = include_str!("../../../channels/src/testdata/alipay/roots.pem");
const KEY_PEM: &str = include_str!("../../../channels/src/testdata/alipay/platform_pub.pem");
const NEXT_PEM: &str = include_str!("../../../channels/src/testdata/alipay/platform_next_pub.pem");
const CERT_PEM: &str = include_str!("../../../channels/src/testdata/alipay/platform_cert.pem");

fn row(label: &str, folder: &Path) -> PayChannel {
    PayChannel {
        enterprise_id: 2,
        label: label.to_owned(),
        app_id: "2021000000000001".to_owned(),
        merchant_id: "2088102100000001".to_owned(),
        merchant_serial: String::new(),
        api_base: "https://openapi.alipay.com/gateway.do".to_owned(),
        notify_base: String::new(),
        key_ref: format!("file:{}", folder.display()),
        prefer: String::new(),
        enabled: true,
        refunds_stopped: false,
        refunds_per_hour_max: 30,
        refund_sum_per_hour_max_minor: 500_000,
        version: 1,
    }
}

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, content) in files {
        let mut file = private_file(&folder.join(name)).unwrap();
        file.write_all(content.as_bytes()).unwrap();
    }
}

fn label_of(opened: Result<Arc<dyn Channel>, MerchantError>) -> Result<String, String> {
    opened
        .map(|channel| channel.label().to_owned())
        .map_err(|error| error.to_string())
}

#[test]
fn an_alipay_account_is_opened_in_public_key_mode_with_one_key_or_two() {
    let folder = tempfile::tempdir().unwrap();
    let opened = || label_of(open(&row("ALI_PAY", folder.path())));
    assert_eq!(opened(), Err("merchant_key.pem is missing".to_owned()));
    write(folder.path(), &[(MERCHANT_KEY, APP_PEM)]);
    assert_eq!(opened(), Err("platform_key.pem is missing".to_owned()));
    write(folder.path(), &[(PLATFORM_KEY, KEY_PEM)]);
    assert_eq!(opened().as_deref(), Ok("ALI_PAY"));
    write(folder.path(), &[(NEXT_KEY, NEXT_PEM)]);
    assert_eq!(opened().as_deref(), Ok("ALI_PAY"));
}

#[test]
fn the_apps_certificate_turns_certificate_mode_on() {
    let folder = tempfile::tempdir().unwrap();
    let opened = || label_of(open(&row("ALI_PAY", folder.path())));
    write(
        folder.path(),
        &[
            (MERCHANT_KEY, APP_PEM),
            (PLATFORM_KEY, KEY_PEM),
            (APP_CERT, APP_CERT_PEM),
        ],
    );
    assert_eq!(opened(), Err("root_cert.pem is missing".to_owned()));
    write(folder.path(), &[(ROOT_CERT, ROOTS_PEM)]);
    assert_eq!(opened(), Err("platform_cert.pem is missing".to_owned()));
    write(folder.path(), &[(PLATFORM_CERT, CERT_PEM)]);
    assert_eq!(opened().as_deref(), Ok("ALI_PAY"));
}

#[cfg(unix)]
#[test]
fn keys_that_others_can_read_and_platforms_nobody_knows_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), &[(MERCHANT_KEY, APP_PEM), (PLATFORM_KEY, KEY_PEM)]);
    let open_to_all = fs::Permissions::from_mode(0o644);
    fs::set_permissions(folder.path().join(MERCHANT_KEY), open_to_all).unwrap();
    assert!(matches!(
        open(&row("ALI_PAY", folder.path())),
        Err(MerchantError::Readable(_))
    ));
    assert!(matches!(
        open(&row("UNION_PAY", folder.path())),
        Err(MerchantError::UnknownLabel(_))
    ));
}
