//! The nouns of sandboxd and their rules, free of I/O.

mod app;
mod error;
mod event;
mod event_pattern;
mod operation;
mod public_address;
mod sandbox;
mod snapshot;
mod text;
mod text_enum;
mod webhook;
mod workspace;

pub use app::{App, ForkedFrom};
pub use error::{ErrorBody, ErrorCode};
pub use event::{Event, EventType, NewEvent, Severity};
pub use event_pattern::{EventPattern, EventPatterns, InvalidPattern};
pub use operation::{
    Operation, OperationKind, OperationStatus, Progress, QueueClass, Step, StepStatus, Undo,
};
pub use public_address::is_public;
pub use sandbox::{
    IdlePolicy, InvalidPorts, Limits, Ports, PreviewStatus, Sandbox, SandboxStatus, Template,
    Visibility,
};
pub use snapshot::{Snapshot, SnapshotKind, SnapshotStatus};
pub use text::{Description, ExternalId, InvalidText, Name, Tags};
pub(crate) use text_enum::text_enum;
pub use webhook::{Delivery, DeliveryStatus, DisabledReason, Webhook, WebhookUrl};
pub use workspace::{DriverKind, GenerationRow, GenerationState, Layer, LayerState};
