//! What each workspace and each snapshot may hold. Written from what clients are promised; it knows
//! what was asked and what programs wrote, and nothing of generations or layers.

use std::collections::{BTreeMap, BTreeSet};

use sandboxd_shared::ids::{OperationId, SandboxId, SnapshotId};

use crate::disk::Files;

/// What one workspace may hold.
#[derive(Debug, Clone)]
struct Workspace {
    legal: Vec<Files>,
    replaced_by: Option<Restore>,
    /// Captures under way, which take the workspace as it is at some instant.
    captures: Vec<SnapshotId>,
}

#[derive(Debug, Clone)]
struct Restore {
    operation: OperationId,
    files: Files,
    /// It was seen to have happened.
    seen: bool,
    /// It may have been seen: what it brings was there before, too.
    maybe: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    workspaces: BTreeMap<SandboxId, Workspace>,
    snapshots: BTreeMap<SnapshotId, Vec<Files>>,
    /// Snapshots that were looked into.
    sure: BTreeSet<SnapshotId>,
}

impl Model {
    pub(crate) fn create(&mut self, sandbox: SandboxId, files: Files) {
        let workspace = Workspace { legal: vec![files], replaced_by: None, captures: Vec::new() };
        self.workspaces.insert(sandbox, workspace);
    }

    /// What a snapshot holds that was looked into.
    pub(crate) fn snapshot(&self, id: SnapshotId) -> Option<&Files> {
        self.snapshots.get(&id).filter(|_| self.sure.contains(&id))?.first()
    }

    pub(crate) fn is_sure_of(&self, id: SnapshotId) -> bool {
        self.sure.contains(&id)
    }

    pub(crate) fn knows_snapshot(&self, id: SnapshotId) -> bool {
        self.snapshots.contains_key(&id)
    }

    pub(crate) fn begin_capture(&mut self, sandbox: SandboxId, snapshot: SnapshotId) {
        let Some(workspace) = self.workspaces.get_mut(&sandbox) else { return };
        workspace.captures.push(snapshot);
        self.snapshots.insert(snapshot, workspace.legal.clone());
    }

    /// A snapshot is ready and holds this.
    pub(crate) fn end_capture(
        &mut self,
        snapshot: SnapshotId,
        files: &Files,
    ) -> Result<(), String> {
        let Some(legal) = self.snapshots.get_mut(&snapshot) else {
            return Err(format!("snapshot {snapshot} was never asked for"));
        };
        if !legal.contains(files) {
            return Err(format!("snapshot {snapshot} holds {files:?}, not one of {legal:?}"));
        }
        *legal = vec![files.clone()];
        self.sure.insert(snapshot);
        self.forget_capture(snapshot);
        Ok(())
    }

    /// Something else is wrong with it, and that was said.
    pub(crate) fn give_up(&mut self, snapshot: SnapshotId) {
        self.sure.insert(snapshot);
        self.forget_capture(snapshot);
    }

    pub(crate) fn forget_capture(&mut self, snapshot: SnapshotId) {
        for workspace in self.workspaces.values_mut() {
            workspace.captures.retain(|other| *other != snapshot);
        }
    }

    pub(crate) fn begin_restore(
        &mut self,
        sandbox: SandboxId,
        operation: OperationId,
        files: Files,
    ) {
        if let Some(workspace) = self.workspaces.get_mut(&sandbox) {
            workspace.replaced_by = Some(Restore { operation, files, seen: false, maybe: false });
        }
    }

    /// An operation has ended.
    pub(crate) fn end(&mut self, operation: OperationId, succeeded: bool) {
        for workspace in self.workspaces.values_mut() {
            let restore = workspace.replaced_by.take_if(|restore| restore.operation == operation);
            match restore {
                Some(Restore { seen: true, .. }) | None => {}
                Some(restore) if succeeded && !restore.maybe => {
                    workspace.legal = vec![restore.files];
                }
                // One of the two, until somebody looks.
                Some(restore) => workspace.legal.push(restore.files),
            }
        }
    }

    /// Somebody looks into a workspace.
    pub(crate) fn see(&mut self, sandbox: SandboxId, files: &Files) -> Result<(), String> {
        let Some(workspace) = self.workspaces.get_mut(&sandbox) else {
            return Err(format!("sandbox {sandbox} was never asked for"));
        };
        if workspace.legal.contains(files) {
            workspace.legal = vec![files.clone()];
            if let Some(restore) = &mut workspace.replaced_by {
                restore.maybe |= restore.files == *files;
            }
            return Ok(());
        }
        if let Some(restore) =
            workspace.replaced_by.as_mut().filter(|restore| restore.files == *files)
            && !restore.seen
        {
            restore.seen = true;
            workspace.legal = vec![files.clone()];
            return Ok(());
        }
        let (legal, other) = (&workspace.legal, &workspace.replaced_by);
        Err(format!("sandbox {sandbox} holds {files:?}, not one of {legal:?} {other:?}"))
    }

    /// A program has changed what was just seen.
    pub(crate) fn write(&mut self, sandbox: SandboxId, path: &str, text: Option<&str>) {
        let Some(workspace) = self.workspaces.get_mut(&sandbox) else { return };
        for files in &mut workspace.legal {
            match text {
                Some(text) => drop(files.insert(path.to_owned(), text.to_owned())),
                None => drop(files.remove(path)),
            }
        }
        for snapshot in &workspace.captures {
            if let Some(held) = self.snapshots.get_mut(snapshot) {
                held.extend(workspace.legal.iter().cloned());
            }
        }
    }

    pub(crate) fn delete(&mut self, sandbox: SandboxId) {
        self.workspaces.remove(&sandbox);
    }

    pub(crate) fn sandboxes(&self) -> Vec<SandboxId> {
        self.workspaces.keys().copied().collect()
    }
}

pub(crate) fn a_workspace_is_one_of_two() {
    let file = |text: &str| Files::from([("a".to_owned(), text.to_owned())]);
    let (sandbox, operation) = (SandboxId::generate(), OperationId::generate());
    let mut model = Model::default();
    model.create(sandbox, file("old"));
    assert!(model.see(sandbox, &file("new")).is_err());
    model.begin_restore(sandbox, operation, file("new"));
    model.see(sandbox, &file("old")).unwrap();
    model.see(sandbox, &file("new")).unwrap();
    assert!(model.see(sandbox, &file("old")).is_err(), "there is no way back");
    model.end(operation, true);
    model.begin_restore(sandbox, operation, file("third"));
    model.end(operation, true);
    assert!(model.see(sandbox, &file("new")).is_err(), "a restore that succeeded has happened");
    model.see(sandbox, &file("third")).unwrap();
    // What it is replaced by is what it holds: nobody sees which one a program changes.
    for change in ["fourth", "fifth"] {
        model.begin_restore(sandbox, operation, file("third"));
        model.see(sandbox, &file("third")).unwrap();
        model.write(sandbox, "a", Some(change));
        model.end(operation, true);
        assert!(model.clone().see(sandbox, &file("other")).is_err());
        model.clone().see(sandbox, &file(change)).unwrap();
        model.see(sandbox, &file("third")).unwrap();
    }
}

pub(crate) fn a_capture_takes_one_instant() {
    let (sandbox, snapshot) = (SandboxId::generate(), SnapshotId::generate());
    let mut model = Model::default();
    model.create(sandbox, Files::new());
    model.begin_capture(sandbox, snapshot);
    model.write(sandbox, "a", Some("1"));
    model.write(sandbox, "b", Some("2"));
    let file = |path: &str, text: &str| (path.to_owned(), text.to_owned());
    assert!(model.end_capture(snapshot, &Files::from([file("b", "2")])).is_err(), "torn");
    model.end_capture(snapshot, &Files::from([file("a", "1")])).unwrap();
}
