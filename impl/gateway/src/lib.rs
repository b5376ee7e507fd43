//! Spec: spec/gateway/README.md
//!
//! The HTTP gateway.
