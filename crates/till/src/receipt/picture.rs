//! A receipt as a black and white picture, as wide as 58 mm paper prints.

use ab_glyph::{Font, FontVec, PxScale, ScaleFont, point};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, GrayImage, ImageEncoder, Luma};

use super::text::{Row, laid_out};
use super::{COLUMNS, char_width, font, letters};
use crate::qr;

/// Dots across 58 mm paper at 203 dpi.
const WIDTH: u32 = 384;
/// Dots of one column.
const CELL: u32 = WIDTH / COLUMNS as u32;
/// Dots from line to line.
const LINE: u32 = 30;
/// Size of a Chinese character, a little less than its two columns.
const EM: f32 = 22.0;
/// Dots of one module of the code: read by any phone from paper.
const MODULE: u32 = 5;
/// Modules of white around the code.
const QUIET: u32 = 4;
const MARGIN: u32 = 16;
/// Coverage from which a dot is black.
const HALF: f32 = 0.5;
const BLACK: Luma<u8> = Luma([0]);
const WHITE: Luma<u8> = Luma([255]);

/// Why a receipt could not be drawn.
#[derive(Debug, thiserror::Error)]
pub enum DrawError {
    /// The picture could not be written.
    #[error("picture: {0}")]
    Image(#[from] image::ImageError),
}

/// Paper with these rows as PNG.
///
/// # Errors
/// [`DrawError`].
pub fn picture(rows: &[Row]) -> Result<Vec<u8>, DrawError> {
    let height = MARGIN * 2 + rows.iter().map(row_height).sum::<u32>();
    let mut image = GrayImage::from_pixel(WIDTH, height, WHITE);
    let font = font::find();
    let mut y = MARGIN;
    for row in rows {
        draw_row(&mut image, font.as_ref(), row, y);
        y += row_height(row);
    }
    let mut png = Vec::new();
    PngEncoder::new(&mut png).write_image(image.as_raw(), WIDTH, height, ExtendedColorType::L8)?;
    Ok(png)
}

fn code_height(text: &str) -> u32 {
    qr::draw(text).map_or(0, |code| (u32::from(code.modules) + 2 * QUIET) * MODULE)
}

fn row_height(row: &Row) -> u32 {
    match row {
        Row::Code(text) => code_height(text) + LINE,
        Row::Centre(_) | Row::Left(_) | Row::Ends(..) | Row::Rule => {
            u32::try_from(laid_out(row).len()).unwrap_or(0) * LINE
        }
    }
}

fn draw_row(image: &mut GrayImage, font: Option<&FontVec>, row: &Row, top: u32) {
    let mut y = top;
    if let Row::Code(text) = row {
        draw_code(image, text, top);
        y += code_height(text);
    }
    if *row == Row::Rule {
        for x in 0..WIDTH {
            image.put_pixel(x, top + LINE / 2, BLACK);
        }
        return;
    }
    for line in laid_out(row) {
        let mut column = 0;
        for c in line.chars() {
            draw_char(image, font, c, column * CELL, y);
            column += u32::try_from(char_width(c)).unwrap_or(1);
        }
        y += LINE;
    }
}

fn draw_code(image: &mut GrayImage, text: &str, top: u32) {
    let Some(code) = qr::draw(text) else { return };
    let left = (WIDTH - u32::from(code.modules) * MODULE) / 2;
    for y in 0..code.modules {
        for x in 0..code.modules {
            if code.is_dark(x, y) {
                let at = (
                    left + u32::from(x) * MODULE,
                    top + (QUIET + u32::from(y)) * MODULE,
                );
                fill(image, at, (MODULE, MODULE));
            }
        }
    }
}

fn fill(image: &mut GrayImage, (left, top): (u32, u32), (width, height): (u32, u32)) {
    for y in top..top + height {
        for x in left..left + width {
            dot(image, x, y);
        }
    }
}

fn dot(image: &mut GrayImage, x: u32, y: u32) {
    if x < image.width() && y < image.height() {
        image.put_pixel(x, y, BLACK);
    }
}

fn draw_char(image: &mut GrayImage, font: Option<&FontVec>, c: char, left: u32, top: u32) {
    if c == ' ' {
        return;
    }
    let drawn = font.is_some_and(|font| draw_outline(image, font, c, left, top));
    if !drawn {
        draw_letter(image, c, left, top);
    }
}

/// Draws a character of the font in the middle of its cell. Says whether the font has it.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "places on a picture of a few hundred dots"
)]
fn draw_outline(image: &mut GrayImage, font: &FontVec, c: char, left: u32, top: u32) -> bool {
    let glyph_id = font.glyph_id(c);
    let Some(per_em) = font.units_per_em().filter(|_| glyph_id.0 != 0) else {
        return false;
    };
    let scale = PxScale::from(EM * font.height_unscaled() / per_em);
    let scaled = font.as_scaled(scale);
    let cell = (char_width(c) as u32 * CELL) as f32;
    let x = left as f32 + (cell - scaled.h_advance(glyph_id)) / 2.0;
    let baseline = top as f32 + (LINE as f32 + EM * 0.72) / 2.0;
    let glyph = glyph_id.with_scale_and_position(scale, point(x, baseline));
    let Some(outline) = font.outline_glyph(glyph) else {
        return false;
    };
    let bounds = outline.px_bounds();
    outline.draw(|x, y, coverage| {
        let at = (bounds.min.x + x as f32, bounds.min.y + y as f32);
        if coverage >= HALF && at.0 >= 0.0 && at.1 >= 0.0 {
            dot(image, at.0 as u32, at.1 as u32);
        }
    });
    true
}

/// Draws a plain letter in big dots, and a hollow box for what is none.
fn draw_letter(image: &mut GrayImage, c: char, left: u32, top: u32) {
    const DOT: u32 = 2;
    let top = top + (LINE - letters::HEIGHT * DOT) / 2;
    for y in 0..letters::HEIGHT {
        for x in 0..letters::WIDTH {
            let is_black = letters::dot(c, x, y)
                .unwrap_or(y == 0 || y == letters::HEIGHT - 1 || x == 0 || x == letters::WIDTH - 1);
            if is_black {
                fill(image, (left + x * DOT, top + y * DOT), (DOT, DOT));
            }
        }
    }
}
