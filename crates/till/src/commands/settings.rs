//! Language, and notices that were seen.

use crate::rpc::{Code, Language, NameNotice, Problem, SetLanguage};
use crate::store::keys;
use crate::till::Till;

/// Chooses the language of screens, speech and paper.
pub(super) fn language(till: &mut Till, request: SetLanguage) -> Result<(), Problem> {
    let name = match request.language {
        Language::ZhCn => "zh-CN",
        Language::En => "en",
    };
    till.write(|tx| Ok(tx.set_setting(keys::LANGUAGE, name)?))
}

/// A notice was seen; seeing it twice is harmless.
pub(super) fn notice_seen(till: &mut Till, request: &NameNotice) -> Result<(), Problem> {
    let number = request
        .notice_id
        .parse()
        .map_err(|_| Problem::new(Code::RequestMalformed))?;
    till.write(|tx| Ok(tx.notice_seen(number)?))
}
