//! Follows the directory: what no longer holds is closed, and those who wait are told.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::handler::Gateway;

/// How often old connections and empty rooms are looked for.
const TICK: Duration = Duration::from_secs(1);

/// Runs until draining begins and the gateway is dropped; the caller aborts it.
pub(crate) async fn sweep(gateway: Arc<Gateway>) {
    let mut changes = gateway.directory.changes();
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut followed = true;
    loop {
        tokio::select! {
            changed = changes.changed(), if followed => followed = changed.is_ok(),
            _ = tick.tick() => {
                gateway.pools.expire();
                gateway.lobby.expire();
            }
        }
        // On a tick too: right whatever was missed.
        gateway.pools.drop_stale(&*gateway.directory);
        gateway.lobby.refresh(&*gateway.directory);
        gateway.passes.check(&*gateway.directory);
    }
}
