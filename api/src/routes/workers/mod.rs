//! Who works, on what; what waits. For all tenants together, so nothing here tells of another
//! tenant's things.

pub(crate) mod list_queues;
pub(crate) mod list_workers;
