//! x
use clap::Args;
use anyhow::Result;
/// x
#[derive(Args)]
pub struct Options {}
pub fn run(_: &crate::house::House, _: &Options) -> Result<()> { Ok(()) }
