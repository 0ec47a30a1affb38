//! Who gets in where: every endpoint at every listener with every kind of credential, as one table.
//!
//! Whoever adds an endpoint adds a row. One test asks a serving centre for every cell, another keeps the table in
//! `docs/API.md` fresh. What else may be refused, once somebody is let in, is in the document's responses.

use self::Credential::{
    Caller, CallerForged, CallerOther, CallerRevoked, CallerStale, CallerUnknown, Network, Nobody, Platform,
    PlatformForged, PlatformOther, PlatformStale, Till, TillForged, TillOther, TillRevoked, TillStale,
    TillUnknown,
};
use self::Listener::{Inner, Operators, Public};

/// Where a centre listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listener {
    /// `serve --listen`.
    Public,
    /// `serve --inner`.
    Inner,
    /// `serve --operators`.
    Operators,
}

impl Listener {
    /// Every listener.
    pub const ALL: &[Self] = &[Public, Inner, Operators];

    /// Its name in the documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Public => "public",
            Inner => "inner",
            Operators => "operators'",
        }
    }
}

/// What whoever asks shows of himself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Credential {
    /// Nothing, from an address that no caller trusts.
    Nobody,
    /// A till's name, signed with another key.
    TillForged,
    /// A good signature of a till that was never enrolled here.
    TillUnknown,
    /// A good signature of a till whose right was taken away.
    TillRevoked,
    /// A good signature from more than five minutes ago.
    TillStale,
    /// A good signature of a till of another shop, about what is not its own.
    TillOther,
    /// A good signature of the till whose things it is about.
    Till,
    /// A caller's name, signed with another secret.
    CallerForged,
    /// A signature of a caller that is not known here.
    CallerUnknown,
    /// A good signature of a caller whose right was taken away.
    CallerRevoked,
    /// A good signature from more than five minutes ago.
    CallerStale,
    /// A good signature of another caller, about what is not its own.
    CallerOther,
    /// A good signature of the caller whose things it is about.
    Caller,
    /// No signature, from a network that the caller trusts.
    Network,
    /// A notice whose signature does not fit.
    PlatformForged,
    /// A notice that was signed too long ago.
    PlatformStale,
    /// A good notice of the other platform.
    PlatformOther,
    /// A good notice of the platform whose address it is.
    Platform,
}

impl Credential {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Nobody,
        TillForged,
        TillUnknown,
        TillRevoked,
        TillStale,
        TillOther,
        Till,
        CallerForged,
        CallerUnknown,
        CallerRevoked,
        CallerStale,
        CallerOther,
        Caller,
        Network,
        PlatformForged,
        PlatformStale,
        PlatformOther,
        Platform,
    ];

    /// The head of its column.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Nobody => "nothing",
            TillForged | CallerForged | PlatformForged => "a wrong signature",
            TillUnknown | CallerUnknown => "an unknown name",
            TillRevoked | CallerRevoked => "a revoked one",
            TillStale | CallerStale | PlatformStale => "an old time",
            TillOther => "another shop's till",
            Till => "the till",
            CallerOther => "another caller",
            Caller => "the caller",
            Network => "its trusted network",
            PlatformOther => "the other platform",
            Platform => "the platform",
        }
    }
}

/// What the listeners of an endpoint answer to each credential of the table's columns.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Name of the endpoint in the document.
    pub endpoint: &'static str,
    /// Where it is.
    pub listeners: &'static [Listener],
    /// HTTP statuses, one per column.
    pub statuses: &'static [u16],
}

/// Rows with the same columns.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Whose endpoints they are.
    pub title: &'static str,
    /// The first is [`Credential::Nobody`], which also stands for every credential that is no column.
    pub columns: &'static [Credential],
    /// The rows.
    pub rows: &'static [Row],
}

/// What is answered wherever an endpoint is not.
pub const ELSEWHERE: u16 = 404;

const fn row(endpoint: &'static str, listeners: &'static [Listener], statuses: &'static [u16]) -> Row {
    Row {
        endpoint,
        listeners,
        statuses,
    }
}

/// The whole table.
pub const TABLES: &[Table] = &[
    Table {
        title: "Tills",
        columns: &[
            Nobody,
            TillForged,
            TillUnknown,
            TillRevoked,
            TillStale,
            TillOther,
            Till,
        ],
        rows: &[
            row("enrol", &[Public], &[401, 401, 401, 401, 401, 401, 200]),
            row("hello", &[Public], &[401, 401, 403, 403, 401, 200, 200]),
            row("sendJournal", &[Public], &[401, 401, 403, 403, 401, 200, 200]),
            row("readJournal", &[Public], &[401, 401, 403, 403, 401, 200, 200]),
            row("changes", &[Public], &[401, 401, 403, 403, 401, 200, 200]),
            row("attempt", &[Public], &[401, 401, 403, 403, 401, 404, 200]),
            row("query", &[Public], &[401, 401, 403, 403, 401, 404, 200]),
            row("close", &[Public], &[401, 401, 403, 403, 401, 404, 200]),
            row("askRefund", &[Public], &[401, 401, 403, 403, 401, 404, 200]),
            row("late", &[Public], &[401, 401, 403, 403, 401, 404, 200]),
        ],
    },
    Table {
        title: "Callers of the existing contract",
        columns: &[
            Nobody,
            CallerForged,
            CallerUnknown,
            CallerRevoked,
            CallerStale,
            CallerOther,
            Caller,
            Network,
        ],
        rows: &[
            row("native", &[Inner], &[401, 401, 403, 403, 401, 403, 200, 200]),
            row("findTrade", &[Inner], &[401, 401, 403, 403, 401, 200, 200, 200]),
            row("refund", &[Inner], &[401, 401, 403, 403, 401, 500, 200, 200]),
            row("findRefund", &[Inner], &[401, 401, 403, 403, 401, 500, 200, 200]),
            row("closeTrade", &[Inner], &[401, 401, 403, 403, 401, 500, 200, 200]),
            row("cancelOrder", &[Inner], &[401, 401, 403, 403, 401, 403, 200, 200]),
            row(
                "settleLocally",
                &[Inner],
                &[401, 401, 403, 403, 401, 403, 200, 200],
            ),
        ],
    },
    Table {
        title: "Platforms",
        columns: &[Nobody, PlatformForged, PlatformStale, PlatformOther, Platform],
        rows: &[
            row("wechatCallback", &[Public], &[400, 401, 401, 400, 204]),
            row("alipayCallback", &[Public], &[400, 401, 401, 400, 200]),
        ],
    },
    Table {
        title: "Anybody who can reach it",
        columns: &[Nobody],
        rows: &[
            row("healthz", &[Public, Inner, Operators], &[204]),
            row("readyz", &[Public, Inner, Operators], &[204]),
            row("openapi", &[Public, Inner], &[200]),
            row("metrics", &[Operators], &[200]),
        ],
    },
];

/// The status that an endpoint is to be answered with there; nothing when it has no row.
#[must_use]
pub fn expected(endpoint: &str, listener: Listener, credential: Credential) -> Option<u16> {
    let mut rows = TABLES
        .iter()
        .flat_map(|table| table.rows.iter().map(move |row| (table, row)));
    let (table, row) = rows.find(|(_, row)| row.endpoint == endpoint)?;
    if !row.listeners.contains(&listener) {
        return Some(ELSEWHERE);
    }
    let column = table.columns.iter().position(|column| *column == credential);
    row.statuses.get(column.unwrap_or(0)).copied()
}

/// The table as the documentation has it.
#[must_use]
pub fn drawn() -> String {
    TABLES.iter().map(drawn_table).collect::<Vec<_>>().join("\n")
}

fn drawn_table(table: &Table) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let heads = table.columns.iter().map(|column| column.name().to_owned());
    let mut text = line(
        [table.title.to_owned(), "listener".to_owned()]
            .into_iter()
            .chain(heads)
            .collect(),
    );
    text.push_str(&line(vec!["---".to_owned(); table.columns.len() + 2]));
    for row in table.rows {
        let listeners: Vec<&str> = row.listeners.iter().map(|listener| listener.name()).collect();
        let statuses = row.statuses.iter().map(u16::to_string);
        let cells = [format!("`{}`", row.endpoint), listeners.join(", ")];
        text.push_str(&line(cells.into_iter().chain(statuses).collect()));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;
    use crate::service::openapi::endpoints;

    const BEGINS: &str = "<!-- rights: SUANPAN_BLESS=1 cargo test -p suanpan-trade rights -->\n";
    const ENDS: &str = "<!-- end of rights -->\n";

    #[test]
    fn every_endpoint_of_the_document_has_one_row_and_every_row_a_status_per_column() {
        let rows: Vec<&Row> = TABLES.iter().flat_map(|table| table.rows).collect();
        let named: BTreeSet<&str> = rows.iter().map(|row| row.endpoint).collect();
        let documented: BTreeSet<&str> = endpoints::all().map(|endpoint| endpoint.name).collect();
        assert_eq!(named, documented);
        assert_eq!(rows.len(), named.len());
        let mut columns: BTreeSet<Credential> = BTreeSet::new();
        for table in TABLES {
            assert_eq!(table.columns[0], Credential::Nobody);
            columns.extend(table.columns);
            for row in table.rows {
                assert_eq!(row.statuses.len(), table.columns.len(), "{}", row.endpoint);
            }
        }
        assert_eq!(columns, Credential::ALL.iter().copied().collect());
    }

    #[test]
    fn the_rights_in_the_documentation_are_those_of_the_table() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/API.md");
        let text = std::fs::read_to_string(&path).unwrap();
        let (before, rest) = text.split_once(BEGINS).expect("the table has its place");
        let (_, after) = rest.split_once(ENDS).expect("the table has its end");
        let fresh = format!("{before}{BEGINS}\n{}\n{ENDS}{after}", drawn());
        if std::env::var_os("SUANPAN_BLESS").is_some() {
            std::fs::write(&path, &fresh).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap();
        assert!(
            kept == fresh,
            "docs/API.md is stale: SUANPAN_BLESS=1 cargo test -p suanpan-trade rights"
        );
    }
}
