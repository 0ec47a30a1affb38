//! A font with Chinese characters, looked for where the systems keep theirs. Loaded while a receipt is
//! drawn and let go again: twenty megabytes are not kept for a few milliseconds' work.

use ab_glyph::FontVec;

/// Where a font with simplified Chinese is, and its number within a collection.
const PLACES: &[(&str, u32)] = &[
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0),
    ("/System/Library/Fonts/PingFang.ttc", 0),
    ("/System/Library/Fonts/STHeiti Medium.ttc", 1),
    ("C:\\Windows\\Fonts\\msyh.ttc", 0),
    ("C:\\Windows\\Fonts\\simhei.ttf", 0),
];

/// The first font that is here and can be read.
pub(super) fn find() -> Option<FontVec> {
    PLACES.iter().find_map(|(path, number)| {
        let bytes = std::fs::read(path).ok()?;
        FontVec::try_from_vec_and_index(bytes, *number).ok()
    })
}
