//! A wildcard certificate of an authority of our own, as operators have theirs in files.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// Files in PEM.
#[derive(Debug)]
pub(crate) struct Certificate {
    pub(crate) chain: PathBuf,
    pub(crate) key: PathBuf,
    /// The authority, which clients know.
    pub(crate) authority: PathBuf,
}

/// Writes a certificate for `names` into `folder`.
pub(crate) fn make(folder: &Path, names: Vec<String>) -> Certificate {
    let mut params = CertificateParams::default();
    // By its name it is told from what it signs.
    params.distinguished_name.push(DnType::CommonName, "An authority of our own");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let leaf = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path
    };
    Certificate {
        chain: write("fullchain.pem", leaf.pem()),
        key: write("privkey.pem", key.serialize_pem()),
        authority: write("authority.pem", issuer.pem()),
    }
}
