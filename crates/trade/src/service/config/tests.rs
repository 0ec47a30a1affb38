//! Settings from three places, and all that is wrong with them at once.

use std::path::PathBuf;

use super::list::SETTINGS;
use super::*;

type Flags = Vec<(&'static str, Option<String>)>;

fn flags(said: &[(&'static str, &str)]) -> Flags {
    said.iter()
        .map(|(name, text)| (*name, Some((*text).to_owned())))
        .collect()
}

fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("centre.toml");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

fn nothing(_: &str) -> Option<String> {
    None
}

fn read(mut said: Sources) -> Result<(Place, ServeOptions, LogWishes), Faults> {
    let place = place(&mut said);
    let (options, log) = serving(&mut said, &place.folder);
    said.finish().map(|()| (place, options, log))
}

#[test]
fn what_nobody_says_is_as_the_list_has_it() {
    let (place, options, log) = read(Sources::gather(&flags(&[("data", "d")]), nothing, None)).unwrap();
    assert_eq!(place.folder, PathBuf::from("d"));
    assert_eq!(place.database, None);
    assert_eq!(options.settings, Settings::default());
    assert_eq!(options.operation, Operation::default());
    assert_eq!(
        (options.inner, options.certificate, options.public_url),
        (None, None, None)
    );
    assert_eq!((log.filter.as_str(), log.format), ("info", LogFormat::Text));
}

#[test]
fn a_flag_counts_before_the_environment_and_that_before_the_file() {
    let (_folder, path) = file(
        "data = \"from-file\"\nlisten = \"127.0.0.1:1\"\ncode_life_minutes = 7\nlate_delay_minutes = 3\nalways_tls = true\n\
         public_url = \"https://pay.example.cn/\"\n",
    );
    let environment = |name: &str| match name {
        "SUANPAN_LISTEN" => Some("127.0.0.1:2".to_owned()),
        "SUANPAN_CODE_LIFE_MINUTES" => Some("8".to_owned()),
        "SUANPAN_LATE_DELAY_MINUTES" => Some(String::new()),
        _other => None,
    };
    let said = Sources::gather(&flags(&[("listen", "127.0.0.1:3")]), environment, Some(&path));
    let (place, options, _) = read(said).unwrap();
    assert_eq!(place.folder, PathBuf::from("from-file"));
    assert_eq!(options.listen.port(), 3);
    assert_eq!(options.settings.code_life_ms, 8 * 60_000);
    assert_eq!(
        options.settings.late_delay_ms,
        3 * 60_000,
        "an empty text says nothing"
    );
    assert!(options.always_tls);
    assert_eq!(options.public_url.as_deref(), Some("https://pay.example.cn"));
}

#[test]
fn all_that_is_wrong_is_said_at_once_with_where_it_was_said() {
    let (_folder, path) = file(
        "listen = \"here\"\ncode_life_minutes = 0\nlate_delay_minutes = 1.5\ninner = \"127.0.0.1:7\"\noperators = \"127.0.0.1:7\"\n\
         public_url = \"https://name:word@pay.example.cn\"\ntls_key = \"no-such-file\"\nlog_format = \"xml\"\nlog = \"suanpan=loud\"\n\
         colour = \"red\"\n",
    );
    let environment = |name: &str| (name == "SUANPAN_STOP_SECONDS").then(|| "61".to_owned());
    let said = Sources::gather(&flags(&[("till_requests_max", "many")]), environment, Some(&path));
    let faults = read(said).unwrap_err();
    let shown = path.display().to_string();
    for (place, why) in [
        (format!("{shown} has colour"), "no such setting"),
        (format!("late_delay_minutes in {shown}"), "neither"),
        ("--data".to_owned(), "nothing says where the data is"),
        (format!("listen in {shown} is \"here\""), "127.0.0.1:8443"),
        (format!("code_life_minutes in {shown} is \"0\""), "from 2 to 120"),
        ("inner".to_owned(), "port of its own"),
        (
            format!("public_url in {shown}"),
            "without a path or a name and password",
        ),
        (
            format!("tls_key in {shown} is \"no-such-file\""),
            "cannot be read",
        ),
        (
            format!("tls_key in {shown} is given without tls_certificate"),
            "each needs the other",
        ),
        (format!("log_format in {shown}"), "text or json"),
        (format!("log in {shown}"), "cannot be used"),
        ("SUANPAN_STOP_SECONDS is \"61\"".to_owned(), "from 1 to 60"),
        ("--till-requests-max is \"many\"".to_owned(), "whole number"),
    ] {
        let said = faults
            .0
            .iter()
            .any(|fault| fault.contains(&place) && fault.contains(why));
        assert!(said, "{place} … {why} is not in {faults}");
    }
    assert_eq!(faults.0.len(), 13, "{faults}");
    assert!(faults.to_string().contains("for 13 reasons"), "{faults}");
}

#[test]
fn a_centre_for_other_machines_says_how_it_is_reached_and_sends_nothing_in_clear() {
    let fault = |more: &[(&'static str, &str)]| {
        let said = [&[("data", "d")], more].concat();
        read(Sources::gather(&flags(&said), nothing, None))
            .err()
            .map(|faults| faults.to_string())
    };
    for (more, why) in [
        (&[("listen", "0.0.0.0:8443")][..], "public_url is wanted"),
        (&[("listen", "[::]:8443")], "public_url is wanted"),
        (&[("public_url", "http://pay.example.cn")], "https://"),
        (&[("broker_url", "amqp://name:word@10.0.0.9/%2f")], "amqps://"),
        (&[("broker_url", "amqp://127.0.0.1.example/%2f")], "amqps://"),
        (&[("broker_url", "https://127.0.0.1/")], "amqp://"),
    ] {
        let said = fault(more).unwrap_or_default();
        assert!(said.contains(why), "{more:?}: {said}");
    }
    for more in [
        &[
            ("listen", "0.0.0.0:8443"),
            ("public_url", "https://pay.example.cn"),
        ][..],
        &[("public_url", "http://127.0.0.1:8443")],
        &[("broker_url", "amqp://name:word@127.0.0.1:5672/%2f")],
        &[("broker_url", "amqp://name:word@[::1]:5672/%2f")],
        &[("broker_url", "amqps://name:word@broker.example/%2f")],
    ] {
        assert_eq!(fault(more), None, "{more:?}");
    }
}

#[test]
fn calls_to_platforms_are_limited_as_is_said_within_what_a_claim_outlives() {
    let said = [
        ("data", "d"),
        ("question_seconds", "2"),
        ("change_seconds", "20"),
        ("charge_seconds", "15"),
        ("connect_seconds", "1"),
        ("calls_at_once", "64"),
        ("calls_per_merchant", "60"),
        ("breaker_failures", "9"),
        ("breaker_pause_seconds", "60"),
    ];
    let (_, options, _) = read(Sources::gather(&flags(&said), nothing, None)).unwrap();
    let calls = options.operation.calls;
    assert_eq!(
        (
            calls.question_ms,
            calls.change_ms,
            calls.charge_ms,
            calls.connect_ms
        ),
        (2_000, 20_000, 15_000, 1_000)
    );
    assert_eq!((calls.at_once, calls.per_merchant), (64, 60));
    assert_eq!(
        (calls.breaker.failures_max, calls.breaker.probe_delay_ms_max),
        (9, 60_000)
    );
    let wrong = [
        ("data", "d"),
        ("question_seconds", "0"),
        ("change_seconds", "21"),
        ("charge_seconds", "4"),
        ("connect_seconds", "11"),
        ("calls_at_once", "8"),
        ("calls_per_merchant", "9"),
        ("breaker_failures", "1"),
        ("breaker_pause_seconds", "301"),
    ];
    let faults = read(Sources::gather(&flags(&wrong), nothing, None)).unwrap_err();
    assert_eq!(faults.0.len(), 7, "{faults}");
    assert!(
        faults.to_string().contains("a merchant has a part of them"),
        "{faults}"
    );
}

#[test]
fn measurements_are_read_on_this_machine_only() {
    let said = Sources::gather(
        &flags(&[("data", "d"), ("operators", "0.0.0.0:9464")]),
        nothing,
        None,
    );
    assert!(
        read(said)
            .unwrap_err()
            .to_string()
            .contains("on this machine only")
    );
    let said = Sources::gather(
        &flags(&[("data", "d"), ("operators", "[::1]:9464")]),
        nothing,
        None,
    );
    assert!(read(said).is_ok());
}

#[test]
fn a_password_is_never_repeated() {
    let address = "postgres://shop:geheim@db.example.cn:port/shop";
    let said = Sources::gather(&flags(&[("data", "d"), ("database", address)]), nothing, None);
    let faults = read(said).unwrap_err().to_string();
    assert!(
        faults.contains("--database") && !faults.contains("geheim"),
        "{faults}"
    );

    let (_folder, path) = file("data = \"d\"\ndatabase = \"postgres://shop:geheim@127.0.0.1:5432/shop\n");
    let faults = read(Sources::gather(&[], nothing, Some(&path)))
        .unwrap_err()
        .to_string();
    assert!(
        faults.contains("line 2") && !faults.contains("geheim"),
        "{faults}"
    );
}

#[cfg(unix)]
#[test]
fn a_file_that_names_the_database_is_not_for_everybody() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = file("data = \"d\"\ndatabase = \"postgres://shop:geheim@127.0.0.1:5432/shop\"\n");
    let set = |mode| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o644);
    let faults = read(Sources::gather(&[], nothing, Some(&path)))
        .unwrap_err()
        .to_string();
    assert!(faults.contains("0640") && !faults.contains("geheim"), "{faults}");
    set(0o640);
    let (place, ..) = read(Sources::gather(&[], nothing, Some(&path))).unwrap();
    assert!(place.database.unwrap().contains("geheim"));
}

#[test]
fn a_file_that_is_not_there_is_a_fault() {
    let faults = read(Sources::gather(
        &flags(&[("data", "d")]),
        nothing,
        Some(Path::new("no-such.toml")),
    ))
    .unwrap_err();
    assert!(
        faults.to_string().contains("no-such.toml cannot be read"),
        "{faults}"
    );
}

#[test]
fn every_setting_of_the_list_is_read() {
    for setting in SETTINGS
        .iter()
        .filter(|setting| !matches!(setting.name, "data" | "public_url"))
    {
        let mut said = flags(&[("data", "d")]);
        // A filter may name anything, but not any level.
        let bad = if setting.name == "log" {
            "suanpan=loud"
        } else {
            "@@"
        };
        said.push((setting.name, Some(bad.to_owned())));
        let faults = read(Sources::gather(&said, nothing, None))
            .unwrap_err()
            .to_string();
        assert!(faults.contains(&setting.flag()), "{}: {faults}", setting.name);
    }
}

#[test]
fn the_file_to_begin_with_is_usable_and_shows_every_setting() {
    let text = include_str!("../../../../../packaging/systemd/centre.toml");
    let (_folder, path) = file(text);
    assert_eq!(
        read(Sources::gather(&[], nothing, Some(&path)))
            .map(|(place, ..)| place.folder)
            .unwrap(),
        Path::new("/var/lib/suanpan")
    );
    // With every example taken out of its comment it names each setting, and nothing else.
    let table: toml::Table = text.replace("\n#", "\n").replace("\n ", "\n# ").parse().unwrap();
    let mut listed: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
    listed.sort_unstable();
    assert_eq!(table.keys().map(String::as_str).collect::<Vec<_>>(), listed);
    let usual = SETTINGS.iter().filter(|setting| !setting.usual.is_empty());
    let commented: Vec<_> = usual
        .filter(|setting| text.contains(&format!("\n#{} =", setting.name)))
        .collect();
    assert!(commented.len() > 5);
    for setting in commented {
        let shown = sources::value_text(&table[setting.name]).unwrap();
        assert_eq!(shown, setting.usual, "{}", setting.name);
    }
}

#[test]
fn the_unit_gives_a_centre_the_time_that_it_may_take_to_stop() {
    let unit = include_str!("../../../../../packaging/systemd/suanpan-trade.service");
    let given = unit
        .lines()
        .find_map(|line| line.strip_prefix("TimeoutStopSec="))
        .unwrap();
    let given = Duration::from_secs(given.parse().unwrap());
    let [stop, call] = [SECONDS_MAX, limits::CALL_SECONDS_MAX].map(i64::unsigned_abs);
    // A request that comes in at the last moment begins calls while it has patience, and each may wait for its place.
    let longest = Duration::from_secs(stop + call)
        + Duration::from_millis(limits::PLACE_MS_MAX)
        + crate::service::driver::WORK_PATIENCE;
    let slack = Duration::from_secs(10);
    assert!(longest + slack <= given, "{longest:?} of {given:?}");
}
