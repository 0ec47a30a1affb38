//! Changes from the centre to a till: gapless positions per topic within a generation.
//!
//! A till asks for what comes after its position and may wait for it. When the generation is not the one
//! it knows, the centre was restored: the till reads a snapshot and merges it, never moving a state back.

use serde::{Deserialize, Serialize};

use crate::tender::TenderView;

/// Longest time a request for changes may wait, milliseconds: below the idle limits of common proxies.
pub const WAIT_MS_MAX: u32 = 25_000;
/// Most changes in one answer.
pub const CHANGES_MAX: usize = 200;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Change {
    /// 1, 2, 3 … within the topic and generation, without gaps.
    pub position: u64,
    /// What changed.
    pub what: Changed,
}

/// What changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Changed {
    /// A tender, whole.
    Tender {
        /// Its view.
        tender: TenderView,
    },
    /// The settings of the store: the till says hello again.
    Settings,
    /// Something this version does not know yet; passed over.
    #[serde(other)]
    Unknown,
}

/// `GET /v1/till/changes?generation=&after=&wait_ms=`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum ChangesAnswer {
    /// Changes after the asked position, possibly none.
    Changes {
        /// Generation they belong to.
        generation: u64,
        /// In order, gapless, at most [`CHANGES_MAX`].
        changes: Vec<Change>,
        /// The centre's clock.
        centre_time_ms: i64,
    },
    /// The asked generation is not this centre's, or the position lies beyond it: start from here.
    Snapshot {
        /// The centre's generation.
        generation: u64,
        /// Position after which to ask from now on.
        position: u64,
        /// Every tender of this till that is not at rest.
        tenders: Vec<TenderView>,
        /// The centre's clock.
        centre_time_ms: i64,
    },
}
