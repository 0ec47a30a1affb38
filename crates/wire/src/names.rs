//! The domain's states on the wire: by their names, refused when unknown.
//!
//! The domain is deliberately not serialisable; these modules are for `#[serde(with = "…")]`.

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
