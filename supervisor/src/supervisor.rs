//! The loop that owns the dev server: takes events, keeps time, publishes the status.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::children::Children;
use crate::config::Config;
use crate::dev_server::{DevServer, KILL_AFTER, Processes};
use crate::event::Event;
use crate::git_reset;
use crate::marker;
use crate::repository::Git;
use crate::seed;
use crate::status::{Status, StatusBoard};
use crate::task::Tasks;

/// How often the end of the last process is looked for while stopping.
const STOP_TICK: Duration = Duration::from_millis(10);
/// How long a task's result may take once everything was killed: with `KILL_AFTER` less than the
/// 5 s after which the engine kills the supervisor itself.
const RESULT_AFTER: Duration = Duration::from_millis(1500);

/// All that the loop works with.
pub(crate) struct Supervisor<P> {
    pub(crate) config: Config,
    pub(crate) children: Arc<Children>,
    pub(crate) tasks: Arc<Tasks>,
    pub(crate) dev_server: DevServer<P>,
    pub(crate) status: Arc<StatusBoard>,
    pub(crate) sender: SyncSender<Event>,
    pub(crate) events: Receiver<Event>,
}

impl<P: Processes> Supervisor<P> {
    /// Prepares the workspace, runs the dev server, returns when told to terminate and all that
    /// was started here is gone or had its time.
    pub(crate) fn run(mut self) {
        let mut preparing = self.prepare();
        loop {
            self.publish();
            let event = self.events.recv_timeout(self.dev_server.due_in(Instant::now()));
            let now = Instant::now();
            match event {
                Ok(Event::Prepared(Ok(()))) => self.dev_server.prepared(now),
                Ok(Event::Prepared(Err(error))) => {
                    preparing = false;
                    self.dev_server.unprepared(error);
                }
                Ok(Event::Exited(pid, exit)) => self.dev_server.exited(pid, exit, now),
                Ok(Event::Environment { changed }) => self.dev_server.environment(changed, now),
                Ok(Event::Restart) => {
                    self.dev_server.restart(now);
                    if !preparing {
                        preparing = self.prepare();
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Event::Terminate) | Err(RecvTimeoutError::Disconnected) => break,
            }
            self.dev_server.tick(now);
        }
        self.stop();
    }

    /// Makes the workspace ready on a thread of its own, so that the socket answers meanwhile.
    /// Stays true once it has succeeded: there is nothing to prepare twice.
    fn prepare(&mut self) -> bool {
        let (config, sender) = (self.config.clone(), self.sender.clone());
        let children = Arc::clone(&self.children);
        let thread = thread::Builder::new().name("prepare".into()).spawn(move || {
            let git = Git { children: &children, environment: &config.environment };
            let prepared = seed::seed(&config, &git)
                .map_err(|error| format!("seeding failed: {error}"))
                .and_then(|()| {
                    git_reset::reset(&config, &git)
                        .map_err(|error| format!("the git history wasn't reset: {error}"))
                });
            let _ = sender.send(Event::Prepared(prepared));
        });
        if let Err(error) = &thread {
            self.dev_server.unprepared(format!("seeding failed: no thread for it: {error}"));
        }
        thread.is_ok()
    }

    fn publish(&self) {
        let state = self.config.state();
        self.status.set(Status {
            seeded: marker::read(&state.join("seeded")).is_some(),
            git_reset: self.config.git_reset.is_some() && !git_reset::is_pending(&self.config),
            ..self.dev_server.status()
        });
    }

    fn stop(self) {
        self.tasks.stop();
        self.children.signal_all(Signal::TERM);
        self.await_end(KILL_AFTER);
        self.children.signal_all(Signal::KILL);
        self.await_end(RESULT_AFTER);
    }

    /// Waits until nothing runs any more and a task's result is written down, or for so long.
    fn await_end(&self, limit: Duration) {
        let deadline = Instant::now() + limit;
        let ended = || self.children.is_empty() && self.tasks.is_idle();
        // The events are drained too, or the reaper would wait for room in their queue.
        while !ended() && Instant::now() < deadline {
            let _ = self.events.recv_timeout(STOP_TICK);
        }
    }
}
