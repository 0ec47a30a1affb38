//! People who decide about money that waits: each has a token, and the audit names whose it was.
//!
//! Whoever may run commands on the centre's machine may add people; what a token proves is which of them it was. The
//! token is shown once and kept as a hash.

use suanpan_wire::error::ErrorCode;
use suanpan_wire::sign::{hex, sha256};

use crate::fault::{Outcome, Refusal};
use crate::ledger::Ledger;
use crate::rng::{Rng, readable};
use crate::rows::operator;

/// Characters of a token: 160 bits.
const TOKEN_CHARS: usize = 32;
/// Longest name, so that the audit stays readable.
const NAME_CHARS_MAX: usize = 32;
/// What the audit calls those that are no people.
const NOT_PEOPLE: &[&str] = &["centre", "platform", "till", "operator"];

fn token_hash(token: &str) -> String {
    hex(&sha256(
        format!("SUANPAN1-OPERATOR\n{}\n", token.trim().to_uppercase()).as_bytes(),
    ))
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let plain = |c: char| c.is_alphanumeric() || "-_. ".contains(c);
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count())
        && name.chars().all(plain)
        && name.trim() == name
        && !NOT_PEOPLE.contains(&name.to_lowercase().as_str());
    if fits {
        Ok(())
    } else {
        Err(Refusal::new(ErrorCode::MalformedRequest).with("what", "name"))
    }
}

/// Gives somebody a token, in place of the one before; the token, which is not to be had again.
///
/// # Errors
/// `malformed_request` for a name that is none, or that the audit uses otherwise; those of the database.
pub fn add(ledger: &mut Ledger<'_>, by: &str, rng: &dyn Rng, name: &str) -> Outcome<String> {
    check_name(name)?;
    let token = readable(rng, TOKEN_CHARS);
    let now_ms = ledger.now_ms;
    operator::put(ledger.tx(), name, &token_hash(&token), now_ms)?;
    ledger.audit(by, "operator_added", name)?;
    Ok(token)
}

/// Takes somebody's token away, at once.
///
/// # Errors
/// `not_found` when there is none; those of the database.
pub fn revoke(ledger: &mut Ledger<'_>, by: &str, name: &str) -> Outcome<()> {
    let now_ms = ledger.now_ms;
    if !operator::revoke(ledger.tx(), name, now_ms)? {
        return Err(ErrorCode::NotFound.into());
    }
    ledger.audit(by, "operator_revoked", name)?;
    Ok(())
}

/// Whose token it is. One that is nobody's, or nobody's any more, is noted.
///
/// # Errors
/// Those of the database.
pub fn of_token(ledger: &mut Ledger<'_>, token: &str) -> Outcome<Option<String>> {
    let found = operator::by_hash(ledger.tx(), &token_hash(token))?;
    match found {
        Some(operator) if operator.revoked_at_ms.is_none() => Ok(Some(operator.name)),
        Some(revoked) => {
            ledger.audit(
                "operator",
                "operator_refused",
                &format!("{}: revoked", revoked.name),
            )?;
            Ok(None)
        }
        None => {
            ledger.audit("operator", "operator_refused", "nobody's token")?;
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::centre::tests::kit::Shop;
    use crate::fault::Fault;

    fn bytes(byte: u8) -> impl Rng {
        move |bytes: &mut [u8]| bytes.fill(byte)
    }

    fn noted(shop: &Shop, action: &str) -> i64 {
        shop.number(&format!("SELECT COUNT(*) FROM audit WHERE action = '{action}'"))
    }

    #[test]
    fn a_token_names_who_has_it_until_it_is_renewed_or_taken_away() {
        let shop = Shop::open();
        let of = |token: &str| shop.do_it(|ledger| of_token(ledger, token));
        let first = shop.do_it(|ledger| add(ledger, "root", &bytes(1), "李"));
        let second = shop.do_it(|ledger| add(ledger, "root", &bytes(2), "wang"));
        assert_eq!(of(&first), Some("李".to_owned()));
        assert_eq!(
            of(&format!(" {}\n", second.to_lowercase())),
            Some("wang".to_owned())
        );
        let renewed = shop.do_it(|ledger| add(ledger, "root", &bytes(3), "李"));
        assert_eq!((of(&first), of(&renewed)), (None, Some("李".to_owned())));
        shop.do_it(|ledger| revoke(ledger, "root", "wang"));
        assert_eq!((of(&second), of("")), (None, None));
        assert_eq!(
            (noted(&shop, "operator_added"), noted(&shop, "operator_refused")),
            (3, 3)
        );
        let again = shop
            .centre
            .commit(shop.now_ms, |ledger| revoke(ledger, "root", "wang"));
        assert_eq!(again, Err(Fault::from(ErrorCode::NotFound)));
    }

    #[test]
    fn the_token_itself_is_kept_nowhere() {
        let shop = Shop::open();
        let token = shop.do_it(|ledger| add(ledger, "root", &bytes(1), "li"));
        assert_eq!(token.len(), TOKEN_CHARS);
        let sql = format!(
            "SELECT (SELECT COUNT(*) FROM operator WHERE token_hash LIKE '%{token}%') + \
             (SELECT COUNT(*) FROM audit WHERE detail LIKE '%{token}%')"
        );
        assert_eq!(shop.number(&sql), 0);
    }

    #[test]
    fn a_name_is_a_persons_and_nobody_elses_in_the_audit() {
        for bad in [
            "",
            " li",
            "li\n",
            "centre",
            "Platform",
            "operator",
            &"n".repeat(33),
        ] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
        for good in ["li", "李 小明", "night-shift.2"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
    }
}
