//! A directory and a waker that a test moves by hand.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sandboxd_api::gateway::{Directory, Grant, NoGrant, Route, Status, WakeError, Waker};
use tokio::sync::watch;

/// A stopped public sandbox.
pub(crate) fn route(sandbox: &str) -> Route {
    Route {
        sandbox: sandbox.to_owned(),
        status: Status::Stopped,
        address: None,
        generation: 1,
        since: Instant::now(),
        ports: vec![3000],
        public: true,
        app_name: "Shop".to_owned(),
    }
}

type Hook = Box<dyn FnOnce(&Table) + Send>;

#[derive(Default)]
pub(crate) struct Table {
    routes: Mutex<HashMap<String, Arc<Route>>>,
    /// What opens something, or is too new to.
    tokens: Mutex<HashMap<String, Result<Grant, NoGrant>>>,
    changes: watch::Sender<u64>,
    /// Runs after the next look-up, as if another process acted just then.
    after_lookup: Mutex<Option<Hook>>,
}

impl Table {
    pub(crate) fn change(&self, sandbox: &str, change: impl FnOnce(&mut Route)) {
        self.change_unannounced(sandbox, change);
        self.changes.send_modify(|count| *count += 1);
    }

    /// As it is for the moment between a change and its announcement.
    pub(crate) fn change_unannounced(&self, sandbox: &str, change: impl FnOnce(&mut Route)) {
        let mut routes = self.routes.lock().unwrap();
        let mut new = routes.get(sandbox).map_or_else(|| route(sandbox), |old| (**old).clone());
        change(&mut new);
        routes.insert(sandbox.to_owned(), Arc::new(new));
    }

    pub(crate) fn set_status(&self, sandbox: &str, status: Status) {
        self.change(sandbox, |route| {
            route.status = status;
            route.address = None;
        });
    }

    pub(crate) fn remove(&self, sandbox: &str) {
        self.routes.lock().unwrap().remove(sandbox);
        self.changes.send_modify(|count| *count += 1);
    }

    /// Issues a token for all ports of a sandbox.
    pub(crate) fn issue(&self, token: &str, sandbox: &str) {
        let expires_in = Duration::from_secs(3600);
        let grant = Grant { sandbox: sandbox.to_owned(), port: None, expires_in };
        self.set_token(token, Ok(grant));
    }

    pub(crate) fn set_token(&self, token: &str, grant: Result<Grant, NoGrant>) {
        self.tokens.lock().unwrap().insert(token.to_owned(), grant);
        self.changes.send_modify(|count| *count += 1);
    }

    /// Revokes or lets expire: the latter is announced by nobody.
    pub(crate) fn end_token(&self, token: &str, announced: bool) {
        self.tokens.lock().unwrap().remove(token);
        if announced {
            self.changes.send_modify(|count| *count += 1);
        }
    }

    pub(crate) fn after_next_lookup(&self, hook: impl FnOnce(&Table) + Send + 'static) {
        *self.after_lookup.lock().unwrap() = Some(Box::new(hook));
    }
}

impl Directory for Table {
    fn lookup(&self, sandbox: &str) -> Option<Arc<Route>> {
        let found = self.routes.lock().unwrap().get(sandbox).cloned();
        let hook = self.after_lookup.lock().unwrap().take();
        if let Some(hook) = hook {
            hook(self);
        }
        found
    }

    fn grant(&self, token: &str) -> Result<Grant, NoGrant> {
        self.tokens.lock().unwrap().get(token).cloned().unwrap_or(Err(NoGrant::Never))
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}

#[derive(Default)]
pub(crate) struct TestWaker {
    pub(crate) wakes: AtomicUsize,
    pub(crate) touches: AtomicUsize,
    pub(crate) no_capacity: Mutex<bool>,
    pub(crate) no_quota: Mutex<bool>,
}

impl TestWaker {
    pub(crate) fn wakes(&self) -> usize {
        self.wakes.load(Ordering::SeqCst)
    }

    pub(crate) fn touches(&self) -> usize {
        self.touches.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Waker for TestWaker {
    async fn wake(&self, _sandbox: &str) -> Result<(), WakeError> {
        self.wakes.fetch_add(1, Ordering::SeqCst);
        if *self.no_quota.lock().unwrap() {
            return Err(WakeError::Quota);
        }
        if *self.no_capacity.lock().unwrap() { Err(WakeError::Capacity) } else { Ok(()) }
    }

    fn touch(&self, _sandbox: &str) {
        self.touches.fetch_add(1, Ordering::SeqCst);
    }
}
