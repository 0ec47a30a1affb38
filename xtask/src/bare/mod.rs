//! x
use anyhow::Result;
use clap::Args;
/// x
#[derive(Args)]
pub struct Options {}
pub fn run(_: &crate::house::House, _: &Options) -> Result<()> {
    Ok(())
}
