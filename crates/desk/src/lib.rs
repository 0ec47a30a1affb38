//! The desktop program without its windows: which till is open, and that there is one program per data folder.
//!
//! The lobby chooses between practice, which lives in a folder of its own with a child process beside it, and
//! the shop's real till. Windows and screens are not here; neither is anything a till decides.

mod desk;
mod door;
mod focus;
mod lobby;
mod memory;
mod places;

pub use desk::{Desk, DeskConfig, NameError};
pub use door::{Asked, Entrance, Held, enter};
pub use lobby::{At, LobbyState, Wish};
pub use places::Places;
