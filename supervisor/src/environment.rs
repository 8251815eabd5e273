//! The dev server's extra environment. In memory only: whoever starts the sandbox gives it anew.

use std::collections::BTreeMap;
use std::sync::mpsc::SyncSender;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::event::Event;
use crate::protocol::Refusal;

type Values = BTreeMap<String, String>;

/// The values that are in force; `None` before the first came. No `Debug`: they are secret.
#[derive(Default)]
pub(crate) struct Environment(Mutex<Option<Values>>);

impl Environment {
    /// Takes new values, tells the supervisor's loop, and says whether they differ.
    pub(crate) fn set(&self, values: Values, events: &SyncSender<Event>) -> Result<bool, Refusal> {
        let mut current = self.lock();
        let changed = current.as_ref().unwrap_or(&Values::new()) != &values;
        if changed || current.is_none() {
            // The two go together: what the loop wasn't told of would never be given to anybody.
            events
                .try_send(Event::Environment { changed })
                .map_err(|_| Refusal::new("busy", "too many requests are waiting; try again"))?;
            *current = Some(values);
        }
        Ok(changed)
    }

    pub(crate) fn values(&self) -> Values {
        self.lock().clone().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Option<Values>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    fn values(text: &str) -> Values {
        Values::from([("NAME".to_owned(), text.to_owned())])
    }

    #[test]
    fn the_loop_is_told_of_the_first_and_of_every_change() {
        let (sender, events) = sync_channel(8);
        let environment = Environment::default();
        assert!(!environment.set(Values::new(), &sender).unwrap());
        assert!(!environment.set(Values::new(), &sender).unwrap());
        assert!(environment.set(values("a"), &sender).unwrap());
        assert!(!environment.set(values("a"), &sender).unwrap());
        assert!(environment.set(values("b"), &sender).unwrap());
        let told: Vec<_> = events
            .try_iter()
            .map(|event| matches!(event, Event::Environment { changed: true }))
            .collect();
        assert_eq!(told, [false, true, true]);
    }

    #[test]
    fn what_the_loop_cannot_be_told_is_not_taken() {
        let (sender, events) = sync_channel(0);
        let environment = Environment::default();
        assert_eq!(environment.set(values("a"), &sender).unwrap_err().code, "busy");
        assert!(environment.values().is_empty());
        drop(events);
    }
}
