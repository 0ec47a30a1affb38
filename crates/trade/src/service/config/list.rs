//! The list of settings, from which the command line, the environment, the file and the documentation are checked.

use suanpan_wire::broadcast::EXCHANGE;

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name in the file. The flag is the same with dashes, the variable the same in capitals after `SUANPAN_`.
    pub name: &'static str,
    /// Its value when nobody says anything; empty where there is none.
    pub usual: &'static str,
    /// What it is for.
    pub meaning: &'static str,
    /// Whether it may hold a password, so that it is never repeated.
    pub secret: bool,
}

impl Setting {
    /// Its flag.
    #[must_use]
    pub fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }

    /// Its variable.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("SUANPAN_{}", self.name.to_ascii_uppercase())
    }

    /// Its row in the documentation.
    #[must_use]
    pub fn row(&self) -> String {
        let usual = if self.usual.is_empty() {
            String::new()
        } else {
            format!("`{}`", self.usual)
        };
        format!("| `{}` | {usual} | {} |", self.name, self.meaning)
    }
}

const fn setting(name: &'static str, usual: &'static str, meaning: &'static str) -> Setting {
    Setting {
        name,
        usual,
        meaning,
        secret: false,
    }
}

/// Every setting, as the documentation lists them.
pub const SETTINGS: &[Setting] = &[
    setting(
        "data",
        "",
        "folder of the database, the identity key and the logs",
    ),
    Setting {
        name: "database",
        usual: "",
        meaning: "server of the database, `postgres://…`, instead of the file in the folder; kept in the folder",
        secret: true,
    },
    setting(
        "listen",
        "127.0.0.1:8443",
        "where tills and platforms are listened to; off loopback everything is TLS",
    ),
    setting(
        "public_url",
        "",
        "address to tell tills and platforms, when it is not the one listened on",
    ),
    setting(
        "tls_certificate",
        "",
        "a public certificate (PEM file) instead of the centre's own; a renewed one is read at the next start",
    ),
    setting("tls_key", "", "its private key (PEM file)"),
    setting("always_tls", "false", "TLS also on loopback"),
    setting(
        "inner",
        "",
        "where callers of the existing contract are listened to; nowhere unless given",
    ),
    setting(
        "operators",
        "",
        "where the centre's measurements are read, on loopback; nowhere unless given",
    ),
    Setting {
        name: "broker_url",
        usual: "",
        meaning: "the broker of subscribers with a queue, `amqp://…` or `amqps://…`; without one their events wait",
        secret: true,
    },
    setting("broker_exchange", EXCHANGE, "the exchange at the broker"),
    setting("code_life_minutes", "5", "how long a code can be paid, 2 to 120"),
    setting(
        "caller_order_life_minutes",
        "15",
        "how long a caller's order can be paid, 2 to 20",
    ),
    setting(
        "late_delay_minutes",
        "10",
        "how long late money waits for a person before it goes back by itself",
    ),
    setting(
        "till_requests_max",
        "1000",
        "requests of one till, or one caller, within ten seconds, 100 to 1000000; more are told to wait",
    ),
    setting(
        "body_seconds",
        "20",
        "how long a request's body may take to come whole, 1 to 60",
    ),
    setting(
        "stop_seconds",
        "10",
        "how long open requests may take to end after the signal, 1 to 60",
    ),
    setting(
        "question_seconds",
        "5",
        "how long a platform may take to answer a question, 1 to 20",
    ),
    setting(
        "change_seconds",
        "8",
        "how long a call that changes something at a platform may take, 1 to 20",
    ),
    setting(
        "charge_seconds",
        "10",
        "how long a charge by payment code may take, 5 to 20",
    ),
    setting(
        "connect_seconds",
        "3",
        "how long a connection to a platform may take to come about, 1 to 10",
    ),
    setting(
        "calls_at_once",
        "32",
        "calls to platforms under way at once, 1 to 512",
    ),
    setting(
        "calls_per_merchant",
        "16",
        "of these for one merchant account, not more than all",
    ),
    setting(
        "breaker_failures",
        "5",
        "calls in vain within half a minute after which a merchant's platform is left alone, 2 to 50",
    ),
    setting(
        "breaker_pause_seconds",
        "30",
        "the longest pause before it is tried again; the first is a second, each is twice the one before, 1 to 300",
    ),
    setting(
        "log",
        "info",
        "how much is logged: `warn`, `info`, `debug`, or a list such as `info,suanpan_trade=debug`",
    ),
    setting(
        "log_format",
        "text",
        "how standard error is written: `text`, or `json` with one object a line",
    ),
];

/// The setting of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_lists_every_setting_as_it_is() {
        let documented = include_str!("../../../../../docs/OPERATIONS.md");
        let rows: Vec<String> = SETTINGS.iter().map(Setting::row).collect();
        let missing: Vec<&String> = rows
            .iter()
            .filter(|row| !documented.contains(row.as_str()))
            .collect();
        assert!(missing.is_empty(), "docs/OPERATIONS.md lacks {missing:#?}");
        assert!(
            documented.contains(&rows.join("\n")),
            "docs/OPERATIONS.md lists them in one table, in this order"
        );
    }

    #[test]
    fn a_setting_has_one_name_in_three_spellings() {
        let setting = find("till_requests_max").unwrap();
        assert_eq!(setting.flag(), "--till-requests-max");
        assert_eq!(setting.variable(), "SUANPAN_TILL_REQUESTS_MAX");
        let mut names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), SETTINGS.len());
    }
}
