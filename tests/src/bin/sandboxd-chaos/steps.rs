//! What users do, and what each end of it makes legal.

use hyper::Method;
use serde_json::{Value, json};

use crate::legal::Legal;
use crate::user::{Ended, User};
use crate::world::{App, Snapshot};

/// Apps of a user, forks aside.
const APPS: usize = 3;
/// Apps of a user, forks included.
const APPS_MAX: usize = 5;
/// How long a task works, seconds.
const TASK_SECONDS: std::ops::Range<u32> = 0..6;

#[derive(Debug, Clone, Copy)]
enum Step {
    Write,
    Task,
    Capture,
    Stop,
    Start,
    Visit,
    Restore,
    Fork,
    DeleteSandbox,
    DeleteApp,
}

/// Each as often as it is in here.
const STEPS: [(Step, u32); 10] = [
    (Step::Write, 16),
    (Step::Task, 16),
    (Step::Capture, 18),
    (Step::Stop, 12),
    (Step::Start, 5),
    (Step::Visit, 12),
    (Step::Restore, 12),
    (Step::Fork, 8),
    (Step::DeleteSandbox, 3),
    (Step::DeleteApp, 4),
];

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

impl User {
    /// One thing, to one app.
    pub(crate) async fn step(&mut self) {
        if self.world.apps.is_empty() || (self.world.apps.len() < APPS && self.rng.u32(0..4) == 0) {
            return self.new_app().await;
        }
        let index = self.rng.usize(0..self.world.apps.len());
        let mut app = self.world.apps.swap_remove(index);
        let stays = match app.sandbox.clone() {
            None => self.new_sandbox(&mut app).await,
            Some(sandbox) => {
                let stays = self.act(&mut app, &sandbox).await;
                if stays && app.sandbox.is_some() {
                    self.read(&mut app, &sandbox).await;
                }
                stays
            }
        };
        if stays {
            self.world.apps.push(app);
        }
    }

    /// Says whether the app is still there, and its state is known.
    async fn act(&mut self, app: &mut App, sandbox: &str) -> bool {
        let total = STEPS.iter().map(|(_, times)| times).sum();
        let mut pick = self.rng.u32(0..total);
        let step = STEPS.iter().find(|(_, times)| {
            let here = pick < *times;
            pick = pick.saturating_sub(*times);
            here
        });
        let (step, _) = step.expect("invariant: the pick is less than the total");
        let own = format!("/v1/sandboxes/{sandbox}");
        let ended = match step {
            Step::Write => {
                self.write(app, sandbox).await;
                return true;
            }
            Step::Visit => {
                self.visit(app, sandbox).await;
                return true;
            }
            Step::Stop => self.operate(Method::POST, &format!("{own}/stop"), None).await,
            Step::Start => self.operate(Method::POST, &format!("{own}/start"), None).await,
            Step::Task => return self.task(app, &own).await,
            Step::Capture => return self.capture(app, sandbox).await,
            Step::Restore => return self.restore(app).await,
            Step::Fork => return self.fork(app).await,
            Step::DeleteSandbox => {
                let ended = self.operate(Method::DELETE, &own, None).await;
                if matches!(ended, Ended::Succeeded(_)) {
                    app.sandbox = None;
                }
                ended
            }
            Step::DeleteApp => return self.delete_app(app).await,
        };
        self.known(&ended)
    }

    /// An app whose last request has no known end is left alone from here on.
    fn known(&mut self, ended: &Ended) -> bool {
        let lost = matches!(ended, Ended::Lost);
        self.world.lost_apps += u32::from(lost);
        !lost
    }

    async fn new_app(&mut self) {
        let Some(made) = self.make("/v1/apps", &json!({ "name": "Chaos" })).await else { return };
        let Some(id) = text(&made["id"]) else { return };
        let mut app = App::new(id);
        if self.new_sandbox(&mut app).await {
            self.world.apps.push(app);
        }
    }

    /// Makes an app's sandbox, from one of its snapshots if it has any.
    async fn new_sandbox(&mut self, app: &mut App) -> bool {
        if !app.snapshots.is_empty() {
            return self.restore(app).await;
        }
        let path = format!("/v1/apps/{}/sandbox", app.id);
        let ended = self.operate(Method::POST, &path, Some(&json!({ "template": "static" }))).await;
        if let Ended::Succeeded(operation) = &ended {
            app.sandbox = text(&operation["sandbox_id"]);
            app.legal = Legal::nothing();
        }
        self.known(&ended)
    }

    /// A program that notes that it ran, works, and writes the marker by rename.
    async fn task(&mut self, app: &mut App, own: &str) -> bool {
        let value = self.value();
        let seconds = self.rng.u32(TASK_SECONDS);
        let line = format!(
            "set -e; echo {value} >> runs; sleep {seconds}; echo {value} > marker.new; \
             mv marker.new marker"
        );
        let checkpoint = self.rng.u32(0..3) == 0;
        let body = json!({
            "prompt": "write the marker", "agent": "command", "command": ["sh", "-c", line],
            "checkpoint": checkpoint, "timeout": "1m",
        });
        let before = app.legal.clone();
        let ended = self.operate(Method::POST, &format!("{own}/tasks"), Some(&body)).await;
        if matches!(ended, Ended::Refused) {
            return true;
        }
        self.world.tasks.insert(value.clone());
        if let Ended::Succeeded(operation) = &ended {
            app.legal.wrote(&value);
            let task = &operation["result"]["task"];
            let checkpoints =
                [("checkpoint_before", &before), ("checkpoint_after", &app.legal.clone())];
            for (which, legal) in checkpoints {
                if let Some(id) = text(&task[which]) {
                    app.snapshots.push(Snapshot { id, legal: legal.clone() });
                }
            }
        } else {
            app.legal.may_have_written(&value);
        }
        self.known(&ended)
    }

    async fn capture(&mut self, app: &mut App, sandbox: &str) -> bool {
        // Of a stopped one it is a capture of what is sealed.
        let body = json!({ "source_sandbox_id": sandbox, "name": "chaos", "live": true });
        let ended = self.operate(Method::POST, "/v1/snapshots", Some(&body)).await;
        if let Ended::Succeeded(operation) = &ended
            && let Some(id) = text(&operation["snapshot_id"])
        {
            app.snapshots.push(Snapshot { id, legal: app.legal.clone() });
        }
        self.known(&ended)
    }

    async fn restore(&mut self, app: &mut App) -> bool {
        let Some(chosen) = self.choose(app) else { return true };
        let path = format!("/v1/apps/{}/restore", app.id);
        let body = json!({ "snapshot_id": chosen.id });
        let ended = self.operate(Method::POST, &path, Some(&body)).await;
        match &ended {
            Ended::Succeeded(operation) => {
                if let Some(id) = text(&operation["result"]["safety_snapshot_id"]) {
                    app.snapshots.push(Snapshot { id, legal: app.legal.clone() });
                }
                app.sandbox = text(&operation["sandbox_id"]);
                app.legal = chosen.legal;
            }
            // One of the two, whole.
            Ended::Otherwise if app.sandbox.is_some() => app.legal.or(&chosen.legal),
            _ => {}
        }
        self.known(&ended)
    }

    async fn fork(&mut self, app: &mut App) -> bool {
        let Some(chosen) = self.choose(app) else { return true };
        // This app isn't among them at the moment.
        let room = APPS_MAX.saturating_sub(self.world.apps.len() + 1);
        let count = self.rng.usize(1..3);
        if room < count {
            return true;
        }
        let git = if self.rng.bool() { "reset" } else { "keep" };
        let body = json!({ "snapshot_id": chosen.id, "count": count, "git": git });
        let path = format!("/v1/apps/{}/fork", app.id);
        let ended = self.operate(Method::POST, &path, Some(&body)).await;
        if let Ended::Succeeded(operation) = &ended {
            let children = operation["result"]["children"].as_array().cloned().unwrap_or_default();
            if children.len() != count {
                self.world.wrong.push(format!("a fork of {count} gave {operation}"));
            }
            for child in children {
                let Some(id) = text(&child["app"]["id"]) else { continue };
                let sandbox = text(&child["sandbox"]["id"]);
                let legal = chosen.legal.clone();
                self.world.apps.push(App { sandbox, legal, ..App::new(id) });
            }
        }
        // The source isn't touched, whatever becomes of its children.
        true
    }

    fn choose(&mut self, app: &App) -> Option<Snapshot> {
        if app.snapshots.is_empty() {
            return None;
        }
        Some(app.snapshots[self.rng.usize(0..app.snapshots.len())].clone())
    }

    async fn delete_app(&mut self, app: &App) -> bool {
        let path = format!("/v1/apps/{}?snapshots=delete", app.id);
        let ended = self.operate(Method::DELETE, &path, None).await;
        self.known(&ended) && !matches!(ended, Ended::Succeeded(_))
    }
}
