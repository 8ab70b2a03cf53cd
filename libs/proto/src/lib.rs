//! The wire: messages, clients and servers generated from `proto/`, and their conversion from and to the domain.
//!
//! Generated code is checked in, so that a build needs no tools; `tests/generated` fails when it is stale.

#[cfg(feature = "convert")]
pub mod convert;
mod rows;

pub use rows::EncodedRows;

/// Generated code, nested as its packages are: it refers to itself by these paths.
#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::expect_used,
    clippy::unwrap_used,
    rustdoc::all
)]
mod acuse {
    pub mod export {
        pub mod v1 {
            include!("gen/acuse.export.v1.rs");
        }
    }
    pub mod ingestion {
        pub mod v1 {
            include!("gen/acuse.ingestion.v1.rs");
        }
    }
    pub mod message_state {
        pub mod v1 {
            include!("gen/acuse.message_state.v1.rs");
        }
    }
    pub mod reporting {
        pub mod v1 {
            include!("gen/acuse.reporting.v1.rs");
        }
    }
    pub mod r#type {
        pub mod v1 {
            include!("gen/acuse.type.v1.rs");
        }
    }
}

/// `acuse.export.v1`: files of reports, made in the background.
pub use acuse::export::v1 as export;
/// `acuse.ingestion.v1`: registrations, statuses and inbound messages in; integrations with providers.
pub use acuse::ingestion::v1 as ingestion;
/// `acuse.message_state.v1`: evidence in, state and timeline out; workspaces, directory, maintenance.
pub use acuse::message_state::v1 as message_state;
/// `acuse.reporting.v1`: figures, rankings and rows.
pub use acuse::reporting::v1 as reporting;
/// `acuse.type.v1`: what the services share.
pub use acuse::r#type::v1 as types;

/// Descriptors of every proto and its imports, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!("gen/descriptors.binpb");
