//! The fake model as a program: `sandboxd-fake-model 127.0.0.1:8080`, then `GET /_log`.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use clap::Parser;
use sandboxd_tests::model;

/// A model that answers by rule, for trying agents without the internet.
#[derive(Debug, Parser)]
struct Options {
    /// Where it listens.
    address: SocketAddr,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind(Options::parse().address)?;
    println!("http://{}", listener.local_addr()?);
    model::serve(listener, Arc::default()).await
}
