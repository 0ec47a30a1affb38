//! The practice shop: the stand-in platform and the trade centre in one child process, on this machine only.
//!
//! The library is the parent's side: starting the child, knowing where it is, starting it again. The servers
//! themselves are in the program `suanpan-practice` alone, so that whoever uses this library carries none.

mod child;
mod keeper;
pub mod ready;

pub use child::{Child, StartError};
pub use keeper::Keeper;
pub use ready::{Ready, Said};
