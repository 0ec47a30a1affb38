//! Under TLS the server shows a certificate, and only the one that is trusted, for its own name, will do.

use rcgen::{CertifiedKey, generate_simple_self_signed};
use suanpan_private_postgres::PrivatePostgres;

use super::number;
use crate::db::{DbError, PostgresDb};

fn certificate(name: &str) -> (String, String) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(vec![name.to_owned()]).unwrap();
    (cert.pem(), signing_key.serialize_pem())
}

#[test]
fn r16_the_line_to_the_database_is_secret_and_its_certificate_verified() {
    let server = PrivatePostgres::start().unwrap();
    let (shown, key) = certificate("localhost");
    let trusted = server.keep("server.pem", &shown).unwrap();
    let key = server.keep("server.key", &key).unwrap();
    for (setting, value) in [
        ("ssl_cert_file", trusted.to_str().unwrap()),
        ("ssl_key_file", key.to_str().unwrap()),
        ("ssl", "on"),
    ] {
        let sql = format!("ALTER SYSTEM SET {setting} = '{value}'");
        server.sql("postgres", &sql).unwrap();
    }
    server.sql("postgres", "SELECT pg_reload_conf()").unwrap();
    let open = |host: &str, roots: &std::path::Path| {
        let port = server.port();
        let roots = roots.display();
        let url = format!("postgres://postgres@{host}:{port}/postgres?sslmode=require&sslrootcert={roots}");
        PostgresDb::open(&url.parse().unwrap())
    };
    let db = wait_until_it_speaks_tls(|| open("localhost", &trusted));
    let secret = "SELECT CAST(ssl AS INT) FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
    assert_eq!(number(&db, secret), 1);
    let (other, _) = certificate("localhost");
    let other = server.keep("other.pem", &other).unwrap();
    assert!(matches!(open("localhost", &other), Err(DbError::Unreachable(_))));
    assert!(matches!(
        open("127.0.0.1", &trusted),
        Err(DbError::Unreachable(_))
    ));
}

/// A server takes its new settings up when it comes to it.
fn wait_until_it_speaks_tls(open: impl Fn() -> Result<PostgresDb, DbError>) -> PostgresDb {
    for _ in 0..6_000 {
        if let Ok(db) = open() {
            return db;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    open().unwrap()
}
