//! Typed ids: ULIDs, 26 characters of Crockford base 32. Read in either case, written in upper
//! case, in lower case only inside host and container names.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::sqlite::{Sqlite, SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef};
use ulid::Ulid;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

/// A text that is no ULID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id: 26 characters of Crockford base 32 are expected")]
pub struct InvalidId;

fn parse(text: &str) -> Result<Ulid, InvalidId> {
    // The crate also takes look-alikes (i, l, o, u): an id has one spelling here, but for case.
    let canonical = text.to_ascii_uppercase();
    let id = Ulid::from_string(&canonical).map_err(|_| InvalidId)?;
    if id.to_string() == canonical { Ok(id) } else { Err(InvalidId) }
}

/// What a new id is made of.
pub(crate) fn fresh() -> Ulid {
    #[cfg(feature = "simulation")]
    if let Some(id) = crate::simulation::next_id() {
        return id;
    }
    Ulid::generate()
}

/// How the OpenAPI document describes an id.
fn schema(description: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .pattern(Some("^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$"))
        .examples(["01JD4X8QK3M5N7P9R1S3T5V7W9"])
        .into()
}

macro_rules! typed_id {
    ($($(#[doc = $doc:literal])* $name:ident),+ $(,)?) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Ulid);

        impl $name {
            /// A new id.
            #[must_use]
            pub fn generate() -> Self {
                Self(fresh())
            }

            /// The lower-case form, for host and container names.
            #[must_use]
            pub fn lower(&self) -> String {
                self.0.to_string().to_ascii_lowercase()
            }
        }

        impl From<Ulid> for $name {
            fn from(id: Ulid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Ulid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                schema(concat!($($doc),*).trim())
            }
        }

        impl utoipa::ToSchema for $name {}

        impl sqlx::Type<Sqlite> for $name {
            fn type_info() -> SqliteTypeInfo {
                <String as sqlx::Type<Sqlite>>::type_info()
            }

            fn compatible(ty: &SqliteTypeInfo) -> bool {
                <String as sqlx::Type<Sqlite>>::compatible(ty)
            }
        }

        impl sqlx::Encode<'_, Sqlite> for $name {
            fn encode_by_ref(&self, buf: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
                <String as sqlx::Encode<'_, Sqlite>>::encode(self.to_string(), buf)
            }
        }

        impl<'r> sqlx::Decode<'r, Sqlite> for $name {
            fn decode(value: SqliteValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(<&str as sqlx::Decode<'_, Sqlite>>::decode(value)?.parse()?)
            }
        }
    )+};
}

typed_id! {
    /// An app: what a tenant owns.
    AppId,
    /// A sandbox: the container and workspace of an app.
    SandboxId,
    /// A captured workspace.
    SnapshotId,
    /// A long operation.
    OperationId,
    /// A run of a coding agent.
    TaskId,
    /// A link to a private preview.
    PreviewTokenId,
    /// A row of the timeline. Grows in commit order.
    EventId,
    /// A token made by an operator.
    TokenId,
    /// A row of the audit log.
    AuditId,
    /// A webhook.
    WebhookId,
    /// A message to a webhook.
    DeliveryId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_in_either_case_and_written_in_upper_case() {
        let id: AppId = "01jd4x8qk3m5n7p9r1s3t5v7w9".parse().unwrap();
        assert_eq!(id.to_string(), "01JD4X8QK3M5N7P9R1S3T5V7W9");
        assert_eq!(id.lower(), "01jd4x8qk3m5n7p9r1s3t5v7w9");
    }

    #[test]
    fn what_is_no_ulid_is_refused() {
        for bad in [
            "",
            "x",
            "01JD4X8QK3M5N7P9R1S3T5V7W",
            "01JD4X8QK3M5N7P9R1S3T5V7WU",
            "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
            "01JD4X8QK3M5N7P9R1S3T5V7W\u{e9}",
        ] {
            assert_eq!(bad.parse::<AppId>(), Err(InvalidId), "{bad}");
        }
    }
}
