//! UnixFS nodes in DAG-PB.

use super::{Cid, field_bytes, field_varint};

/// A link of a DAG-PB node.
#[derive(Debug, Clone)]
pub struct Link {
    /// Name; empty between the parts of a file.
    pub name: String,
    /// Target.
    pub cid: Cid,
    /// Bytes of all blocks below.
    pub tsize: u64,
}

/// A DAG-PB node: its links, then its data.
pub fn pb_node(links: &[Link], data: &[u8]) -> Vec<u8> {
    let mut node = Vec::new();
    for link in links {
        let mut inner = Vec::new();
        field_bytes(&mut inner, 1, link.cid.bytes());
        field_bytes(&mut inner, 2, link.name.as_bytes());
        field_varint(&mut inner, 3, link.tsize);
        field_bytes(&mut node, 2, &inner);
    }
    field_bytes(&mut node, 1, data);
    node
}

/// A directory. Links are sorted by name.
pub fn directory(mut links: Vec<Link>) -> Vec<u8> {
    links.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    pb_node(&links, &[8, 1])
}

/// A file of inline bytes, or of parts with the size of each.
pub fn file(inline: &[u8], parts: &[(Link, u64)]) -> Vec<u8> {
    let mut data = vec![8, 2];
    if !inline.is_empty() {
        field_bytes(&mut data, 2, inline);
    }
    let size = inline.len() as u64 + parts.iter().map(|(_, size)| size).sum::<u64>();
    field_varint(&mut data, 3, size);
    for (_, size) in parts {
        field_varint(&mut data, 4, *size);
    }
    let links: Vec<Link> = parts.iter().map(|(link, _)| link.clone()).collect();
    pb_node(&links, &data)
}

/// A file of inline bytes with the second in which it was last changed.
pub fn dated(inline: &[u8], seconds: u64) -> Vec<u8> {
    let (mut data, mut time) = (vec![8, 2], Vec::new());
    field_bytes(&mut data, 2, inline);
    field_varint(&mut data, 3, inline.len() as u64);
    field_varint(&mut time, 1, seconds);
    field_bytes(&mut data, 8, &time);
    pb_node(&[], &data)
}

/// A symbolic link.
pub fn symlink(target: &str) -> Vec<u8> {
    let mut data = vec![8, 4];
    field_bytes(&mut data, 2, target.as_bytes());
    pb_node(&[], &data)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_nodes() {
        let text = "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o";
        assert_eq!(Cid::v0(&file(b"hello world\n", &[])).to_string(), text);
        assert_eq!(directory(Vec::new()), [0x0a, 2, 8, 1]);
    }
}
