//! Master keys, newest first: the newest seals, each opens what it has sealed.

use secrecy::SecretString;

use super::seal::{open, seal};
use super::{KeyId, MasterKey, Place, Sealed, SecretsError};

/// At least one key. A rotation has two; more come from settings only.
const KEYS_MAX: usize = 16;

/// Master keys, newest first.
#[derive(Debug, Clone)]
pub struct KeyRing(Vec<MasterKey>);

impl KeyRing {
    /// A ring of one key.
    #[must_use]
    pub fn of(key: MasterKey) -> Self {
        Self(vec![key])
    }

    /// Reads keys that stand apart by commas or white space, newest first.
    ///
    /// # Errors
    /// [`SecretsError::NotAKey`] that names `place`; also for none, and for too many.
    pub fn parse(text: &str, place: &str) -> Result<Self, SecretsError> {
        let words = text.split([',', '\n', ' ', '\t', '\r']).filter(|word| !word.is_empty());
        let keys: Option<Vec<_>> = words.take(KEYS_MAX + 1).map(MasterKey::parse).collect();
        match keys {
            Some(keys) if (1..=KEYS_MAX).contains(&keys.len()) => Ok(Self(keys)),
            _ => Err(SecretsError::NotAKey { place: place.to_owned() }),
        }
    }

    /// The key that seals.
    #[must_use]
    pub fn newest(&self) -> &MasterKey {
        self.0.first().expect("invariant: a ring has a key")
    }

    /// All keys, newest first.
    #[must_use]
    pub fn keys(&self) -> &[MasterKey] {
        &self.0
    }

    /// The names of all keys.
    pub fn ids(&self) -> impl Iterator<Item = &KeyId> {
        self.0.iter().map(MasterKey::id)
    }

    /// Whether it can open what is sealed with this key.
    #[must_use]
    pub fn knows(&self, key_id: &str) -> bool {
        self.ids().any(|id| id.as_str() == key_id)
    }

    /// The same keys and, for opening only, those of `older`.
    #[must_use]
    pub(super) fn with_older(mut self, older: &Self) -> Self {
        let missing: Vec<MasterKey> =
            older.0.iter().filter(|key| !self.knows(key.id().as_str())).cloned().collect();
        self.0.extend(missing);
        self
    }

    /// The same keys after a newer one.
    #[must_use]
    pub fn with_newest(mut self, key: MasterKey) -> Self {
        self.0.insert(0, key);
        self
    }

    /// Seals a value with the newest key.
    ///
    /// # Errors
    /// [`SecretsError::Random`]
    pub fn seal(&self, place: Place<'_>, value: &SecretString) -> Result<Sealed, SecretsError> {
        seal(self.newest(), place, value)
    }

    /// Opens a value of this place.
    ///
    /// # Errors
    /// [`SecretsError::UnknownKey`], or [`SecretsError::NotGenuine`] if it was changed or sealed
    /// for another place.
    pub fn open(&self, place: Place<'_>, sealed: &Sealed) -> Result<SecretString, SecretsError> {
        let key = self.0.iter().find(|key| key.id().as_str() == sealed.key_id);
        let key = key.ok_or_else(|| SecretsError::UnknownKey(sealed.key_id.clone()))?;
        open(key, place, sealed)
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn ring() -> KeyRing {
        KeyRing::of(MasterKey::generate().unwrap())
    }

    const HERE: Place<'_> = Place(&["config", "app", "KEY"]);

    #[test]
    fn what_is_sealed_comes_back_only_where_it_belongs() {
        let ring = ring();
        let value = SecretString::from("s3cret \u{e9}");
        let sealed = ring.seal(HERE, &value).unwrap();
        assert_eq!(ring.open(HERE, &sealed).unwrap().expose_secret(), value.expose_secret());
        for elsewhere in [
            &["config", "app", "KEY2"][..],
            &["config", "app2", "KEY"],
            &["config", "appKEY"],
            &["config", "ap", "pKEY"],
            &["config", "app", "KEY", ""],
            &[],
        ] {
            let opened = ring.open(Place(elsewhere), &sealed);
            assert!(matches!(opened, Err(SecretsError::NotGenuine)), "{elsewhere:?}");
        }
    }

    #[test]
    fn nothing_changed_is_opened() {
        let ring = ring();
        let sealed = ring.seal(HERE, &"value".into()).unwrap();
        for index in 0..sealed.bytes.len() {
            let mut changed = sealed.clone();
            changed.bytes[index] ^= 1;
            assert!(matches!(ring.open(HERE, &changed), Err(SecretsError::NotGenuine)));
        }
        let short = Sealed { bytes: sealed.bytes[1..].to_vec(), ..sealed.clone() };
        assert!(ring.open(HERE, &short).is_err());
        for nonce in [vec![0; 24], vec![0; 23], Vec::new()] {
            assert!(ring.open(HERE, &Sealed { nonce, ..sealed.clone() }).is_err());
        }
    }

    #[test]
    fn equal_values_look_different_and_their_text_is_not_to_be_seen() {
        let ring = ring();
        let (one, two) =
            (ring.seal(HERE, &"x".into()).unwrap(), ring.seal(HERE, &"x".into()).unwrap());
        assert_ne!((&one.nonce, &one.bytes), (&two.nonce, &two.bytes));
        let shown = format!("{:?} {one:?} {:?}", SecretString::from("plain"), ring);
        assert!(!shown.contains("plain"), "{shown}");
    }

    #[test]
    fn a_value_is_opened_with_the_key_that_sealed_it() {
        let old = ring();
        let sealed = old.seal(HERE, &"value".into()).unwrap();
        let both = old.with_newest(MasterKey::generate().unwrap());
        assert_eq!(both.open(HERE, &sealed).unwrap().expose_secret(), "value");
        assert_ne!(both.seal(HERE, &"value".into()).unwrap().key_id, sealed.key_id);
        assert!(matches!(ring().open(HERE, &sealed), Err(SecretsError::UnknownKey(_))));
        // Another key under the same name is no way in.
        let other = ring();
        let renamed = Sealed { key_id: other.newest().id().to_string(), ..sealed };
        assert!(matches!(other.open(HERE, &renamed), Err(SecretsError::NotGenuine)));
    }

    #[test]
    fn a_list_of_keys_is_all_keys_or_refused_without_being_shown() {
        let (one, two) = ("ab".repeat(32), "cd".repeat(32));
        let ring = KeyRing::parse(&format!(" {one},\n{two}\n"), "here").unwrap();
        assert_eq!(ring.keys().len(), 2);
        assert_eq!(ring.newest().id(), MasterKey::parse(&one).unwrap().id());
        for bad in [String::new(), ",".into(), format!("{one},beef"), vec![one; 17].join(",")] {
            let refused = KeyRing::parse(&bad, "here").unwrap_err().to_string();
            assert!(refused.starts_with("here:") && !refused.contains("beef"), "{refused}");
        }
    }
}
