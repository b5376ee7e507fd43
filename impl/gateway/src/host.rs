//! Spec: spec/gateway/subdomain.md
//!
//! What the host name of a request says: a gateway with rules of its own, a content root, or a name
//! with a DNSLink.

use crate::Response;
use crate::gateway::Gateway;
use crate::request::{Head, Origin, Routed};

/// What becomes of a request.
#[derive(Debug)]
pub enum Outcome {
    /// It is answered already: a redirect or a refusal.
    Respond(Box<Response>),
    /// It goes on to the routes.
    Serve(Routed),
}

/// Understands the host name. Runs on a thread that may block.
pub fn route(_gateway: &Gateway, head: &Head) -> Outcome {
    Outcome::Serve(Routed { path: head.path.clone(), origin: Origin::Path, gateway: None })
}
