//! Sealing what must not lie in the database as it is: XChaCha20-Poly1305 under a master key that
//! is kept outside of it, bound to the place that the value belongs to. Keys rotate: each sealed
//! value names its key.

mod error;
mod key;
mod key_file;
mod key_ring;
mod keys;
mod options;
mod seal;

pub use error::SecretsError;
pub use key::{KeyId, MasterKey};
pub use key_file::{KeyFile, RotationLock};
pub use key_ring::KeyRing;
pub use keys::Keys;
pub use options::SecretsOptions;
pub use seal::{Place, Sealed};
