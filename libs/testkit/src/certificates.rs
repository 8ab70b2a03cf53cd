//! Certificates for tests alone; nothing trusts them.

/// An authority, as PEM.
pub const AUTHORITY: &str = include_str!("../../rpc/tests/stack/testdata/ca.pem");

/// Another authority, which issued nothing.
pub const OTHER_AUTHORITY: &str = include_str!("../../rpc/tests/stack/testdata/other-ca.pem");

/// The authority's certificate for a server at 127.0.0.1, or of the name `probe.example`.
pub const SERVER: &str = include_str!("../../rpc/tests/stack/testdata/server.pem");

/// The key of [`SERVER`].
pub const SERVER_KEY: &str = include_str!("../../rpc/tests/stack/testdata/server.key");

/// The authority's certificate for somebody else, of the name `client.example`.
pub const CLIENT: &str = include_str!("../../rpc/tests/stack/testdata/client.pem");

/// The key of [`CLIENT`].
pub const CLIENT_KEY: &str = include_str!("../../rpc/tests/stack/testdata/client.key");
