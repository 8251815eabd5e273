//! What an installation gives to sandboxes and shows of them.

use std::path::PathBuf;
use std::time::Duration;

use sandboxd_shared::domain::Limits;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::jobs::Defaults;
use sandboxd_shared::store::{Connection, StoreError, workers};

use crate::previews::PreviewKey;

/// An installation's settings, as far as requests depend on them.
#[derive(Debug, Clone)]
pub struct Installation {
    /// The node for new sandboxes while no worker has ever been heard of.
    pub node: String,
    /// The image of new sandboxes.
    pub image: String,
    /// What a new sandbox may use.
    pub limits: Limits,
    /// How long a sandbox may be idle before it is stopped; zero = for ever.
    pub idle_after: Duration,
    /// How preview URLs look.
    pub previews: PreviewUrls,
    /// Where the workers' node services listen.
    pub node_sockets: PathBuf,
    /// Whether webhooks may lead to private addresses.
    pub webhooks_to_private: bool,
}

/// How preview URLs look, and what makes links of them.
#[derive(Debug, Clone)]
pub struct PreviewUrls {
    /// Previews are served under `preview.<domain>`.
    pub domain: String,
    /// Whether they are https.
    pub tls: bool,
    /// The port that clients connect to.
    pub port: u16,
    /// What links to private ones are signed with.
    pub key: PreviewKey,
}

impl Installation {
    /// What new sandboxes get: they go to the node whose worker was heard of last.
    ///
    /// # Errors
    /// [`StoreError::Database`]
    pub(crate) async fn defaults(&self, conn: &mut Connection) -> Result<Defaults, StoreError> {
        let heard = workers::heard_last(conn).await?;
        Ok(Defaults {
            node: heard.map_or_else(|| self.node.clone(), |worker| worker.node),
            image: self.image.clone(),
            limits: self.limits,
        })
    }
}

impl PreviewUrls {
    /// The URL of a sandbox's port.
    pub(crate) fn url(&self, sandbox: SandboxId, port: u16) -> String {
        let (scheme, shown) = self.scheme_and_port();
        format!("{scheme}://s-{}-{port}.preview.{}{shown}/", sandbox.lower(), self.domain)
    }

    /// All of them, as a source in a Content-Security-Policy (CSP Level 3, 2.3.1).
    pub(crate) fn hosts(&self) -> String {
        let (scheme, shown) = self.scheme_and_port();
        format!("{scheme}://*.preview.{}{shown}", self.domain)
    }

    fn scheme_and_port(&self) -> (&'static str, String) {
        let (scheme, own) = if self.tls { ("https", 443) } else { ("http", 80) };
        let shown = if self.port == own { String::new() } else { format!(":{}", self.port) };
        (scheme, shown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_shows_the_port_unless_it_is_the_schemes_own() {
        let id: SandboxId = "01JD4X8QK3M5N7P9R1S3T5V7W9".parse().unwrap();
        let key = PreviewKey::random().unwrap();
        let url = |tls, port| {
            PreviewUrls { domain: "x.test".into(), tls, port, key: key.clone() }.url(id, 3000)
        };
        let host = "s-01jd4x8qk3m5n7p9r1s3t5v7w9-3000.preview.x.test";
        assert_eq!(url(false, 18080), format!("http://{host}:18080/"));
        assert_eq!(url(false, 80), format!("http://{host}/"));
        assert_eq!(url(true, 443), format!("https://{host}/"));
        assert_eq!(url(true, 80), format!("https://{host}:80/"));
    }
}
