//! The lobby's words: where the program stands, and what can be wished. `ui/src/platform/lobby.ts` has the same.

use serde::{Deserialize, Serialize};
use suanpan_till::rpc::{Nothing, Problem};

/// Where the program stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum At {
    /// No till is open; a person chooses.
    Choosing,
    /// A till is being opened.
    Starting,
    /// The practice shop is open.
    Practice,
    /// The real shop's till is open.
    Shop,
}

/// What the screens are told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LobbyState {
    /// Where the program stands.
    pub at: At,
    /// Why the last wish, or the start, did not succeed.
    pub problem: Option<Problem>,
    /// Whether there is practice data that can be thrown away.
    pub can_leave_practice: bool,
}

/// What can be wished.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cmd", content = "payload")]
pub enum Wish {
    /// Only to be told where the program stands.
    #[serde(rename = "lobby.get")]
    Get(Nothing),
    /// Open the practice shop.
    #[serde(rename = "lobby.practice")]
    Practice(Nothing),
    /// Join a real shop.
    #[serde(rename = "lobby.connect")]
    Connect {
        /// What its centre printed: `address#code#fingerprint`, or `address#code` on this machine.
        line: String,
    },
    /// Close the practice shop and throw everything of it away.
    #[serde(rename = "lobby.leave_practice")]
    LeavePractice(Nothing),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wishes_and_states_travel_in_the_agreed_form() {
        let connect = json!({ "cmd": "lobby.connect", "payload": { "line": "a#b" } });
        let wish: Wish = serde_json::from_value(connect).unwrap();
        assert_eq!(
            wish,
            Wish::Connect {
                line: "a#b".to_owned()
            }
        );
        for name in ["lobby.get", "lobby.practice", "lobby.leave_practice"] {
            let wish = json!({ "cmd": name, "payload": {} });
            let read: Wish = serde_json::from_value(wish.clone()).unwrap();
            assert_eq!(serde_json::to_value(read).unwrap(), wish);
        }
        let state = LobbyState {
            at: At::Choosing,
            problem: None,
            can_leave_practice: false,
        };
        let expected = json!({ "at": "choosing", "problem": null, "can_leave_practice": false });
        assert_eq!(serde_json::to_value(state).unwrap(), expected);
    }
}
