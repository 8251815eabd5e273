//! A connection to a receiver: its name is looked up once, and what was checked is what is
//! connected to, so that a name that changes in between leads nowhere else.

use std::fmt::Debug;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::SendError;
use super::address::is_allowed;

/// Addresses of a name that are tried.
const ADDRESSES_MAX: usize = 4;

/// Looks names up.
#[async_trait]
pub trait Resolve: Send + Sync + Debug {
    /// The addresses of a name.
    ///
    /// # Errors
    /// An I/O error if it has none.
    async fn resolve(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The host's resolver (`getaddrinfo(3)`).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((name, port)).await?.collect())
    }
}

/// TLS towards receivers could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the certificates that webhooks are checked with can't be used")]
pub struct TlsError(#[source] Box<dyn std::error::Error + Send + Sync>);

/// A connection, with or without TLS.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Connects to receivers.
#[derive(Clone)]
pub struct Dialer {
    resolver: Arc<dyn Resolve>,
    tls: TlsConnector,
    allow_private: bool,
}

impl Debug for Dialer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Dialer")
            .field("resolver", &self.resolver)
            .field("allow_private", &self.allow_private)
            .finish_non_exhaustive()
    }
}

impl Dialer {
    /// A dialer that trusts the authorities that browsers do, and those in the PEM file `ca_file`.
    ///
    /// # Errors
    /// [`TlsError`] if the file can't be read or holds no certificate.
    pub fn new(
        resolver: Arc<dyn Resolve>,
        ca_file: Option<&Path>,
        allow_private: bool,
    ) -> Result<Self, TlsError> {
        let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        if let Some(file) = ca_file {
            let certificates =
                CertificateDer::pem_file_iter(file).map_err(|error| TlsError(error.into()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| TlsError(error.into()))?;
                roots.add(certificate).map_err(|error| TlsError(error.into()))?;
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError(error.into()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { resolver, tls: TlsConnector::from(Arc::new(config)), allow_private })
    }

    /// Connects to where a URL leads, if messages may go there.
    pub(super) async fn dial(&self, url: &Url) -> Result<Box<dyn Stream>, SendError> {
        let host = url.host().ok_or(SendError::Url)?;
        let port = url.port_or_known_default().ok_or(SendError::Url)?;
        let (found, name) = match host {
            Host::Ipv4(address) => at(address.into(), port),
            Host::Ipv6(address) => at(address.into(), port),
            Host::Domain(name) => {
                let found = self.resolver.resolve(name, port).await.map_err(SendError::Name)?;
                let name = name.trim_end_matches('.').to_owned();
                (found, ServerName::try_from(name).map_err(|_| SendError::Url)?)
            }
        };
        let stream = self.connect(&found).await?;
        if url.scheme() != "https" {
            return Ok(Box::new(stream));
        }
        let stream = self.tls.connect(name, stream).await.map_err(SendError::Tls)?;
        Ok(Box::new(stream))
    }

    async fn connect(&self, found: &[SocketAddr]) -> Result<TcpStream, SendError> {
        let allowed = found
            .iter()
            .filter(|address| self.allow_private || is_allowed(address.ip()))
            .take(ADDRESSES_MAX);
        let mut failure = SendError::Private;
        for address in allowed {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => failure = SendError::Connect(error),
            }
        }
        Err(failure)
    }
}

fn at(address: IpAddr, port: u16) -> (Vec<SocketAddr>, ServerName<'static>) {
    (vec![SocketAddr::new(address, port)], ServerName::from(address))
}
