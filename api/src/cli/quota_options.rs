//! What a tenant may use that was given nothing of its own.

use clap::Args;
use sandboxd_shared::config::parse_size;
use sandboxd_shared::domain::Quota;

/// Limits of every tenant; 0 = none.
#[derive(Debug, Args)]
pub(super) struct QuotaOptions {
    /// Sandboxes of a tenant; 0 = any number, here and below.
    #[arg(long, env = "SANDBOXD_QUOTA_SANDBOXES", default_value_t = 1000)]
    quota_sandboxes: u32,
    /// Running sandboxes of a tenant.
    #[arg(long, env = "SANDBOXD_QUOTA_RUNNING", default_value_t = 200)]
    quota_running: u32,
    /// Snapshots of a tenant.
    #[arg(long, env = "SANDBOXD_QUOTA_SNAPSHOTS", default_value_t = 10_000)]
    quota_snapshots: u32,
    /// Sealed bytes of a tenant, as 500g.
    #[arg(long, env = "SANDBOXD_QUOTA_DISK", default_value = "0", value_parser = parse_size)]
    quota_disk: u64,
    /// Unfinished tasks of a tenant.
    #[arg(long, env = "SANDBOXD_QUOTA_TASKS", default_value_t = 50)]
    quota_tasks: u32,
    /// Operations of a tenant within a minute.
    #[arg(long, env = "SANDBOXD_QUOTA_OPERATIONS_PER_MINUTE", default_value_t = 1200)]
    quota_operations_per_minute: u32,
    /// Requests of a tenant to this process within a minute.
    #[arg(long, env = "SANDBOXD_QUOTA_REQUESTS_PER_MINUTE", default_value_t = 12_000)]
    quota_requests_per_minute: u32,
}

impl QuotaOptions {
    pub(super) fn limits(&self) -> Vec<(Quota, i64)> {
        let disk = i64::try_from(self.quota_disk).unwrap_or(i64::MAX);
        vec![
            (Quota::Sandboxes, self.quota_sandboxes.into()),
            (Quota::Running, self.quota_running.into()),
            (Quota::Snapshots, self.quota_snapshots.into()),
            (Quota::DiskBytes, disk),
            (Quota::Tasks, self.quota_tasks.into()),
            (Quota::OperationsPerMinute, self.quota_operations_per_minute.into()),
            (Quota::RequestsPerMinute, self.quota_requests_per_minute.into()),
        ]
    }
}
