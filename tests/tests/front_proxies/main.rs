//! Real proxies in front of a whole installation, with the configurations of `deploy/proxy` as they
//! stand there but for names and ports: what docs/install.md says of them is so.

#![expect(clippy::unwrap_used, reason = "a suite's helpers fail the test")]

mod certificate;
mod program;
mod proxy;
mod walk;
mod wire;

use proxy::Kind;

#[tokio::test(flavor = "multi_thread")]
async fn nginx() {
    walk::walk(Kind::Nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn caddy() {
    walk::walk(Kind::Caddy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn traefik() {
    walk::walk(Kind::Traefik).await;
}
