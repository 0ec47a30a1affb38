//! The code as a picture: what a caller puts into a page as it is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use qrcode::{Color, EcLevel, QrCode};

/// Side of the picture in pixels, as the contract has it.
const SIDE: usize = 300;
/// White modules around the code.
const MARGIN_MODULES: usize = 2;
/// What the family's callers put before the base64, so that a page can show it.
const PREFIX: &str = "data:image/png;base64,";
const WHITE: u8 = 255;
const BLACK: u8 = 0;

/// A text as a PNG of 300 by 300 pixels with error correction M, as a data URI; nothing when it does not fit.
#[must_use]
pub fn data_uri(text: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let mut png = Vec::new();
    let side = u32::try_from(SIDE).ok()?;
    PngEncoder::new(&mut png)
        .write_image(&pixels(&code)?, side, side, ExtendedColorType::L8)
        .ok()?;
    Some(format!("{PREFIX}{}", STANDARD.encode(png)))
}

/// Whole pixels per module, the rest as white around it.
fn pixels(code: &QrCode) -> Option<Vec<u8>> {
    let modules = code.width();
    let scale = SIDE / (modules + 2 * MARGIN_MODULES);
    if scale == 0 {
        return None;
    }
    let before = (SIDE - scale * modules) / 2;
    let colors = code.to_colors();
    let mut pixels = vec![WHITE; SIDE * SIDE];
    for (at, color) in colors.iter().enumerate() {
        if *color == Color::Light {
            continue;
        }
        let (x, y) = (before + at % modules * scale, before + at / modules * scale);
        for row in y..y + scale {
            pixels[row * SIDE + x..row * SIDE + x + scale].fill(BLACK);
        }
    }
    Some(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_is_a_png_of_300_pixels_with_a_white_edge() {
        let uri = data_uri("weixin://wxpay/bizpayurl?pr=AbCdEfG").unwrap();
        let png = STANDARD.decode(uri.strip_prefix(PREFIX).unwrap()).unwrap();
        let picture = image::load_from_memory(&png).unwrap().to_luma8();
        assert_eq!(picture.dimensions(), (300, 300));
        let scale = 300 / (29 + 4);
        let edge = 2 * scale;
        let is_black = |x: u32, y: u32| picture.get_pixel(x, y).0[0] == BLACK;
        assert!((0..300).all(|x| (0..edge).all(|y| !is_black(x, y) && !is_black(y, x))));
        let first = (0..300).find(|at| is_black(*at, *at)).unwrap();
        // The corner of a code is seven black modules.
        assert!((first..first + 7 * scale).all(|x| is_black(x, first)));
        assert!(!is_black(first + 7 * scale, first));
    }

    #[test]
    fn what_does_not_fit_is_not_drawn() {
        assert_eq!(data_uri(&"x".repeat(3_000)), None);
    }
}
