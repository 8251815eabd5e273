//! A live stream that is taken up again where it broke off.

use std::time::{Duration, Instant};

use reqwest::Method;

use super::sse::Parser;
use super::{Body, Client, Failure, Route, Sse, Stream};

/// A live stream of the API shows every 15 s that it lives.
const SILENCE: Duration = Duration::from_secs(45);
/// How long the API may be away before following is given up.
const PATIENCE: Duration = Duration::from_secs(120);
/// Between tries to take it up again.
const PAUSE: Duration = Duration::from_millis(500);

/// What comes next.
#[derive(Debug, PartialEq, Eq)]
pub enum Followed {
    /// An event.
    Event(Sse),
    /// The stream has ended without one; it will be taken up again, unless there is nothing to come.
    Quiet,
    /// The stream has ended, and nothing will come any more (204).
    End,
}

/// A place in a live stream.
#[derive(Debug)]
pub struct Follow<'a> {
    client: &'a Client,
    route: Route,
    /// The last event that was had.
    last: Option<String>,
    stream: Option<Stream>,
    parser: Parser,
    ready: std::collections::VecDeque<Sse>,
    /// Whether there ever was a stream: where there is no API at all, that is said at once.
    began: bool,
    /// Whether this stream had an event.
    heard: bool,
    /// Since when there has been no stream.
    away: Option<Instant>,
}

impl<'a> Follow<'a> {
    /// Follows from after an event on, or from where the route begins.
    #[must_use]
    pub fn new(client: &'a Client, route: Route, last: Option<String>) -> Self {
        let (parser, ready) = (Parser::default(), std::collections::VecDeque::new());
        Self {
            client,
            route,
            last,
            stream: None,
            parser,
            ready,
            began: false,
            heard: false,
            away: None,
        }
    }

    /// The next event.
    ///
    /// # Errors
    /// What the API refuses, and if it is away for too long.
    pub async fn next(&mut self) -> Result<Followed, Failure> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                if !event.id.is_empty() {
                    self.last = Some(event.id.clone());
                }
                return Ok(Followed::Event(event));
            }
            let Some(stream) = &mut self.stream else {
                if self.connect().await? {
                    continue;
                }
                return Ok(Followed::End);
            };
            match stream.next().await {
                Ok(Some(piece)) => {
                    self.away = None;
                    self.heard = true;
                    let events = self.parser.take(&piece);
                    self.ready.extend(events.map_err(|what| Failure::Failed(what.to_owned()))?);
                }
                // The API's process ends its streams when it goes down.
                Ok(None) => {
                    self.break_off().await;
                    if !self.heard {
                        return Ok(Followed::Quiet);
                    }
                }
                Err(failure) if failure.is_passing() => self.break_off().await,
                Err(failure) => return Err(failure),
            }
        }
    }

    async fn break_off(&mut self) {
        self.stream = None;
        self.parser = Parser::default();
        tokio::time::sleep(PAUSE).await;
    }

    /// Opens the stream. False if there is nothing to come.
    async fn connect(&mut self) -> Result<bool, Failure> {
        let mut headers = vec![("accept", "text/event-stream".to_owned())];
        headers.extend(self.last.clone().map(|last| ("last-event-id", last)));
        let since = *self.away.get_or_insert_with(Instant::now);
        let opened =
            self.client.open(Method::GET, &self.route, Body::None, &headers, Some(SILENCE)).await;
        match opened {
            Ok(stream) if stream.status() == 204 => return Ok(false),
            Ok(stream) => (self.stream, self.began, self.heard) = (Some(stream), true, false),
            Err(failure) if failure.is_passing() && self.began && since.elapsed() < PATIENCE => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(failure) => return Err(failure),
        }
        Ok(true)
    }
}
