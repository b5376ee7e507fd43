//! Spec: spec/node/swarm.md
//!
//! Which addresses are told to others.

use super::Multiaddr;
use super::config::Announcing;
use super::filters::Filters;

// spec: swarm.announce
/// The addresses to tell, of those listened on.
pub(super) fn announced(announcing: &Announcing, listening: &[Multiaddr]) -> Vec<Multiaddr> {
    let base = match announcing.instead.is_empty() {
        true => listening,
        false => announcing.instead.as_slice(),
    };
    let within = Filters::new(announcing.never_within.clone());
    let mut told: Vec<Multiaddr> = Vec::new();
    for address in base.iter().chain(&announcing.also) {
        let never = announcing.never.contains(address) || within.blocks(address);
        if !never && !told.contains(address) {
            told.push(address.clone());
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(texts: &[&str]) -> Vec<Multiaddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// spec: swarm.announce
    #[test]
    fn instead_also_never() {
        let listening = list(&["/ip4/127.0.0.1/tcp/1", "/ip4/10.0.0.1/tcp/1"]);
        let mut announcing = Announcing::default();
        assert_eq!(announced(&announcing, &listening), listening);
        announcing.also = list(&["/dns4/a/tcp/1", "/ip4/127.0.0.1/tcp/1"]);
        announcing.never_within = vec!["/ip4/10.0.0.0/ipcidr/8".parse().unwrap()];
        let told = list(&["/ip4/127.0.0.1/tcp/1", "/dns4/a/tcp/1"]);
        assert_eq!(announced(&announcing, &listening), told);
        announcing.never = list(&["/ip4/127.0.0.1/tcp/1"]);
        announcing.instead = list(&["/ip4/1.2.3.4/tcp/9"]);
        let told = list(&["/ip4/1.2.3.4/tcp/9", "/dns4/a/tcp/1"]);
        assert_eq!(announced(&announcing, &listening), told);
    }
}
