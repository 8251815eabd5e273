//! The engine's event stream, narrowed to our containers.

use std::collections::HashMap;

use bollard::models::EventMessage;
use bollard::query_parameters::EventsOptionsBuilder;
use futures::stream::{self, StreamExt};
use jiff::Timestamp;

use super::client::DockerRuntime;
use super::{failure, labels, state};
use crate::runtime::{ContainerEvent, ContainerEventKind, EventStream, Result, RuntimeError};

const OPERATION: &str = "follow events";
/// What we ask for. Execs are left out: their events carry whole command lines.
const ACTIONS: [&str; 6] = ["start", "die", "oom", "destroy", "pause", "unpause"];

impl DockerRuntime {
    pub(super) async fn follow(&self) -> Result<EventStream> {
        // The stream connects when it is first polled. Asking for all since the engine's own now
        // closes that gap: the engine replays its last 256 events (64 on old ones).
        let call = self.client()?.info();
        let info = self.call(OPERATION, self.config.call_limits.look_up, call).await?;
        let since = info.system_time.as_deref().and_then(|time| time.parse::<Timestamp>().ok());
        let mut options = EventsOptionsBuilder::new().filters(&self.event_filter());
        if let Some(since) = since {
            options = options.since(&unix_time(since));
        }
        let limit = self.config.call_limits.look_up;
        let node = self.config.node.clone();
        let messages = self
            .client()?
            .events(Some(options.build()))
            .map(move |message| {
                message.map_err(|error| failure::translate(OPERATION, error, limit))
            })
            .filter_map(move |message| {
                let event = match message {
                    Ok(message) => read(&message, &node).map(Ok),
                    Err(error) => Some(Err(error)),
                };
                async move { event }
            });
        let cut_off = stream::once(async {
            Err(RuntimeError::unavailable(OPERATION, "the engine ended the stream"))
        });
        Ok(messages
            .chain(cut_off)
            .scan(false, |failed, item| {
                let next = (!*failed).then_some(item);
                *failed |= matches!(next, Some(Err(_)));
                async move { next }
            })
            .boxed())
    }

    fn event_filter(&self) -> HashMap<&'static str, Vec<String>> {
        let mut filter = labels::filter(&self.config.node);
        filter.insert("type", vec!["container".to_owned()]);
        filter.insert("event", ACTIONS.map(str::to_owned).to_vec());
        filter
    }
}

/// The engine's notation: seconds, a point, nine digits.
fn unix_time(time: Timestamp) -> String {
    format!("{}.{:09}", time.as_second(), time.subsec_nanosecond())
}

/// `None` for what isn't ours or says nothing we follow. An event's attributes are the
/// container's labels, its name and what belongs to the action.
fn read(message: &EventMessage, node: &str) -> Option<ContainerEvent> {
    let attributes = message.actor.as_ref()?.attributes.as_ref()?;
    let who = state::identity(attributes.get("name")?, attributes, node)?;
    let kind = match message.action.as_deref()? {
        "start" => ContainerEventKind::Started,
        "die" => {
            let code = attributes.get("exitCode").and_then(|code| code.parse().ok());
            ContainerEventKind::Died { exit_code: code.unwrap_or_default() }
        }
        "oom" => ContainerEventKind::Oom,
        "destroy" => ContainerEventKind::Removed,
        "pause" => ContainerEventKind::Paused,
        "unpause" => ContainerEventKind::Unpaused,
        _ => return None,
    };
    Some(ContainerEvent {
        name: who.name,
        sandbox_id: who.sandbox_id,
        generation: who.generation,
        kind,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_in_the_engines_notation() {
        let time: Timestamp = "2026-01-01T00:00:01.000000005Z".parse().unwrap();
        assert_eq!(unix_time(time), "1767225601.000000005");
    }
}
