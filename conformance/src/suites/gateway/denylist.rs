//! Cases of `spec/gateway/denylist.md` that a gateway shows.

mod rules;
mod ways;

use crate::case::{Check, Suite};
use crate::encode::Cid;
use crate::fixtures::{TEXT, fixtures};
use crate::gateway::Gateway;

pub(crate) const SUITE: Suite =
    Suite { name: "gateway/denylist", gateway: &[rules::CASES, ways::CASES], ..Suite::EMPTY };

/// The statuses by which a gateway refuses.
const REFUSED: [u16; 2] = [410, 451];

/// A neighbour that nobody denies has to be served: else a refusal says nothing.
fn served(gateway: &Gateway) -> Check {
    gateway.with_denylist()?;
    let allowed = &fixtures().blocked.by_path;
    gateway.get(&format!("/ipfs/{allowed}/good.txt"))?.status(200)?.mentions(TEXT)?;
    Ok(())
}

fn refused(gateway: &Gateway, path: &str) -> Check {
    gateway.get(path)?.status_in(&REFUSED)?;
    Ok(())
}

fn refused_cid(gateway: &Gateway, cid: &Cid) -> Check {
    refused(gateway, &format!("/ipfs/{cid}"))
}
