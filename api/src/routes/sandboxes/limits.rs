//! The limits of a new sandbox, as a request has them.

use std::fmt::Display;
use std::ops::RangeInclusive;

use sandboxd_shared::config::parse_size;
use sandboxd_shared::domain::Limits;
use serde::{Deserialize, Deserializer};
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::web::ApiError;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
const MEMORY: RangeInclusive<u64> = 64 * MIB..=256 * GIB;
const CPUS: RangeInclusive<f64> = 0.1..=128.0;
const PIDS: RangeInclusive<u32> = 16..=65_536;
const DISK: RangeInclusive<u64> = 16 * MIB..=4096 * GIB;

/// What is to differ from the installation's limits.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LimitsChange {
    /// From 64m to 256g.
    memory: Option<Size>,
    /// CPUs, fractions allowed.
    #[schema(minimum = 0.1, maximum = 128)]
    cpus: Option<f64>,
    /// Processes and threads.
    #[schema(minimum = 16, maximum = 65536)]
    pids: Option<u32>,
    /// What its workspace may hold beyond its base, from 16m to 4t.
    disk: Option<Size>,
}

/// Bytes: a number, or a text such as "512m".
#[derive(Debug, Clone, Copy)]
struct Size(u64);

impl ToSchema for Size {}

impl PartialSchema for Size {
    fn schema() -> RefOr<Schema> {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r"^\d+(\.\d+)?([kKmMgGtT]([iI]?[bB])?)?$"));
        OneOfBuilder::new()
            .item(ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)))
            .item(text)
            .description(Some("Bytes: a number, or a text such as \"512m\"; units are binary"))
            .examples(["512m"])
            .into()
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected a size such as \"512m\", or bytes")]
        enum Raw {
            Bytes(u64),
            Text(String),
        }
        match Raw::deserialize(deserializer)? {
            Raw::Bytes(bytes) => Ok(Self(bytes)),
            Raw::Text(text) => parse_size(&text).map(Self).map_err(serde::de::Error::custom),
        }
    }
}

impl LimitsChange {
    /// The limits that result.
    ///
    /// # Errors
    /// 400 naming the one that is out of range.
    pub(crate) fn over(&self, installation: Limits) -> Result<Limits, ApiError> {
        let mut limits = installation;
        if let Some(Size(bytes)) = self.memory {
            let hint = "must be 64m to 256g";
            limits.memory_bytes = within("limits.memory", bytes, &MEMORY, hint)?;
        }
        if let Some(cpus) = self.cpus {
            limits.cpus = within("limits.cpus", cpus, &CPUS, "must be 0.1 to 128")?;
        }
        if let Some(pids) = self.pids {
            limits.pids = within("limits.pids", pids, &PIDS, "must be 16 to 65536")?;
        }
        if let Some(Size(bytes)) = self.disk {
            limits.disk_bytes = within("limits.disk", bytes, &DISK, "must be 16m to 4t")?;
        }
        Ok(limits)
    }
}

fn within<T: PartialOrd + Copy>(
    field: &str,
    value: T,
    range: &RangeInclusive<T>,
    hint: impl Display,
) -> Result<T, ApiError> {
    if range.contains(&value) { Ok(value) } else { Err(ApiError::field(field, hint)) }
}
