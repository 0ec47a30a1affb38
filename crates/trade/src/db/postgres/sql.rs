//! From our statements to PostgreSQL's, and from our values to its types and back.

use std::error::Error;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::db::Value;

/// Whether the rows of a query are locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Locking {
    /// They are not.
    None,
    /// Until the transaction ends; whoever holds one is waited for.
    Wait,
    /// Until the transaction ends; those that somebody else holds are left out.
    Skip,
}

impl Locking {
    const fn clause(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Wait => " FOR UPDATE",
            Self::Skip => " FOR UPDATE SKIP LOCKED",
        }
    }
}

/// Our statement in PostgreSQL's words: `?1` becomes `$1` outside of quoted text.
pub(super) fn translate(sql: &str, locking: Locking) -> String {
    let mut quoted = false;
    let mut words: String = sql
        .chars()
        .map(|c| {
            quoted ^= c == '\'';
            if c == '?' && !quoted { '$' } else { c }
        })
        .collect();
    words.push_str(locking.clause());
    words
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Text(text) if <&str as ToSql>::accepts(ty) => text.as_str().to_sql(ty, out),
            Self::Int(number) if *ty == Type::INT8 => number.to_sql(ty, out),
            Self::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Self::Text(_) | Self::Int(_) => {
                Err(format!("a parameter of type {ty} cannot be {self:?}").into())
            }
        }
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INT8 || *ty == Type::INT4 || <&str as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

impl<'r> FromSql<'r> for Value {
    fn from_sql(ty: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        if *ty == Type::INT8 {
            i64::from_sql(ty, raw).map(Self::Int)
        } else if *ty == Type::INT4 {
            i32::from_sql(ty, raw).map(|number| Self::Int(i64::from(number)))
        } else if *ty == Type::BOOL {
            bool::from_sql(ty, raw).map(Self::from)
        } else {
            String::from_sql(ty, raw).map(Self::Text)
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::BOOL || <Self as ToSql>::accepts(ty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_renamed_outside_of_texts_only() {
        let sql = "SELECT a FROM t WHERE b = ?1 AND c <> 'why?2' AND d = ?12";
        assert_eq!(
            translate(sql, Locking::Wait),
            "SELECT a FROM t WHERE b = $1 AND c <> 'why?2' AND d = $12 FOR UPDATE"
        );
        assert_eq!(translate("SELECT 1", Locking::None), "SELECT 1");
        assert_eq!(
            translate("SELECT 1", Locking::Skip),
            "SELECT 1 FOR UPDATE SKIP LOCKED"
        );
    }
}
