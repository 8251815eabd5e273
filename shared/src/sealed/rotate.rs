//! A new master key: added, everything sealed with it, the old one dropped. Can be broken off at
//! any point and begun again; other processes read and write all the while.

use sqlx::SqliteConnection;

use crate::app_config::{open, seal_text};
use crate::secrets::{KeyRing, Keys, SecretsError};
use crate::store::webhooks::secrets;
use crate::store::{Store, StoreError, config};
use crate::webhooks::WebhookSecret;

/// Values of each kind that one transaction seals anew: no writer waits long.
const BATCH: i64 = 50;

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotated {
    /// The name of the key that everything is sealed with now.
    pub key_id: String,
    /// How many values were sealed anew.
    pub values: usize,
    /// How many keys the file has no more; none if the settings give the keys.
    pub dropped: Option<usize>,
}

/// Makes a new key and seals everything with it. Keys that the settings give are not changed:
/// everything is sealed with the first of them.
///
/// # Errors
/// [`StoreError`]; [`SecretsError::Rotating`] if another process is at it.
pub async fn rotate(store: &Store, keys: &Keys) -> Result<Rotated, StoreError> {
    let lock = match keys.file() {
        Some(file) => {
            let lock = file.lock()?;
            file.add_key(&lock)?;
            Some((file, lock))
        }
        None => None,
    };
    let key_id = keys.ring()?.newest().id().to_string();
    let mut values = 0;
    loop {
        let sealed = reseal_some(store, keys, &key_id).await?;
        if sealed == 0 {
            break;
        }
        values += sealed;
    }
    // The last look was a write transaction, begun after the key was added: whoever wrote before
    // was seen, and whoever writes later seals with the new key.
    let dropped = match lock {
        Some((file, lock)) => Some(file.drop_old_keys(&lock)?),
        None => None,
    };
    Ok(Rotated { key_id, values, dropped })
}

async fn reseal_some(store: &Store, keys: &Keys, key_id: &str) -> Result<usize, StoreError> {
    let mut tx = store.write().await?;
    let ring = keys.ring()?;
    if ring.newest().id().as_str() != key_id {
        return Err(SecretsError::Rotating.into());
    }
    let sealed = reseal_config(&mut tx, &ring, key_id).await?
        + reseal_webhooks(&mut tx, &ring, key_id).await?;
    tx.commit_quietly().await?;
    Ok(sealed)
}

async fn reseal_config(
    conn: &mut SqliteConnection,
    ring: &KeyRing,
    key_id: &str,
) -> Result<usize, StoreError> {
    let rows = config::not_sealed_with(conn, key_id, BATCH).await?;
    for row in &rows {
        let value = open(ring, row.app_id, &row.key, &row.sealed)?;
        let sealed = seal_text(ring, row.app_id, &row.key, &value)?;
        config::reseal(conn, row, &sealed).await?;
    }
    Ok(rows.len())
}

async fn reseal_webhooks(
    conn: &mut SqliteConnection,
    ring: &KeyRing,
    key_id: &str,
) -> Result<usize, StoreError> {
    let rows = secrets::not_sealed_with(conn, key_id, BATCH).await?;
    for row in &rows {
        let secret = WebhookSecret::unseal(ring, row.webhook, &row.sealed)?;
        secrets::reseal(conn, row, &secret.seal(ring, row.webhook)?).await?;
    }
    Ok(rows.len())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use secrecy::ExposeSecret;
    use tempfile::TempDir;

    use super::*;
    use crate::app_config::{dev_server_environment, seal};
    use crate::clock::{SystemClock, Timestamp};
    use crate::domain::{
        AccessPolicy, App, ConfigEntry, ConfigKey, ConfigValue, Egress, EventPatterns, Webhook,
    };
    use crate::feed::Doorbell;
    use crate::ids::{AppId, WebhookId};
    use crate::sealed::open_keys;
    use crate::secrets::{KeyFile, KeyRing, MasterKey, SecretsOptions};
    use crate::store::{apps, config::Row, migrate, webhooks};

    const NOW: Timestamp = Timestamp(1);

    struct Ground {
        folder: TempDir,
        store: Store,
        keys: Keys,
        app: AppId,
    }

    impl Ground {
        async fn new(values: usize) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("db");
            let store =
                Store::open(&file, Arc::new(SystemClock), Doorbell::silent()).await.unwrap();
            migrate(&store).await.unwrap();
            let keys = open(&store, &folder).await.unwrap();
            let app = AppId::generate();
            let ground = Self { folder, store, keys, app };
            let mut tx = ground.store.write().await.unwrap();
            apps::insert(&mut tx, &row(app)).await.unwrap();
            tx.commit().await.unwrap();
            for number in 0..values {
                ground.put(&ground.keys, number).await;
            }
            ground
        }

        async fn put(&self, keys: &Keys, number: usize) {
            let mut tx = self.store.write().await.unwrap();
            let key = ConfigKey::parse(&format!("K{number}")).unwrap();
            let value = ConfigValue::parse(format!("value {number}").into()).unwrap();
            let entry = ConfigEntry {
                key,
                sensitive: true,
                access_policy: AccessPolicy::Both,
                created_at: NOW,
                updated_at: NOW,
            };
            let sealed = seal(&keys.ring().unwrap(), self.app, &entry.key, &value).unwrap();
            let row = Row { entry, sealed, json_bytes: 10 };
            assert!(config::insert(&mut tx, self.app, &row).await.unwrap());
            tx.commit().await.unwrap();
        }

        async fn assert_readable(&self, keys: &Keys, values: usize) {
            let mut conn = self.store.read().await.unwrap();
            let (_, found) = dev_server_environment(&mut conn, keys, self.app).await.unwrap();
            assert_eq!(found.len(), values);
            for number in 0..values {
                let value = found[&format!("K{number}")].expose_secret();
                assert_eq!(value, format!("value {number}"));
            }
        }

        /// With the secret of before.
        async fn hook(&self) -> (WebhookId, [WebhookSecret; 2]) {
            let webhook = hook();
            let made = [(); 2].map(|()| WebhookSecret::generate().unwrap());
            let mut tx = self.store.write().await.unwrap();
            webhooks::insert(&mut tx, &webhook).await.unwrap();
            for secret in made.iter().rev() {
                let sealed = secret.seal(&self.keys.ring().unwrap(), webhook.id).unwrap();
                secrets::give(&mut tx, webhook.id, &sealed, Timestamp(10)).await.unwrap();
            }
            tx.commit().await.unwrap();
            (webhook.id, made)
        }

        async fn secrets(&self, keys: &Keys, hook: WebhookId) -> Vec<WebhookSecret> {
            let mut conn = self.store.read().await.unwrap();
            let rows = secrets::signing(&mut conn, hook, NOW).await.unwrap();
            let ring = keys.ring().unwrap();
            rows.iter().map(|row| WebhookSecret::unseal(&ring, hook, row).unwrap()).collect()
        }

        async fn key_ids(&self) -> Vec<String> {
            let mut conn = self.store.read().await.unwrap();
            let mut ids = config::key_ids(&mut conn).await.unwrap();
            ids.extend(secrets::key_ids(&mut conn).await.unwrap());
            ids.sort();
            ids.dedup();
            ids
        }
    }

    async fn open(store: &Store, folder: &TempDir) -> Result<Keys, StoreError> {
        open_keys(store, &SecretsOptions::default(), folder.path()).await
    }

    fn row(id: AppId) -> App {
        App {
            id,
            owner: "alice".to_owned(),
            name: "one".to_owned(),
            description: None,
            tags: Vec::new(),
            external_user_id: None,
            external_project_id: None,
            current_sandbox_id: None,
            forked_from: None,
            egress: Egress::default(),
            active_operation_id: None,
            created_at: NOW,
            updated_at: NOW,
        }
    }

    fn hook() -> Webhook {
        Webhook {
            id: WebhookId::generate(),
            owner: "alice".to_owned(),
            url: "https://hooks.example.com/".to_owned(),
            events: EventPatterns::all(),
            app_id: None,
            description: None,
            enabled: true,
            disabled_reason: None,
            failing_since: None,
            created_at: NOW,
            updated_at: NOW,
        }
    }

    #[tokio::test]
    async fn webhooks_secrets_are_sealed_anew_too_and_keep_wrong_keys_out() {
        let ground = Ground::new(0).await;
        let (hook, made) = ground.hook().await;
        let wrong = SecretsOptions { secrets_key: Some("ab".repeat(32).into()) };
        let refused = open_keys(&ground.store, &wrong, ground.folder.path()).await;
        assert!(matches!(refused, Err(StoreError::Sealed(SecretsError::UnknownKey(_)))));
        let rotated = rotate(&ground.store, &ground.keys).await.unwrap();
        assert_eq!((rotated.values, rotated.dropped), (2, Some(1)));
        assert_eq!(ground.key_ids().await, [rotated.key_id]);
        let fresh = open(&ground.store, &ground.folder).await.unwrap();
        assert_eq!(ground.secrets(&fresh, hook).await, made, "the present one first");
        std::fs::remove_file(KeyFile::of(ground.folder.path()).path()).unwrap();
        let refused = open(&ground.store, &ground.folder).await;
        assert!(matches!(refused, Err(StoreError::Sealed(SecretsError::FileGone { .. }))));
    }

    #[tokio::test]
    async fn everything_is_sealed_anew_and_the_old_key_goes() {
        let ground = Ground::new(120).await;
        let other = open(&ground.store, &ground.folder).await.unwrap();
        let before = ground.key_ids().await;
        let rotated = rotate(&ground.store, &ground.keys).await.unwrap();
        assert_eq!((rotated.values, rotated.dropped), (120, Some(1)));
        let now = vec![rotated.key_id];
        assert_ne!(before, now);
        assert_eq!(ground.key_ids().await, now);
        ground.assert_readable(&other, 120).await;
        let fresh = open(&ground.store, &ground.folder).await.unwrap();
        assert_eq!(fresh.ring().unwrap().keys().len(), 1);
        ground.assert_readable(&fresh, 120).await;
    }

    #[tokio::test]
    async fn a_rotation_that_was_broken_off_is_gone_on_with() {
        let ground = Ground::new(70).await;
        // As far as one batch: both keys are in the file and in the rows.
        let file = KeyFile::of(ground.folder.path());
        let lock = file.lock().unwrap();
        file.add_key(&lock).unwrap();
        let newest = ground.keys.ring().unwrap().newest().id().to_string();
        assert_eq!(reseal_some(&ground.store, &ground.keys, &newest).await.unwrap(), 50);
        drop(lock);
        assert_eq!(ground.key_ids().await.len(), 2);

        let fresh = open(&ground.store, &ground.folder).await.unwrap();
        ground.assert_readable(&fresh, 70).await;
        ground.put(&fresh, 70).await;
        let rotated = rotate(&ground.store, &fresh).await.unwrap();
        assert_eq!((rotated.values, rotated.key_id), (20, newest));
        assert_eq!(ground.key_ids().await.len(), 1);
        let fresh = open(&ground.store, &ground.folder).await.unwrap();
        ground.assert_readable(&fresh, 71).await;
    }

    #[tokio::test]
    async fn two_rotations_take_turns() {
        let ground = Ground::new(1).await;
        let _lock = KeyFile::of(ground.folder.path()).lock().unwrap();
        let refused = rotate(&ground.store, &ground.keys).await;
        assert!(matches!(refused, Err(StoreError::Sealed(SecretsError::Rotating))));
    }

    #[tokio::test]
    async fn nobody_begins_with_the_wrong_keys() {
        let ground = Ground::new(1).await;
        let wrong = SecretsOptions { secrets_key: Some("ab".repeat(32).into()) };
        let refused = open_keys(&ground.store, &wrong, ground.folder.path()).await;
        assert!(matches!(refused, Err(StoreError::Sealed(SecretsError::UnknownKey(_)))));
        std::fs::remove_file(KeyFile::of(ground.folder.path()).path()).unwrap();
        let refused = open(&ground.store, &ground.folder).await;
        assert!(matches!(refused, Err(StoreError::Sealed(SecretsError::FileGone { .. }))));
    }

    #[tokio::test]
    async fn keys_of_the_settings_seal_with_the_first() {
        let ground = Ground::new(3).await;
        let ring = ground.keys.ring().unwrap().as_ref().clone();
        let new = MasterKey::generate().unwrap();
        let given = Keys::fixed(ring.with_newest(new.clone()));
        let rotated = rotate(&ground.store, &given).await.unwrap();
        assert_eq!((rotated.values, rotated.dropped), (3, None));
        ground.assert_readable(&Keys::fixed(KeyRing::of(new)), 3).await;
    }
}
