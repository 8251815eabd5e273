//! Keeping the rules in place, in the worker that leads: soon after rows have changed, and at
//! intervals whatever somebody has done to them. Names are looked up beside it, so that a slow name
//! server never holds up a policy that is made stricter.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use sandboxd_shared::domain::FirewallMode;
use sandboxd_shared::feed::Changes;
use sandboxd_shared::ids::SandboxId;
use sandboxd_shared::store::{StoreError, nodes, sandboxes};
use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::keeper::{Firewall, Plan};
use super::{FirewallError, guard};

/// How often the rules are read back.
const LOOK: Duration = Duration::from_secs(5);
/// How often names are looked up again.
const NAMES: Duration = Duration::from_mins(1);
/// How long one round of look-ups may take.
const NAMES_LIMIT: Duration = Duration::from_secs(30);
/// How long more changes are waited for: they come in bursts.
const SETTLE: Duration = Duration::from_millis(100);

impl Firewall {
    pub(super) async fn keep(&self, changes: Changes, shutdown: CancellationToken) {
        let news = Notify::new();
        tokio::join!(
            self.keep_rules(changes.clone(), &news, &shutdown),
            self.keep_names(changes, &news, &shutdown),
        );
    }

    async fn keep_rules(&self, mut changes: Changes, news: &Notify, shutdown: &CancellationToken) {
        let mut tick = every(LOOK);
        let mut last: Option<(Plan, bool)> = None;
        loop {
            let ticked = tokio::select! {
                _ = tick.tick() => true,
                () = changes.changed() => false,
                () = news.notified() => false,
                () = shutdown.cancelled() => return,
            };
            if ticked {
                self.sweep().await;
            } else {
                tokio::time::sleep(SETTLE).await;
                changes.mark_seen();
                if self.is_as(last.as_ref()).await {
                    continue;
                }
            }
            last = self.look().await;
        }
    }

    /// Names that are new are looked up soon, all of them at intervals.
    async fn keep_names(&self, mut changes: Changes, news: &Notify, shutdown: &CancellationToken) {
        let mut tick = every(NAMES);
        let mut asked: BTreeSet<String> = BTreeSet::new();
        loop {
            tokio::select! {
                _ = tick.tick() => asked.clear(),
                () = changes.changed() => {
                    tokio::time::sleep(SETTLE).await;
                    changes.mark_seen();
                }
                () = shutdown.cancelled() => return,
            }
            match self.ask_for_new(&mut asked).await {
                Ok(true) => news.notify_one(),
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "names of allowlists");
                }
            }
        }
    }

    async fn ask_for_new(&self, asked: &mut BTreeSet<String>) -> Result<bool, FirewallError> {
        let names = self.names().await?;
        asked.retain(|name| names.contains(name));
        let new: BTreeSet<String> = names.difference(asked).cloned().collect();
        if new.is_empty() {
            return Ok(false);
        }
        asked.extend(new.iter().cloned());
        self.look_up(new, NAMES_LIMIT).await?;
        Ok(true)
    }

    /// Whether the rows say what they said, and the engine has not come back meanwhile.
    async fn is_as(&self, last: Option<&(Plan, bool)>) -> bool {
        let Some((plan, answers)) = last else { return false };
        let same = self.plan().await.is_ok_and(|now| now == *plan);
        same && self.engine_answers().await.is_ok_and(|now| now == *answers)
    }

    async fn engine_answers(&self) -> Result<bool, StoreError> {
        let mut conn = self.store.read().await?;
        let node = nodes::get(&mut conn, &self.node).await?;
        Ok(node.is_some_and(|node| node.engine_error.is_none()))
    }

    /// Puts the rules in place and writes down whether they are.
    async fn look(&self) -> Option<(Plan, bool)> {
        let answers = self.engine_answers().await.unwrap_or_default();
        match self.ensure().await {
            Ok(plan) => {
                if guard::note(&self.store, &self.node, FirewallMode::On, None).await {
                    tracing::info!("the firewall is in place");
                }
                Some((plan, answers))
            }
            Err(error) => {
                let text = error.to_string();
                if guard::note(&self.store, &self.node, FirewallMode::On, Some(&text)).await {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "the firewall is not in place; no sandbox is started"
                    );
                }
                None
            }
        }
    }

    /// Removes the hosts files of sandboxes that are gone. The rows are read after the folder: a
    /// sandbox has its row before its file.
    async fn sweep(&self) {
        let files = self.hosts.all();
        let rows = async {
            let mut conn = self.store.read().await?;
            sandboxes::on_node(&mut conn, &self.node).await
        };
        if files.is_empty() {
            return;
        }
        let Ok(rows) = rows.await else { return };
        let known: HashSet<SandboxId> = rows.iter().map(|row| row.id).collect();
        for gone in files.into_iter().filter(|id| !known.contains(id)) {
            self.hosts.remove(gone);
        }
    }
}

fn every(period: Duration) -> tokio::time::Interval {
    let mut interval = tokio::time::interval(period);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    interval
}
