//! An engine that can be made unreachable without stopping it for the other suites: a socket that
//! passes everything on, or nothing.

use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A switch in front of the engine's socket.
#[derive(Debug)]
pub struct EngineSwitch {
    /// The socket to reach the engine by.
    pub socket: PathBuf,
    engine: PathBuf,
    on: Option<(CancellationToken, JoinHandle<()>)>,
}

impl EngineSwitch {
    /// A switch at `socket`, turned on.
    ///
    /// # Errors
    /// I/O.
    pub fn new(engine: &Path, socket: PathBuf) -> std::io::Result<Self> {
        let mut switch = Self { socket, engine: engine.to_owned(), on: None };
        switch.turn_on()?;
        Ok(switch)
    }

    /// Lets connections through.
    ///
    /// # Errors
    /// I/O.
    pub fn turn_on(&mut self) -> std::io::Result<()> {
        let listener = UnixListener::bind(&self.socket)?;
        let off = CancellationToken::new();
        let (engine, token) = (self.engine.clone(), off.clone());
        let task = tokio::spawn(async move {
            while let Some(Ok((client, _))) = token.run_until_cancelled(listener.accept()).await {
                let (engine, token) = (engine.clone(), token.clone());
                tokio::spawn(async move {
                    token.run_until_cancelled(pass(client, engine)).await;
                });
            }
        });
        self.on = Some((off, task));
        Ok(())
    }

    /// Cuts all connections and lets no new ones through.
    pub async fn turn_off(&mut self) {
        if let Some((off, task)) = self.on.take() {
            off.cancel();
            let _ = task.await;
            let _ = std::fs::remove_file(&self.socket);
        }
    }
}

async fn pass(mut client: UnixStream, engine: PathBuf) {
    if let Ok(mut engine) = UnixStream::connect(engine).await {
        let _ = tokio::io::copy_bidirectional(&mut client, &mut engine).await;
    }
}
