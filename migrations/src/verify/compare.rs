//! Spec: spec/migrations/verify.md
//!
//! What of one inventory is not in another one.

use super::sorted::Lines;
use std::io;

/// Missing things that are named; of more only the number.
const NAMED_MAX: usize = 20;

/// How two inventories differ.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Things that were there before and are no longer.
    pub missing: u64,
    /// The first of them.
    pub named: Vec<String>,
    /// Things that are new, or in another form.
    pub added: u64,
}

/// The part of a line that says which IPNS name it is about, and the sequence number.
fn ipns(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let rest = line.strip_prefix(b"ipns\t")?;
    let end = rest.iter().position(|byte| *byte == b'\t')?;
    let number = &rest[end + 1..];
    Some((&rest[..end], &number[..number.iter().position(|byte| *byte == b'\t')?]))
}

/// An IPNS entry that was missed, until all newer ones of its name have been looked at.
#[derive(Debug, Default)]
struct Waiting(Vec<Vec<u8>>);

impl Waiting {
    // spec: verify.ipns-newer
    /// An entry that takes the place of older ones of the same name.
    fn newer(&mut self, line: &[u8]) {
        if let Some((id, sequence)) = ipns(line) {
            self.0.retain(|missed| match ipns(missed) {
                Some((missed_id, missed_sequence)) => {
                    id != missed_id || sequence <= missed_sequence
                }
                None => true,
            });
        }
    }
}

impl Difference {
    fn miss(&mut self, line: &[u8]) {
        self.missing += 1;
        if self.named.len() < NAMED_MAX {
            self.named.push(String::from_utf8_lossy(line).replace('\t', " "));
        }
    }
}

/// Goes through both, which are sorted.
pub fn compare(before: Lines, after: Lines) -> io::Result<Difference> {
    let mut difference = Difference::default();
    let mut waiting = Waiting::default();
    let (mut before, mut after) = (before.peekable(), after.peekable());
    while let Some(line) = before.next().transpose()? {
        let mut found = false;
        while let Some(Ok(other)) = after.peek() {
            if *other > line {
                break;
            }
            found = *other == line;
            waiting.newer(other);
            difference.added += u64::from(!found);
            after.next();
        }
        if let Some(Err(_)) = after.peek() {
            break;
        }
        // What waits for a newer entry of one name stands in vain once the next name comes.
        let about = ipns(&line).map(|(id, _)| id.to_vec());
        for missed in std::mem::take(&mut waiting.0) {
            if ipns(&missed).map(|(id, _)| id.to_vec()) == about && about.is_some() {
                waiting.0.push(missed);
            } else {
                difference.miss(&missed);
            }
        }
        if !found {
            match about {
                Some(_) => waiting.0.push(line),
                None => difference.miss(&line),
            }
        }
    }
    for other in after {
        let other = other?;
        waiting.newer(&other);
        difference.added += 1;
    }
    for missed in waiting.0 {
        difference.miss(&missed);
    }
    Ok(difference)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verify::sorted::Sorter;

    fn lines(lines: &[&str]) -> Lines {
        let directory = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(directory.path());
        lines.iter().for_each(|line| sorter.push((*line).into()).unwrap());
        sorter.finish().unwrap()
    }

    #[test]
    fn what_is_missing_is_named() {
        let difference = compare(lines(&["a", "b", "c"]), lines(&["b", "d"])).unwrap();
        let named = vec!["a".into(), "c".into()];
        assert_eq!(difference, Difference { missing: 2, named, added: 1 });
        let same = compare(lines(&["a", "b"]), lines(&["a", "b"])).unwrap();
        assert_eq!(same, Difference::default());
    }

    #[test]
    fn a_newer_ipns_entry_takes_the_place_of_an_older() {
        let before = ["ipns\t01\t00003\tx", "ipns\t02\t00005\ty", "pin\tq"];
        let after = ["ipns\t01\t00004\tz", "ipns\t02\t00004\tz", "pin\tq"];
        let difference = compare(lines(&before), lines(&after)).unwrap();
        assert_eq!(difference.named, ["ipns 02 00005 y"]);
        let difference = compare(lines(&before[..1]), lines(&after[..1])).unwrap();
        assert_eq!((difference.missing, difference.added), (0, 1));
    }
}
