//! A code as a drawing: error correction M, black modules as one SVG path, no quiet zone of its own.

use std::sync::{Mutex, PoisonError};

use qrcode::{Color, EcLevel, QrCode};

/// A drawn code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// Modules on a side.
    pub modules: u16,
    /// Rows of modules, true is black.
    pub dark: Vec<bool>,
}

/// Draws a text; nothing when it is longer than a code can hold (2331 bytes).
#[must_use]
pub fn draw(text: &str) -> Option<Drawing> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    Some(Drawing {
        modules: u16::try_from(code.width()).ok()?,
        dark: code
            .to_colors()
            .into_iter()
            .map(|color| color == Color::Dark)
            .collect(),
    })
}

impl Drawing {
    /// Whether the module in that column and row is black.
    #[must_use]
    pub fn is_dark(&self, x: u16, y: u16) -> bool {
        let index = usize::from(y) * usize::from(self.modules) + usize::from(x);
        self.dark.get(index).copied().unwrap_or(false)
    }

    /// An SVG path in a square of `modules` × `modules`: one flat box per run of black in a row.
    #[must_use]
    pub fn svg_path(&self) -> String {
        let mut path = String::with_capacity(self.dark.len() * 4);
        for (y, row) in self.dark.chunks(usize::from(self.modules)).enumerate() {
            let mut x = 0;
            while x < row.len() {
                let run = row[x..].iter().take_while(|dark| **dark).count();
                if run > 0 {
                    path.push_str(&format!("M{x} {y}h{run}v1h-{run}z"));
                }
                x += run.max(1);
            }
        }
        path
    }
}

/// A code as a page draws it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Modules on a side.
    pub modules: u16,
    /// Its black modules.
    pub svg_path: String,
}

/// The code that was drawn last. A screen is made anew with everything that happens while one and the same code is
/// out, and finding the best mask of a code takes longer than all the rest of it.
#[derive(Debug, Default)]
pub struct LastDrawn(Mutex<Option<(String, Path)>>);

impl LastDrawn {
    /// The drawing of a text; nothing when it is longer than a code can hold.
    #[must_use]
    pub fn path_of(&self, text: &str) -> Option<Path> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, path)) = last.as_ref()
            && of == text
        {
            return Some(path.clone());
        }
        let drawing = draw(text)?;
        let path = Path {
            modules: drawing.modules,
            svg_path: drawing.svg_path(),
        };
        *last = Some((text.to_owned(), path.clone()));
        Some(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_drawn_last_is_only_ever_its_own_text() {
        let last = LastDrawn::default();
        for text in [
            "weixin://wxpay/1",
            "weixin://wxpay/2",
            "weixin://wxpay/2",
            "weixin://wxpay/1",
        ] {
            let drawing = draw(text).unwrap();
            let path = last.path_of(text).unwrap();
            assert_eq!(
                (path.modules, path.svg_path),
                (drawing.modules, drawing.svg_path())
            );
        }
        assert_eq!(last.path_of(&"x".repeat(2_400)), None, "too long for a code");
    }

    #[test]
    fn the_path_covers_exactly_the_black_modules() {
        let drawing = draw("weixin://wxpay/bizpayurl?pr=AbCdEfG").unwrap();
        let black = drawing.dark.iter().filter(|dark| **dark).count();
        let covered: usize = drawing
            .svg_path()
            .split('h')
            .skip(1)
            .filter_map(|part| part.split('v').next()?.parse::<usize>().ok())
            .sum();
        assert_eq!(covered, black);
        assert!(drawing.is_dark(0, 0) && !drawing.is_dark(1, 1));
    }
}
