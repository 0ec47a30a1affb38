//! The practice shop's own broker: RabbitMQ in the shop's folder, on a port that a kept shop finds again.

use anyhow::{Context, Result};
use suanpan_private_rabbitmq::Seat;

use crate::demo::child::Child;
use crate::demo::place::Place;
use crate::demo::stop::Stop;

/// Starts it, at the port it had or a free one, and gives the port.
///
/// # Errors
/// When it is not installed or does not start.
pub fn start(place: &Place, port: Option<u16>, stop: &Stop) -> Result<(Child, u16)> {
    let seat = Seat::take(&place.inside("broker"), port)
        .context("no broker: ./x demo --rabbitmq installs it on Debian")?;
    let command = seat.server();
    let child = Child::start_until("broker", command, &place.inside("logs"), stop, || seat.greets())?;
    Ok((child, seat.port()))
}
