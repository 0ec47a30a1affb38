//! Language, look, and notices that were seen.

use super::glance::Glance;
use crate::rpc::look::{Look, TextSize, Theme};
use crate::rpc::{Code, Language, NameNotice, Problem, SetLanguage};
use crate::store::{StoreError, keys};
use crate::till::Till;

/// Chooses the language of screens, speech and paper.
pub(super) fn language(till: &mut Till, request: SetLanguage) -> Result<(), Problem> {
    let name = match request.language {
        Language::ZhCn => "zh-CN",
        Language::En => "en",
    };
    till.write(|tx| Ok(tx.set_setting(keys::LANGUAGE, name)?))
}

/// Chooses how the screens look.
pub(super) fn set_look(till: &mut Till, look: Look) -> Result<(), Problem> {
    till.write(|tx| {
        tx.set_setting(keys::THEME, theme_name(look.theme))?;
        Ok(tx.set_setting(keys::TEXT_SIZE, text_size_name(look.text_size))?)
    })
}

/// How the screens look; what nobody chose, or an older program does not know, is as in the beginning.
pub(super) fn look(glance: &Glance<'_>) -> Result<Look, StoreError> {
    let (theme, text_size) = (
        glance.view.setting(keys::THEME)?,
        glance.view.setting(keys::TEXT_SIZE)?,
    );
    let named = |kept: &Option<String>, name| kept.as_deref() == Some(name);
    let themes = [Theme::System, Theme::Light, Theme::Dark, Theme::Contrast];
    let sizes = [TextSize::Standard, TextSize::Large, TextSize::Largest];
    Ok(Look {
        theme: themes
            .into_iter()
            .find(|it| named(&theme, theme_name(*it)))
            .unwrap_or_default(),
        text_size: sizes
            .into_iter()
            .find(|it| named(&text_size, text_size_name(*it)))
            .unwrap_or_default(),
    })
}

const fn theme_name(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
        Theme::Contrast => "contrast",
    }
}

const fn text_size_name(text_size: TextSize) -> &'static str {
    match text_size {
        TextSize::Standard => "standard",
        TextSize::Large => "large",
        TextSize::Largest => "largest",
    }
}

/// A notice was seen; seeing it twice is harmless.
pub(super) fn notice_seen(till: &mut Till, request: &NameNotice) -> Result<(), Problem> {
    let number = request
        .notice_id
        .parse()
        .map_err(|_| Problem::new(Code::RequestMalformed))?;
    till.write(|tx| Ok(tx.notice_seen(number)?))
}
