//! What a centre writes about its calls to both platforms, well and badly answered, at the most talkative level: numbers
//! and outcomes, and neither a key nor a secret, a signature, a certificate, a body or a code.

#![allow(
    clippy::unwrap_used,
    reason = "what is not there fails the scenario right here"
)]

use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use suanpan_sandbox::{CallEffect, CallKind, Fault, FaultRule, Sandbox};
use suanpan_tests::house::clock::{LATER, wait_until};
use suanpan_tests::house::http1::{Message, Request};
use suanpan_trade::service::log::{LogFormat, LogWishes, begin_as};
use suanpan_trade::service::{Operation, Ready, ServeOptions, operate, serve};
use suanpan_trade::{Settings, office, practice};

const APP: &str = "silent.orders";
/// What a stranger sends to the callbacks' addresses.
const FORGED: &str = "Rm9yZ2VkU2lnbmF0dXJlT2ZBU3RyYW5nZXI";
/// No number, digest or address is so long; a signature, a certificate and what is encrypted are longer.
const RUN_MAX: usize = 100;

/// A centre with an account at each platform, and a caller that trusts this machine.
struct Scene {
    sandbox: Arc<Sandbox>,
    ready: Ready,
    orders: u32,
    /// What customers were shown to scan.
    codes: Vec<String>,
}

fn prepare(folder: &Path, sandbox: &Sandbox) {
    operate::put_caller(folder, "t", APP, None, "127.0.0.0/8").unwrap();
    for (label, enterprise_id) in practice::LABELS.iter().zip(1..) {
        let row = practice::account(folder, enterprise_id, label, &sandbox.base()).unwrap();
        operate::put_offered(folder, "t", &row, None).unwrap();
        operate::commit(folder, |ledger| office::grant(ledger, "t", APP, enterprise_id)).unwrap();
    }
}

impl Scene {
    fn contract(&self, method: &'static str, path: &str, body: &Value) -> Message {
        let inner = self.ready.inner.as_ref().unwrap();
        let request = Request::new(method, &format!("{inner}/trade/inner/{path}"))
            .header("content-type", "application/json")
            .header("suanpan-app", APP);
        let request = match body {
            Value::Null => request,
            body => request.body(body.to_string().into_bytes()),
        };
        request.send().unwrap()
    }

    fn native(&mut self, label: &str, enterprise_id: i64) -> Message {
        self.orders += 1;
        let wish = json!({
            "enterpriseId": enterprise_id, "productAppId": APP, "productOrderNo": 1_000 + self.orders,
            "tradingChannel": label, "tradingAmount": "28.10", "memo": "算盘便利店",
        });
        self.contract("POST", "native", &wish)
    }

    /// Collected, told of, given back in part.
    fn all_goes_well(&mut self, label: &str, enterprise_id: i64) {
        let shown = self.native(label, enterprise_id);
        assert_eq!(shown.status(), 200, "{label}: {}", shown.text());
        let trade_no = shown.json()["tradingOrderNo"].as_str().unwrap().to_owned();
        let code = self.sandbox.with_platform(|platform, now_ms| {
            let code = platform.code_of_trade(None, &trade_no).unwrap();
            platform.scan(&code, now_ms).unwrap();
            platform.start_paying(&code, now_ms).unwrap();
            platform.confirm(&code, now_ms).unwrap();
            code
        });
        self.codes.push(code);
        let find = format!("tradings/findTradResultByTradingOrderNo?tradingOrderNo={trade_no}");
        wait_until("it is paid", LATER, || {
            let found = self.contract("GET", &find, &Value::Null);
            (found.json()["tradingState"] == 4).then_some(())
        });
        let refund = format!("refund-record/refund?tradingOrderNo={trade_no}&refundAmount=1.00");
        let refunded = self.contract("POST", &refund, &Value::Null);
        assert_eq!(refunded.status(), 200, "{label}: {}", refunded.text());
    }

    /// Every way in which an answer is none, each once.
    fn all_goes_wrong(&mut self, label: &str, enterprise_id: i64) {
        for effect in [
            CallEffect::BadSignature,
            CallEffect::Unsigned,
            CallEffect::SystemError { acts: false },
            CallEffect::HtmlPage,
            CallEffect::Forbidden,
            CallEffect::LostReply,
            CallEffect::Status {
                status: 500,
                acts: true,
            },
        ] {
            let rule = FaultRule {
                times: Some(1),
                ..FaultRule::always(Fault::Call {
                    on: Some(CallKind::Prepay),
                    effect,
                })
            };
            self.sandbox.with_platform(|platform, _| platform.set_fault(rule));
            let answer = self.native(label, enterprise_id);
            assert!(
                [200, 500].contains(&answer.status()),
                "{label}: {}",
                answer.text()
            );
        }
    }

    fn a_stranger_calls_back(&self) {
        let to =
            |path: &str| Request::new("POST", &format!("{}/trade/open/notify/{path}", self.ready.centre));
        let seconds = self.sandbox.with_platform(|_, now_ms| now_ms / 1_000);
        let wechat = to("wx/1")
            .header("wechatpay-timestamp", &seconds.to_string())
            .header("wechatpay-nonce", FORGED)
            .header(
                "wechatpay-serial",
                "PUB_KEY_ID_0119000001012026010100000000000001",
            )
            .header("wechatpay-signature", FORGED)
            .body(
                json!({ "resource": { "ciphertext": FORGED } })
                    .to_string()
                    .into_bytes(),
            );
        assert_eq!(wechat.send().unwrap().status(), 401);
        let form = format!("sign_type=RSA2&out_trade_no=1&body={FORGED}&sign={FORGED}");
        let alipay = to("alipay/2").body(form.into_bytes());
        assert_eq!(alipay.send().unwrap().status(), 401);
    }

    /// Nobody answers at all.
    fn the_platform_is_gone(&mut self, folder: &Path) {
        for (label, enterprise_id) in practice::LABELS.iter().zip(1..) {
            operate::commit(folder, |ledger| {
                office::change_channel(ledger, "t", enterprise_id, |row| {
                    row.api_base = row.api_base.replace(&self.sandbox.base(), "http://127.0.0.1:1");
                })
            })
            .unwrap();
            let answer = self.native(label, enterprise_id);
            assert_eq!(answer.status(), 500, "{label}: {}", answer.text());
        }
    }
}

/// Everything that nobody may read in a log: what is in the files of keys and secrets, and what stands before one.
fn secrets(folder: &Path) -> Vec<String> {
    let mut secrets = vec![FORGED.to_owned()];
    let words = [
        "WECHATPAY2-",
        "PRIVATE KEY",
        "sign=",
        "ciphertext",
        "biz_content",
        "suanpan-signature",
    ];
    secrets.extend(words.map(ToOwned::to_owned));
    let mut files = vec![
        folder.join("identity.key"),
        folder.join(format!("callers/{APP}.secret")),
    ];
    for account in fs::read_dir(folder.join("keys")).unwrap() {
        let keys = fs::read_dir(account.unwrap().path()).unwrap();
        files.extend(keys.map(|key| key.unwrap().path()));
    }
    for file in files.iter().filter(|file| !file.ends_with("platform_key_id")) {
        let text = fs::read_to_string(file).unwrap();
        let lines = text
            .lines()
            .filter(|line| line.len() >= 16 && !line.starts_with("-----"));
        secrets.extend(lines.map(ToOwned::to_owned));
    }
    assert!(secrets.len() > 60, "{} secrets", secrets.len());
    secrets
}

/// The longest run of what signatures, keys and certificates are written in.
fn longest_run(line: &str) -> &str {
    let runs = line.split(|c: char| !(c.is_ascii_alphanumeric() || "+/=%".contains(c)));
    runs.max_by_key(|run| run.len()).unwrap_or_default()
}

fn assert_silent(folder: &Path, codes: Vec<String>) {
    let files = fs::read_dir(folder.join("logs")).unwrap();
    let said: String = files
        .map(|file| fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    for wanted in [
        "\"call\":\"prepay\"",
        "\"call\":\"refund\"",
        "\"label\":\"WECHAT_PAY\"",
        "\"label\":\"ALI_PAY\"",
        "called in vain",
        "callback applied",
        "callback refused",
    ] {
        assert!(said.contains(wanted), "nothing was said of {wanted}");
    }
    let mut secrets = secrets(folder);
    secrets.extend(codes);
    for line in said.lines() {
        for secret in &secrets {
            assert!(!line.contains(secret.as_str()), "{secret} is in {line}");
        }
        assert!(longest_run(line).len() < RUN_MAX, "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_line_about_a_call_to_either_platform_holds_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sandbox = suanpan_sandbox::serve(listener, suanpan_sandbox::DoorConfig::default());
    let sandbox = Arc::new(sandbox.await.unwrap());
    prepare(folder.path(), &sandbox);
    let everything = LogWishes {
        filter: "trace".to_owned(),
        format: LogFormat::Text,
    };
    begin_as(folder.path(), &everything).unwrap();
    let free = "127.0.0.1:0".parse().unwrap();
    let options = ServeOptions {
        folder: folder.path().to_owned(),
        listen: free,
        public_url: None,
        certificate: None,
        always_tls: false,
        inner: Some(free),
        settings: Settings::default(),
        operation: Operation::default(),
        broker: None,
    };
    let (tell, told) = tokio::sync::oneshot::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        let ready = |ready: &Ready| tell.send(ready.clone()).unwrap();
        serve(options, ready, async { stopped.await.unwrap() }).await
    });
    let mut scene = Scene {
        sandbox,
        ready: told.await.unwrap(),
        orders: 0,
        codes: Vec::new(),
    };
    let place = folder.path().to_owned();
    let played = tokio::task::spawn_blocking(move || {
        for (label, enterprise_id) in practice::LABELS.iter().zip(1..) {
            scene.all_goes_well(label, enterprise_id);
            scene.all_goes_wrong(label, enterprise_id);
        }
        scene.a_stranger_calls_back();
        scene.the_platform_is_gone(&place);
        scene.codes
    });
    let codes = played.await.unwrap();
    stop.send(()).unwrap();
    serving.await.unwrap().unwrap();
    assert_silent(folder.path(), codes);
}

#[test]
fn a_signature_in_a_line_would_be_noticed() {
    let signature = "Q".repeat(344);
    assert_eq!(
        longest_run(&format!("a line with \"{signature}\" in it")).len(),
        344
    );
    assert!(
        longest_run("trade_no=7298374987239847 url=http://127.0.0.1:1/v3/pay/transactions").len() < RUN_MAX
    );
}
