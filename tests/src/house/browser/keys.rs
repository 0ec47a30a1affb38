//! What hands and scanners press, with the pauses that tell them apart.

use serde_json::{Value, json};

/// Between two keys of a hand: an unhurried typist.
const HAND_GAP_MS: u64 = 130;
/// Between the last key of one thing and the first of the next.
const REST_MS: u64 = 350;

/// A sequence of presses.
#[derive(Clone, Debug, Default)]
pub struct Keys {
    steps: Vec<Value>,
}

impl Keys {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Typed by hand, character by character.
    #[must_use]
    pub fn typed(mut self, text: &str) -> Self {
        for character in text.chars() {
            self = self.pause(HAND_GAP_MS).stroke(&character.to_string());
        }
        self
    }

    /// A named key by hand, after a rest: `Enter`, `Escape`, `F3`, `Delete`, `ArrowUp`.
    #[must_use]
    pub fn key(self, name: &str) -> Self {
        self.pause(REST_MS).stroke(code_of(name))
    }

    /// A chord with the control key, by hand.
    #[must_use]
    pub fn control(mut self, character: &str) -> Self {
        self = self.pause(REST_MS).down(code_of("Control"));
        self.stroke(character).up(code_of("Control"))
    }

    /// A scanner's burst: no pause between the characters, Enter at its end.
    #[must_use]
    pub fn scan(self, code: &str) -> Self {
        self.burst(code).stroke(code_of("Enter"))
    }

    /// A burst without Enter.
    #[must_use]
    pub fn burst(mut self, code: &str) -> Self {
        for character in code.chars() {
            self = self.stroke(&character.to_string());
        }
        self
    }

    /// Waits between two presses.
    #[must_use]
    pub fn pause(mut self, ms: u64) -> Self {
        self.steps.push(json!({ "type": "pause", "duration": ms }));
        self
    }

    fn stroke(self, value: &str) -> Self {
        self.down(value).up(value)
    }

    fn down(mut self, value: &str) -> Self {
        self.steps.push(json!({ "type": "keyDown", "value": value }));
        self
    }

    fn up(mut self, value: &str) -> Self {
        self.steps.push(json!({ "type": "keyUp", "value": value }));
        self
    }

    pub(super) fn actions(&self) -> Value {
        json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": self.steps }] })
    }
}

/// The protocol's characters for keys that print nothing.
fn code_of(name: &str) -> &'static str {
    match name {
        "Enter" => "\u{e007}",
        "Escape" => "\u{e00c}",
        "Backspace" => "\u{e003}",
        "Tab" => "\u{e004}",
        "Delete" => "\u{e017}",
        "Control" => "\u{e009}",
        "PageUp" => "\u{e00e}",
        "PageDown" => "\u{e00f}",
        "ArrowLeft" => "\u{e012}",
        "ArrowUp" => "\u{e013}",
        "ArrowRight" => "\u{e014}",
        "ArrowDown" => "\u{e015}",
        "F1" => "\u{e031}",
        "F2" => "\u{e032}",
        "F3" => "\u{e033}",
        "F4" => "\u{e034}",
        "F6" => "\u{e036}",
        "F7" => "\u{e037}",
        "F10" => "\u{e03a}",
        "F12" => "\u{e03c}",
        other => panic!("no code is known for the key {other}"),
    }
}
