//! What a tenant may use.

use super::text_enum;

text_enum! {
    /// A limit that a tenant has.
    Quota {
        /// Sandboxes, those that failed to be made aside.
        Sandboxes = "sandboxes",
        /// Sandboxes that have a container, or are about to.
        Running = "running",
        /// Snapshots of all kinds.
        Snapshots = "snapshots",
        /// Bytes of sealed layers that the tenant's snapshots and workspaces stand on.
        DiskBytes = "disk_bytes",
        /// Tasks, queued and running.
        Tasks = "tasks",
        /// Operations accepted within a minute.
        OperationsPerMinute = "operations_per_minute",
        /// Requests to one API process within a minute.
        RequestsPerMinute = "requests_per_minute",
    }
}
