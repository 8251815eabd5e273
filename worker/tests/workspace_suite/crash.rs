//! Every operation stopped after each of its steps, then run again.

use crate::kit::Node;
use crate::points::POINTS;
use crate::tree::{self, assert_same};
use sandboxd_worker::failpoint::{self, Action};
use sandboxd_worker::workspace::{Chain, Error, Generation, LayerName};
use std::fs;

crate::for_both_drivers!(every_step_can_be_the_last_of_an_attempt);

/// Points are global to the process, and a test harness may run both drivers in one.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// One capture of everything: what a job does, in its order.
struct Job {
    first: Generation,
    second: Generation,
    live: LayerName,
    sealed: LayerName,
    flat: LayerName,
}

impl Job {
    fn new(node: &Node) -> Self {
        let sandbox = node.sandbox();
        Self {
            first: Generation::new(sandbox.clone(), 1).unwrap(),
            second: Generation::new(sandbox, 2).unwrap(),
            live: node.layer(),
            sealed: node.layer(),
            flat: node.layer(),
        }
    }

    async fn run(&self, node: &Node, base: &Chain) -> Result<(), Error> {
        let driver = &node.driver;
        // As a handler would: steps that are past are looked at, not done again.
        if !node.layer_path(&self.sealed).exists() {
            driver.create(&self.first, base).await?;
            let mounted = node.attach(&driver.mount(&self.first, base)?);
            fs::rename(mounted.path().join("folder"), mounted.path().join("moved")).ok();
            driver.copy_live(&self.first, &self.live).await?;
            drop(mounted);
            driver.publish(&self.live).await?;
        }
        if !node.upper_path(&self.second).exists() {
            driver.seal(&self.first, &self.sealed).await?;
        }
        let chain = driver.stack(base, &self.sealed)?;
        driver.create(&self.second, &chain).await?;
        driver.discard(&self.first).await?;
        driver.flatten(&chain, &self.flat).await?;
        driver.remove_layer(&self.live).await
    }
}

async fn every_step_can_be_the_last_of_an_attempt(node: Node) {
    let _guard = ONE_AT_A_TIME.lock().await;
    let mut source = node.fork(&Chain::empty()).await;
    source.change(|root| {
        fs::create_dir(root.join("folder")).unwrap();
        fs::write(root.join("folder/file"), "content").unwrap();
    });
    let base = source.capture().await;
    for point in POINTS {
        let job = Job::new(&node);
        failpoint::arm(point, Action::Error);
        let stopped = job.run(&node, &base).await;
        assert!(
            matches!(&stopped, Err(Error::Injected(at)) if at.0 == point),
            "{point}: {stopped:?}"
        );
        assert!(failpoint::pending().is_empty());
        job.run(&node, &base).await.unwrap_or_else(|error| panic!("after {point}: {error}"));
        check(&node, &job, &base, point).await;
    }
}

async fn check(node: &Node, job: &Job, base: &Chain, point: &str) {
    let chain = node.driver.stack(base, &job.sealed).unwrap();
    let wanted = node.snapshot(&chain).await;
    assert!(wanted.contains_key(std::path::Path::new("moved/file")), "{point}");
    let mounted = node.attach(&node.driver.mount(&job.second, &chain).unwrap());
    assert_same(&tree::read(mounted.path()), &wanted, point);
    let flat = Chain::new(vec![job.flat.clone()]).unwrap();
    assert_same(&node.snapshot(&flat).await, &wanted, point);

    let found = node.driver.list().await.unwrap();
    assert!(found.tmp.is_empty() && found.foreign.is_empty(), "{point}: {found:?}");
    assert!(!found.layers.iter().any(|entry| entry.layer == job.live), "{point}");
    assert!(!found.generations.iter().any(|entry| entry.generation == job.first), "{point}");
}

#[tokio::test]
async fn a_list_of_points_is_read_whole_or_not_at_all() {
    let _guard = ONE_AT_A_TIME.lock().await;
    let markers = tempfile::tempdir().unwrap();
    assert!(failpoint::arm_from("one=error,two=explode", None).is_err());
    failpoint::hit("one").await.unwrap();

    failpoint::arm_from("one=error, two=error,", Some(markers.path())).unwrap();
    failpoint::hit("one").await.unwrap_err();
    failpoint::hit("one").await.unwrap();
    // A process that starts anew arms the same list, and gets past the point that fired.
    failpoint::arm_from("one=error,two=error", Some(markers.path())).unwrap();
    failpoint::hit("one").await.unwrap();
    failpoint::hit("two").await.unwrap_err();
    failpoint::arm_from("", None).unwrap();
}
