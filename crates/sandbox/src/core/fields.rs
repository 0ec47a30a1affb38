//! Reading a JSON body field by field, so that a refusal can name the field and its bound.

use serde_json::{Map, Value};

use super::refusal::Refusal;

/// One JSON object and where it stands in the body.
#[derive(Clone)]
pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
    at: String,
}

impl<'a> Fields<'a> {
    /// The body itself.
    pub(crate) fn body(value: &'a Value) -> Result<Self, Refusal> {
        let object = value
            .as_object()
            .ok_or_else(|| Refusal::param("", "body", "请求体必须是JSON对象"))?;
        Ok(Self {
            object,
            at: String::new(),
        })
    }

    /// The field's JSON pointer.
    pub(crate) fn pointer(&self, name: &str) -> String {
        format!("{}/{name}", self.at)
    }

    /// A refusal about `name`.
    pub(crate) fn refuse(&self, name: &str, issue: impl Into<String>) -> Refusal {
        Refusal::param(self.pointer(name), "body", issue)
    }

    fn present(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// A text of at most `chars_max` characters.
    pub(crate) fn text(&self, name: &str, chars_max: usize) -> Result<Option<&'a str>, Refusal> {
        let Some(value) = self.present(name) else {
            return Ok(None);
        };
        let text = value.as_str().ok_or_else(|| self.refuse(name, "必须是字符串"))?;
        if text.is_empty() || text.chars().count() > chars_max {
            return Err(self.refuse(name, format!("长度必须在1到{chars_max}之间")));
        }
        Ok(Some(text))
    }

    /// The same, but it must be there.
    pub(crate) fn required_text(&self, name: &str, chars_max: usize) -> Result<&'a str, Refusal> {
        self.text(name, chars_max)?
            .ok_or_else(|| self.refuse(name, "必填参数缺失"))
    }

    /// A whole number that must be there.
    pub(crate) fn required_int(&self, name: &str) -> Result<i64, Refusal> {
        let value = self
            .present(name)
            .ok_or_else(|| self.refuse(name, "必填参数缺失"))?;
        value.as_i64().ok_or_else(|| self.refuse(name, "必须是整数"))
    }

    /// True or false, if it is there.
    pub(crate) fn check_bool(&self, name: &str) -> Result<(), Refusal> {
        match self.present(name) {
            Some(value) if !value.is_boolean() => Err(self.refuse(name, "必须是布尔值")),
            Some(_) | None => Ok(()),
        }
    }

    /// An object, if it is there.
    pub(crate) fn inner(&self, name: &str) -> Result<Option<Self>, Refusal> {
        let Some(value) = self.present(name) else {
            return Ok(None);
        };
        let object = value.as_object().ok_or_else(|| self.refuse(name, "必须是对象"))?;
        Ok(Some(Self {
            object,
            at: self.pointer(name),
        }))
    }

    /// An object that must be there.
    pub(crate) fn required_inner(&self, name: &str) -> Result<Self, Refusal> {
        self.inner(name)?.ok_or_else(|| self.refuse(name, "必填参数缺失"))
    }

    /// How many bytes the field takes as JSON; nothing when it is absent.
    pub(crate) fn bytes(&self, name: &str) -> usize {
        self.present(name).map_or(0, |value| value.to_string().len())
    }

    /// A merchant's own number: `chars` characters, letters, digits and `extra`.
    pub(crate) fn number(
        &self,
        name: &str,
        chars: std::ops::RangeInclusive<usize>,
        extra: &str,
    ) -> Result<&'a str, Refusal> {
        let text = self.required_text(name, *chars.end())?;
        if text.len() < *chars.start() {
            return Err(self.refuse(name, format!("长度不能小于{}", chars.start())));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || extra.contains(c);
        if text.chars().all(allowed) {
            Ok(text)
        } else {
            Err(self.refuse(name, format!("只能是数字、大小写字母和{extra}")))
        }
    }
}
