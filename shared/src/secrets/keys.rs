//! The keys of an installation as a running process has them: read again when the file changes.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use secrecy::ExposeSecret;

use super::key_file::Stamp;
use super::{KeyFile, KeyRing, SecretsError, SecretsOptions};

/// What the hash of a request is keyed for; another one than any key is for.
const BLIND_CONTEXT: &str = "sandboxd 2026 fingerprint of a request with a secret";

/// The keys of an installation. Clones share them.
#[derive(Debug, Clone)]
pub struct Keys(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// None if the settings give the keys.
    file: Option<KeyFile>,
    loaded: Mutex<Loaded>,
}

#[derive(Debug)]
struct Loaded {
    stamp: Option<Stamp>,
    ring: Arc<KeyRing>,
}

impl Keys {
    /// Keys that don't change while the process runs.
    #[must_use]
    pub fn fixed(ring: KeyRing) -> Self {
        Self::new(None, None, ring)
    }

    fn new(file: Option<KeyFile>, stamp: Option<Stamp>, ring: KeyRing) -> Self {
        let loaded = Mutex::new(Loaded { stamp, ring: Arc::new(ring) });
        Self(Arc::new(Inner { file, loaded }))
    }

    /// The keys of the settings, else of the data directory's file. That is made if it isn't there
    /// and nothing is sealed yet.
    ///
    /// # Errors
    /// [`SecretsError`], which tells an operator what to do.
    pub fn open(
        options: &SecretsOptions,
        data_dir: &Path,
        anything_sealed: bool,
    ) -> Result<Self, SecretsError> {
        if let Some(text) = &options.secrets_key {
            let ring = KeyRing::parse(text.expose_secret(), "SANDBOXD_SECRETS_KEY")?;
            return Ok(Self::fixed(ring));
        }
        let file = KeyFile::of(data_dir);
        if !file.exists()? {
            if anything_sealed {
                return Err(SecretsError::FileGone { file: file.path().to_owned() });
            }
            file.make()?;
        }
        let (stamp, ring) = file.read()?;
        Ok(Self::new(Some(file), Some(stamp), ring))
    }

    /// The file that keeps them; none if the settings give them.
    #[must_use]
    pub fn file(&self) -> Option<&KeyFile> {
        self.0.file.as_ref()
    }

    /// The keys as they are now.
    ///
    /// Who seals must ask for them inside the write transaction that stores what is sealed: a
    /// rotation adds its key first, and trusts that every transaction from then on seals with it.
    /// Who opens must ask after reading what is sealed. A key that was read once stays known to
    /// this process: a value may have been read just before it was sealed anew.
    ///
    /// # Errors
    /// [`SecretsError`] if the file can't be read any more.
    pub fn ring(&self) -> Result<Arc<KeyRing>, SecretsError> {
        let mut loaded = self.0.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &self.0.file
            && loaded.stamp != Some(file.stamp()?)
        {
            let (stamp, ring) = file.read()?;
            let ring = Arc::new(ring.with_older(&loaded.ring));
            *loaded = Loaded { stamp: Some(stamp), ring };
        }
        Ok(Arc::clone(&loaded.ring))
    }

    /// A hash of a text that holds a secret, which tells nothing without the keys, though the text
    /// may be easy to guess. Another one after a rotation.
    ///
    /// # Errors
    /// As for [`ring`](Self::ring).
    pub fn blind(&self, text: &str) -> Result<String, SecretsError> {
        let ring = self.ring()?;
        let key = zeroize::Zeroizing::new(blake3::derive_key(BLIND_CONTEXT, ring.newest().bytes()));
        Ok(blake3::keyed_hash(&key, text.as_bytes()).to_hex().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Place;

    const HERE: Place<'_> = Place(&["here"]);

    #[test]
    fn a_running_process_follows_a_rotation() {
        let folder = tempfile::tempdir().unwrap();
        let options = SecretsOptions::default();
        let keys = Keys::open(&options, folder.path(), false).unwrap();
        let before = keys.ring().unwrap().seal(HERE, &"value".into()).unwrap();

        let file = KeyFile::of(folder.path());
        let lock = file.lock().unwrap();
        file.add_key(&lock).unwrap();
        let after = keys.ring().unwrap().seal(HERE, &"value".into()).unwrap();
        assert_ne!(before.key_id, after.key_id);
        file.drop_old_keys(&lock).unwrap();
        let ring = keys.ring().unwrap();
        assert_eq!(ring.newest().id().as_str(), after.key_id);
        assert!(ring.open(HERE, &before).is_ok(), "it had read that before it was sealed anew");

        let fresh = Keys::open(&options, folder.path(), true).unwrap().ring().unwrap();
        assert!(fresh.open(HERE, &after).is_ok() && fresh.open(HERE, &before).is_err());
    }

    #[test]
    fn a_lost_file_is_not_replaced_while_anything_is_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let lost = Keys::open(&SecretsOptions::default(), folder.path(), true);
        assert!(matches!(lost, Err(SecretsError::FileGone { .. })));
        assert!(!KeyFile::of(folder.path()).exists().unwrap());
    }

    #[test]
    fn the_settings_come_before_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let options = SecretsOptions { secrets_key: Some("ab".repeat(32).into()) };
        let keys = Keys::open(&options, folder.path(), true).unwrap();
        assert!(keys.file().is_none() && !KeyFile::of(folder.path()).exists().unwrap());
        assert_eq!(keys.blind("x").unwrap(), keys.blind("x").unwrap());
        assert_ne!(keys.blind("x").unwrap(), blake3::hash(b"x").to_hex().to_string());
    }
}
