//! The trade centre as a program.

fn main() {}
