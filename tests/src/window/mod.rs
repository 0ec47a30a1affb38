//! The desktop window as a person meets it: the real program on a virtual screen, driven through the web view's
//! own driver, read from its pictures.
//!
//! Like the house of processes this blocks and panics with a sentence. It is run by the program `window` and not
//! among the tests, because it needs the program built with its screens inside.

pub mod app;
pub mod bench_rows;
pub mod practice;
pub mod scenarios;
pub mod screen;
pub mod shift;
pub mod shop;
pub mod two_screens;
