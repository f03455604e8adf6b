//! Ctrl+C, and the system's request to end.

use tokio_util::sync::CancellationToken;

/// Cancelled when the process is asked to stop. One listener for a whole run: a request that came
/// between two listeners would be lost.
pub fn stop_token() -> CancellationToken {
    let stop = CancellationToken::new();
    let asked = stop.clone();
    tokio::spawn(async move {
        asked_to_stop().await;
        asked.cancel();
    });
    stop
}

/// Returns when the process is asked to stop. Where the system cannot be asked, it never returns,
/// and the process ends the hard way, which the store is made for.
pub async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut terminate) = signal(SignalKind::terminate()) else {
            return interrupted().await;
        };
        tokio::select! {
            () = interrupted() => (),
            _ = terminate.recv() => (),
        }
    }
    #[cfg(not(unix))]
    interrupted().await;
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
