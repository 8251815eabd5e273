//! The nouns of sandboxd and their rules, free of I/O.

mod agent_info;
mod app;
mod audit;
mod config;
mod egress;
mod error;
mod event;
mod event_pattern;
mod file_path;
mod operation;
mod preview_token;
mod public_address;
mod quota;
mod sandbox;
mod snapshot;
mod task;
pub mod tenant;
mod text;
mod text_enum;
mod webhook;
mod workspace;

pub use agent_info::AgentInfo;
pub use app::{App, ForkedFrom};
pub use audit::{AuditEntry, NewAuditEntry};
pub use config::{AccessPolicy, ConfigEntry, ConfigKey, ConfigLimits, ConfigValue};
pub use egress::{ALLOW_MAX, Egress, EgressPolicy, EgressRule, EgressTarget, FirewallMode};
pub use error::{ErrorBody, ErrorCode};
pub use event::{Event, EventType, NewEvent, Severity};
pub use event_pattern::{EventPattern, EventPatterns, InvalidPattern};
pub use file_path::{FilePath, InvalidPath};
pub use operation::{
    Operation, OperationKind, OperationStatus, Progress, QueueClass, Step, StepStatus, Undo,
};
pub use preview_token::PreviewToken;
pub use public_address::is_public;
pub use quota::Quota;
pub use sandbox::{
    IdlePolicy, InvalidPorts, Limits, Ports, PreviewStatus, Sandbox, SandboxStatus, Template,
    Visibility,
};
pub use snapshot::{Snapshot, SnapshotKind, SnapshotStatus};
pub use task::{Agent, AgentEnd, FailureReason, OutputKind, Task, TaskOutput, TaskStatus};
pub use text::{Description, ExternalId, InvalidText, ModelName, Name, Prompt, Tags};
pub(crate) use text_enum::text_enum;
pub use webhook::{Delivery, DeliveryStatus, DisabledReason, Webhook, WebhookUrl};
pub use workspace::{DriverKind, GenerationRow, GenerationState, Layer, LayerState};
