//! The catalogue as a file and as something to search: reading CSV, how names are read aloud, what a text
//! in the box may mean. Keeping it is the store's.

pub mod csv;
pub mod file;
pub mod reading;
pub mod words;
