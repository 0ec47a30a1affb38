//! The system's wish that a program ends, heard from the moment this is asked for.

use anyhow::Result;

/// Listens from now on; what comes back ends when the program is asked to end.
///
/// # Errors
/// When the system lets nobody listen.
#[cfg(unix)]
pub fn asked_to_end() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Listens from now on; what comes back ends when the program is asked to end.
///
/// # Errors
/// None where the system has no signals.
#[cfg(not(unix))]
pub fn asked_to_end() -> Result<impl Future<Output = ()>> {
    Ok(async {
        // Where no signal can be listened for, the process is ended from outside.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
