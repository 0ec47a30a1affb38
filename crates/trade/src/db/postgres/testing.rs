//! What tests do to a server beside the database they work on.

use suanpan_private_postgres::shared;

use super::connection::Connection;

/// Runs statements on a connection of their own.
pub fn execute(url: &str, sql: &str) {
    let mut connection = Connection::connect(&url.parse().unwrap()).unwrap();
    connection.batch(sql).unwrap();
}

/// Everything in the schema of an address as statements that make it again in another one.
pub fn dump(url: &str) -> String {
    let (database, schema) = url.split_once("?options=-c%20search_path%3D").unwrap();
    let mut command = shared().tool("pg_dump");
    command.args(["--inserts", "--no-owner", "--no-comments", "--schema", schema]);
    let dumped = command.arg(database).output().unwrap();
    assert!(
        dumped.status.success(),
        "{}",
        String::from_utf8_lossy(&dumped.stderr)
    );
    let text = String::from_utf8(dumped.stdout).unwrap();
    let kept: Vec<&str> = text
        .lines()
        // What is only for the program that reads dumps, or binds them to their schema.
        .filter(|line| !line.starts_with("--") && !line.starts_with('\\') && !line.starts_with("SET "))
        .filter(|line| {
            !line.starts_with("SELECT pg_catalog.set_config") && !line.starts_with("CREATE SCHEMA")
        })
        .filter(|line| !line.is_empty())
        .collect();
    format!("{}\n", kept.join("\n").replace(&format!("{schema}."), ""))
}
