//! From rows to a plan: who has a grant, and for how long an answer of a name server counts.

use std::io;

use sandboxd_shared::clock::{Clock, ManualClock, Timestamp};
use sandboxd_shared::domain::{App, IdlePolicy, Limits, Ports, SandboxStatus, Visibility};
use sandboxd_shared::feed::Doorbell;
use sandboxd_shared::ids::AppId;
use sandboxd_shared::jobs::{Defaults, create_sandbox};
use sandboxd_shared::store::{apps, migrate, sandboxes};
use tempfile::TempDir;

use super::*;
use crate::runtime::fake::{FakeEngine, FakeRuntime};

const NODE: &str = "n1";
const KNOWN: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

/// Knows every name until it is broken.
#[derive(Debug, Default)]
struct FakeNames {
    broken: AtomicBool,
}

#[async_trait]
impl Names for FakeNames {
    async fn look_up(&self, _: &str) -> io::Result<Vec<Ipv4Addr>> {
        let broken = self.broken.load(Ordering::SeqCst);
        if broken { Err(io::ErrorKind::NotFound.into()) } else { Ok(vec![KNOWN]) }
    }
}

struct Lab {
    firewall: Firewall,
    clock: Arc<ManualClock>,
    names: Arc<FakeNames>,
    _dir: TempDir,
}

impl Lab {
    async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp(1_700_000_000_000)));
        let file = dir.path().join("db");
        let store = Store::open(&file, clock.clone(), Doorbell::silent()).await.unwrap();
        migrate(&store).await.unwrap();
        let settings = FirewallSettings {
            bridge: "b".to_owned(),
            subnet: "10.213.0.0/16".parse().unwrap(),
            resolvers: Vec::new(),
            allow_private: Vec::new(),
        };
        let names = Arc::new(FakeNames::default());
        let runtime = Arc::new(FakeRuntime::new(FakeEngine::new(&[]), NODE));
        let (hosts, locks) = (dir.path().join("h"), SandboxLocks::new(dir.path().to_owned()));
        let node = NODE.to_owned();
        let firewall = Firewall::new(store, node, settings, runtime, names.clone(), hosts, locks);
        Self { firewall, clock, names, _dir: dir }
    }

    /// A sandbox that is being made, with this address and policy.
    async fn sandbox(&self, address: [u8; 4], egress: &str) -> SandboxId {
        let now = self.clock.now();
        let app = App {
            id: AppId::generate(),
            owner: "alice".to_owned(),
            name: "a".to_owned(),
            description: None,
            tags: Vec::new(),
            external_user_id: None,
            external_project_id: None,
            egress: serde_json::from_str(egress).unwrap(),
            current_sandbox_id: None,
            forked_from: None,
            active_operation_id: None,
            created_at: now,
            updated_at: now,
        };
        let limits = Limits { memory_bytes: 1 << 28, cpus: 1.0, pids: 64, disk_bytes: 1 << 30 };
        let spec = create_sandbox::Spec {
            template: None,
            ports: Ports::default(),
            visibility: Visibility::Private,
            idle_policy: IdlePolicy::Sleep,
            limits,
        };
        let defaults = Defaults { node: NODE.to_owned(), image: "i:1".to_owned(), limits };
        let mut tx = self.firewall.store.write().await.unwrap();
        apps::insert(&mut tx, &app).await.unwrap();
        create_sandbox::accept(&mut tx, &app, spec, None, None, &defaults, now).await.unwrap();
        let id = sandboxes::of_app(&mut tx, app.id).await.unwrap().unwrap().id;
        network::set_address(&mut tx, id, Ipv4Addr::from(address)).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn grants(&self) -> Vec<Grant> {
        self.firewall.plan().await.unwrap().grants
    }
}

#[tokio::test]
async fn only_what_may_run_and_is_granted_something_has_a_grant() {
    let lab = Lab::new().await;
    lab.sandbox([10, 213, 0, 2], r#"{"policy":"none"}"#).await;
    // From a subnet of before.
    lab.sandbox([10, 99, 0, 3], r#"{"policy":"open"}"#).await;
    let open = lab.sandbox([10, 213, 0, 4], r#"{"policy":"open"}"#).await;
    let address = Ipv4Addr::new(10, 213, 0, 4);
    assert_eq!(lab.grants().await, [Grant { address, access: Access::Open }]);

    let mut tx = lab.firewall.store.write().await.unwrap();
    let row = sandboxes::get(&mut tx, open).await.unwrap().unwrap();
    let (operation, now) = (row.active_operation_id.unwrap(), lab.clock.now());
    let stopped = SandboxStatus::Stopped;
    sandboxes::release(&mut tx, open, operation, stopped, None, None, now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(lab.grants().await, []);
}

#[tokio::test]
async fn a_name_that_stops_to_resolve_is_closed_again() {
    let lab = Lab::new().await;
    let list = r#"{"policy":"allowlist","allow":["a.example.com:443"]}"#;
    let id = lab.sandbox([10, 213, 0, 2], list).await;
    let address = Ipv4Addr::new(10, 213, 0, 2);
    let closed = [Grant { address, access: Access::Only(Vec::new()) }];
    assert_eq!(lab.grants().await, closed);
    lab.firewall.refresh_names_of(id).await.unwrap();
    let opening = Opening { net: Ipv4Net::from(KNOWN), port: Some(443) };
    let opened = [Grant { address, access: Access::Only(vec![opening]) }];
    assert_eq!(lab.grants().await, opened);
    let hosts = lab.firewall.plan().await.unwrap().hosts;
    assert!(hosts[0].1.ends_with("192.0.2.1\ta.example.com\n"), "{hosts:?}");

    lab.names.broken.store(true, Ordering::SeqCst);
    lab.clock.advance(Duration::from_mins(20));
    let names = lab.firewall.names().await.unwrap();
    lab.firewall.look_up(names.clone(), START_NAMES).await.unwrap();
    assert_eq!(lab.grants().await, opened, "for a while the last answer counts");
    lab.clock.advance(Duration::from_mins(11));
    lab.firewall.look_up(names, START_NAMES).await.unwrap();
    assert_eq!(lab.grants().await, closed);
}
