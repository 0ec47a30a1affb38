//! The domain's states on the wire: by their names, refused when unknown.
//!
//! The domain is deliberately not serialisable; these modules are for `#[serde(with = "…")]`.

/// A payment code, which is on the wire once and never shown: what is none is refused without a word of it.
pub mod payment_code {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use suanpan_domain::payment_code::PaymentCode;

    /// Writes the digits.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<S: Serializer>(code: &Option<PaymentCode>, serializer: S) -> Result<S::Ok, S::Error> {
        match code {
            Some(code) => serializer.serialize_some(code.reveal()),
            None => serializer.serialize_none(),
        }
    }

    /// Reads digits that a platform can have issued.
    ///
    /// # Errors
    /// For everything else.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PaymentCode>, D::Error> {
        // The reader's own words would repeat what was read.
        let digits =
            Option::<String>::deserialize(deserializer).map_err(|_| D::Error::custom("payment_code"))?;
        let code = digits.map(PaymentCode::try_new).transpose();
        code.map_err(|_| D::Error::custom("payment_code"))
    }
}

macro_rules! by_name {
    ($(#[$doc:meta])* $module:ident, $type:ty) => {
        $(#[$doc])*
        pub mod $module {
            use serde::de::Error;
            use serde::{Deserialize, Deserializer, Serializer};

            /// Writes the name.
            ///
            /// # Errors
            /// Those of the serializer.
            pub fn serialize<S: Serializer>(value: &$type, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(value.name())
            }

            /// Reads the name.
            ///
            /// # Errors
            /// When the name is not one of the list.
            pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<$type, D::Error> {
                let name = String::deserialize(deserializer)?;
                <$type>::from_name(&name).ok_or_else(|| D::Error::custom(format!("unknown name {name}")))
            }
        }
    };
}

by_name!(
    /// Trade states.
    trade_state, suanpan_domain::trade::TradeState);
by_name!(
    /// Pay order states.
    pay_order_state, suanpan_domain::pay_order::PayOrderState);
by_name!(
    /// Dispositions of paid trades.
    disposition, suanpan_domain::pay_order::Disposition);
by_name!(
    /// Means of tenders.
    means, suanpan_domain::tender::Means);
by_name!(
    /// Units of quantities.
    unit, suanpan_domain::quantity::Unit);
by_name!(
    /// States of tenders.
    tender_state, suanpan_domain::tender::TenderState);
