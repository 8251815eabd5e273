//! What an operator may set, and every limit and timeout of the gateway by name.

use std::time::Duration;

use super::framing::Origin;
use crate::proxies::TrustedProxies;

/// How the gateway is set up. Parsed once, by the binary.
#[derive(Debug, Clone)]
pub struct GatewayConfig {
    /// `PREVIEW_DOMAIN`: previews are served under `preview.<domain>`.
    pub domain: String,
    /// `PREVIEW_TLS`: a proxy in front ends TLS, so applications are told `https`.
    pub tls: bool,
    /// `SANDBOXD_CONSOLE_ORIGIN`: who besides a preview itself may show it in a frame.
    pub console: Vec<Origin>,
    /// `SANDBOXD_TRUSTED_PROXIES`: who is believed what it says of a client.
    pub proxies: TrustedProxies,
    /// Limits and timeouts; the defaults are meant for production.
    pub limits: Limits,
}

impl GatewayConfig {
    /// Plain HTTP under `preview.<domain>` with the default limits.
    pub fn new(domain: impl Into<String>) -> Self {
        Self {
            domain: domain.into(),
            tls: false,
            console: Vec::new(),
            proxies: TrustedProxies::default(),
            limits: Limits::default(),
        }
    }
}

/// Bounds on time and memory. One client or one sandbox can't use up what others need.
#[derive(Debug, Clone)]
pub struct Limits {
    /// How long a request waits for a sandbox that isn't up before it gets 503.
    pub hold: Duration,
    /// For this long after a route came to be, an application that refuses connections is
    /// taken to be starting; later it is taken to be broken.
    pub startup_grace: Duration,
    /// A client sends a whole request head within this time, idle keep-alive included.
    pub header_read: Duration,
    /// How long a client may take nothing of what is sent to it.
    pub write_stall: Duration,
    /// Longest pause between two pieces of a request body.
    pub body_stall: Duration,
    /// Opening a TCP connection to a sandbox.
    pub connect: Duration,
    /// From sending a request until the head of its answer. Covers a slow upload, too.
    pub response_header: Duration,
    /// A tunnel (WebSocket) without a byte either way is closed after this.
    pub tunnel_idle: Duration,
    /// How long requests under way may take to finish once shutdown begins.
    pub drain: Duration,
    /// An idle connection is thrown away after this. Below the five seconds after which Node
    /// closes its own (`server.keepAliveTimeout`), so that few requests meet a closing one.
    pub idle_age: Duration,
    /// Idle connections kept for one port of one sandbox.
    pub idle_per_route: usize,
    /// Connections open to one port of one sandbox, tunnels included.
    pub connections_per_route: usize,
    /// Requests waiting for one sandbox.
    pub held_per_sandbox: usize,
    /// Requests waiting for all sandboxes together.
    pub held_total: usize,
    /// Client connections open at once, tunnels included; further ones wait in the backlog. The
    /// binary lowers it to what its open files allow.
    pub client_connections: usize,
    /// Bytes of a request or response head; a longer request head gets 431.
    pub head_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hold: Duration::from_secs(20),
            startup_grace: Duration::from_secs(60),
            header_read: Duration::from_secs(15),
            write_stall: Duration::from_secs(120),
            body_stall: Duration::from_secs(60),
            connect: Duration::from_secs(2),
            response_header: Duration::from_secs(600),
            tunnel_idle: Duration::from_secs(3600),
            drain: Duration::from_secs(5),
            idle_age: Duration::from_secs(4),
            idle_per_route: 128,
            connections_per_route: 1024,
            held_per_sandbox: 1024,
            held_total: 4096,
            client_connections: 16_384,
            head_bytes: 64 * 1024,
        }
    }
}
