//! Spec: spec/gateway/README.md
//!
//! The HTTP gateway: requests in, content of the node out. [`Gateway::handle`] is the whole
//! surface; the listeners belong to `ipfs-node`, the configuration file and the environment to
//! `ipfs`.

pub mod conditional;
pub mod config;
pub mod dnslink;
pub mod error;
pub mod error_page;
mod escape;
pub mod format;
pub mod formats;
pub mod gateway;
mod guard;
pub mod headers;
pub mod host;
mod page;
mod path_gateway;
mod query;
pub mod range;
pub mod redirects;
pub mod request;
pub mod resolve;
pub mod routing_v1;
pub mod serve;
pub mod subdomain;
pub mod trustless;
pub mod url;
mod xxhash;

pub use config::{Config, PublicGateway};
pub use error::Error;
pub use gateway::{Content, Gateway};
pub use ipfs_node::http::Body;
pub use query::Query;
pub use request::ContentRequest;

/// An answer of the gateway.
pub type Response = http::Response<Body>;
