//! The practice shop's life with small scripts in the place of its programs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;

use super::*;

const SANDBOX: &str =
    r#"echo '{"sandbox":"http://127.0.0.1:1","token":"s","api":"http://127.0.0.1:1"}'; exec sleep 600"#;
const BRIDGE: &str = r#"
echo "$@" >>"$(dirname "$0")/bridge.log"
echo '{"till":"http://127.0.0.1:3/?token=t","rpc":"http://127.0.0.1:3/rpc","token":"t"}'
exec sleep 600"#;
const TRADE: &str = r#"
echo "$@" >>"$(dirname "$0")/trade.log"
case " $* " in
*" serve "*) echo '{"centre":"http://127.0.0.1:2","inner":"http://127.0.0.1:4"}'; exec sleep 600 ;;
*" store "*) echo '{"store":"7"}' ;;
*" caller "*) echo '{"productAppId":"jzo2o.orders"}' ;;
*" channel "*ALI_PAY*) echo '{"channel":"ALI_PAY","enterpriseId":"10"}' ;;
*" channel "*) echo '{"channel":"WECHAT_PAY","enterpriseId":"9"}' ;;
*" invite "*) echo '{"line":"http://127.0.0.1:2#CODE#print"}' ;;
esac"#;

/// A build folder that holds the scripts.
struct Scripts {
    folder: tempfile::TempDir,
}

impl Scripts {
    fn new(bridge: &str) -> Self {
        let scripts = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(scripts.folder.path().join("debug")).unwrap();
        for (name, text) in [
            ("suanpan-sandbox", SANDBOX),
            ("suanpan-trade", TRADE),
            ("suanpan-bridge", bridge),
        ] {
            let path = scripts.folder.path().join("debug").join(name);
            fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        scripts
    }

    fn house(&self) -> House {
        House::with_target(self.folder.path())
    }

    fn said_to(&self, program: &str) -> String {
        fs::read_to_string(self.folder.path().join("debug").join(program)).unwrap_or_default()
    }
}

fn announced(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

fn options(data: &Path) -> ShopOptions {
    ShopOptions {
        json: Some(data.join("shop.json")),
        data: Some(data.join("kept")),
        tills: 2,
        ..Default::default()
    }
}

#[test]
fn the_books_are_kept_on_a_server_of_the_shops_own_where_that_is_asked_for() {
    let scripts = Scripts::new(BRIDGE);
    let options = ShopOptions {
        tills: 1,
        postgres: true,
        ..Default::default()
    };
    open(&scripts.house(), &options, |_| Ok(After::Close)).unwrap();
    let said = scripts.said_to("trade.log");
    let everywhere = said
        .lines()
        .all(|line| line.contains("--database postgres://postgres@127.0.0.1:"));
    assert!(everywhere && said.contains(" serve "), "{said}");
}

#[test]
fn the_shop_opens_announces_itself_and_leaves_no_file_behind() {
    let scripts = Scripts::new(BRIDGE);
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let file = options.json.clone().unwrap();
    open(&scripts.house(), &options, |_| {
        let told = announced(&file);
        assert_eq!(told["till"], "http://127.0.0.1:3/?token=t");
        assert_eq!(told["merchants"][0]["enterpriseId"], "9");
        assert_eq!(told["merchants"][1]["channel"], "ALI_PAY");
        assert_eq!(told["tills"].as_array().unwrap().len(), 2);
        Ok(After::Close)
    })
    .unwrap();
    assert!(!file.exists());
}

#[test]
fn a_kept_shop_is_neither_set_up_nor_enrolled_twice() {
    let scripts = Scripts::new(BRIDGE);
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        open(&scripts.house(), &options(folder.path()), |_| Ok(After::Close)).unwrap();
    }
    let said = scripts.said_to("trade.log");
    assert_eq!(said.matches("store add").count(), 1, "{said}");
    assert_eq!(said.matches("till invite").count(), 2, "{said}");
    assert!(
        said.contains("--listen 127.0.0.1:2"),
        "the second start takes the first one's address: {said}"
    );
    assert_eq!(scripts.said_to("bridge.log").matches("--enrol").count(), 2);
}

#[test]
fn the_centre_can_be_stopped_and_started_while_the_shop_is_open() {
    let scripts = Scripts::new(BRIDGE);
    let folder = tempfile::tempdir().unwrap();
    let (house, stop) = (scripts.house(), Stop::never());
    let mut shop = Shop::open(&house, &options(folder.path()), &stop).unwrap();
    assert!(shop.start_centre(&stop).is_err(), "it runs already");
    shop.stop_centre().unwrap();
    assert!(shop.stop_centre().is_err(), "it is stopped already");
    assert_eq!(
        shop.someone_ended(),
        None,
        "a centre that was stopped has not ended by itself"
    );
    shop.start_centre(&stop).unwrap();
}

#[test]
fn a_part_that_does_not_start_is_named_with_what_it_said() {
    let scripts = Scripts::new("echo 'no such database' >&2; exit 1");
    let folder = tempfile::tempdir().unwrap();
    let options = options(folder.path());
    let problem = open(&scripts.house(), &options, |_| Ok(After::Close))
        .unwrap_err()
        .to_string();
    assert!(
        problem.contains("till-1") && problem.contains("no such database"),
        "{problem}"
    );
    assert!(!options.json.unwrap().exists());
}

#[test]
fn a_centre_elsewhere_is_used_and_none_is_started() {
    let scripts = Scripts::new(BRIDGE);
    let options = ShopOptions {
        centre: Some(String::from("https://centre.example")),
        enrol: vec![String::from("https://centre.example#CODE#print")],
        tills: 1,
        ..Default::default()
    };
    open(&scripts.house(), &options, |announcement| {
        assert_eq!(announcement.centre, "https://centre.example");
        assert_eq!(announcement.sandbox, None);
        Ok(After::Close)
    })
    .unwrap();
    assert_eq!(scripts.said_to("trade.log"), "");
    let said = scripts.said_to("bridge.log");
    assert!(
        said.contains("--enrol https://centre.example#CODE#print"),
        "{said}"
    );
    assert!(
        said.contains("--seed-practice"),
        "it has something to sell: {said}"
    );
}

#[test]
fn a_code_alone_goes_to_the_till_with_the_centres_address() {
    let scripts = Scripts::new(BRIDGE);
    let options = ShopOptions {
        centre: Some(String::from("http://127.0.0.1:2")),
        enrol: vec![String::from("CODE")],
        tills: 1,
        ..Default::default()
    };
    open(&scripts.house(), &options, |_| Ok(After::Close)).unwrap();
    let said = scripts.said_to("bridge.log");
    assert!(said.contains("--enrol http://127.0.0.1:2#CODE"), "{said}");
}
