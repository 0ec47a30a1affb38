//! The desktop window beside an empty one: a shop with a year behind it, programs started on a virtual screen, what
//! they take of the memory, and what a page needs from a key to the picture.

pub mod memory;
pub mod paint;
pub mod program;
pub mod shop;
