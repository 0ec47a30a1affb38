//! Refusals out of the platforms' documents, by their codes: what a switch can ask for.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::alipay::{DOCUMENTED, Trouble};
use super::name::PlatformName;
use super::refusal::Code;

/// A documented refusal of one platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusalCode(Documented);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Documented {
    Wechat(Code),
    Alipay(Trouble),
}

impl RefusalCode {
    /// All that a platform documents.
    #[must_use]
    pub fn all(platform: PlatformName) -> Vec<Self> {
        match platform {
            PlatformName::Wechat => Code::ALL
                .iter()
                .map(|code| Self(Documented::Wechat(*code)))
                .collect(),
            PlatformName::Alipay => DOCUMENTED
                .iter()
                .map(|trouble| Self(Documented::Alipay(*trouble)))
                .collect(),
        }
    }

    /// The one of that name: WeChat Pay's `code`, Alipay's `sub_code`; and `NUMBER_REPEATED`, which WeChat Pay sends
    /// as `INVALID_REQUEST` with words of its own.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [PlatformName::Wechat, PlatformName::Alipay]
            .into_iter()
            .flat_map(Self::all)
            .find(|code| code.name() == name)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.0 {
            Documented::Wechat(code) => code.name(),
            Documented::Alipay(trouble) => trouble.sub_code,
        }
    }

    /// Whose it is.
    #[must_use]
    pub const fn platform(self) -> PlatformName {
        match self.0 {
            Documented::Wechat(_) => PlatformName::Wechat,
            Documented::Alipay(_) => PlatformName::Alipay,
        }
    }

    pub(crate) const fn wechat(self) -> Option<Code> {
        match self.0 {
            Documented::Wechat(code) => Some(code),
            Documented::Alipay(_) => None,
        }
    }

    pub(crate) const fn alipay(self) -> Option<Trouble> {
        match self.0 {
            Documented::Wechat(_) => None,
            Documented::Alipay(trouble) => Some(trouble),
        }
    }
}

impl Serialize for RefusalCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for RefusalCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::named(&name).ok_or_else(|| D::Error::custom(format!("no platform documents the code {name}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_of_one_refusal_and_comes_back_from_json() {
        let all: Vec<RefusalCode> = [PlatformName::Wechat, PlatformName::Alipay]
            .into_iter()
            .flat_map(RefusalCode::all)
            .collect();
        for code in &all {
            assert_eq!(RefusalCode::named(code.name()), Some(*code), "{}", code.name());
            let text = serde_json::to_string(code).unwrap();
            assert_eq!(serde_json::from_str::<RefusalCode>(&text).unwrap(), *code);
        }
        assert!(all.len() > 80, "{}", all.len());
        assert!(serde_json::from_str::<RefusalCode>("\"MADE_UP\"").is_err());
    }
}
