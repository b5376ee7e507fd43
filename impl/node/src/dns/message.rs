//! Spec: spec/node/dns.md
//!
//! Questions for TXT records and addresses, and what the answers say.

use super::{Reason, Texts};
use hickory_resolver::proto::op::{Message, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use std::net::IpAddr;
use std::time::Duration;

// spec: dns.records-max
/// Most records of one name that are looked at.
pub(super) const RECORDS_MAX: usize = 1024;

/// The name as the DNS writes it. `\.` and `\DDD` are single bytes of a label.
///
/// # Errors
/// When a label or the whole is empty or too long.
pub(super) fn name(text: &str) -> Result<Name, Reason> {
    let mut labels = Vec::new();
    let mut label = Vec::new();
    let mut rest = text.strip_suffix('.').unwrap_or(text).as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'.' => labels.push(std::mem::take(&mut label)),
            b'\\' => {
                let (byte, after) = escaped(rest).ok_or(Reason::NotFound)?;
                label.push(byte);
                rest = after;
            }
            byte => label.push(*byte),
        }
    }
    labels.push(label);
    if labels.iter().any(Vec::is_empty) {
        return Err(Reason::NotFound);
    }
    Name::from_labels(labels.iter().map(Vec::as_slice)).map_err(|_| Reason::NotFound)
}

/// The byte that is meant by what follows a `\`, and the rest.
fn escaped(rest: &[u8]) -> Option<(u8, &[u8])> {
    let decimal = rest.split_at_checked(3).and_then(|(digits, after)| {
        let digits = std::str::from_utf8(digits).ok()?;
        let code = digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok());
        Some((code??, after))
    });
    decimal.or_else(|| rest.split_first().map(|(byte, after)| (*byte, after)))
}

/// The question for a name's records, as bytes. The ID is zero, so that caches on the way know the
/// question again (RFC 8484, 4.1).
pub(super) fn question(name: Name, kind: RecordType) -> Result<Vec<u8>, Reason> {
    let mut message = Message::query();
    message.metadata.id = 0;
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(name, kind));
    message.to_vec().map_err(|error| Reason::Protocol(error.to_string()))
}

/// An answer, unless it is a refusal.
pub(super) fn answer(bytes: &[u8]) -> Result<Message, Reason> {
    let message = Message::from_vec(bytes).map_err(|error| Reason::Protocol(error.to_string()))?;
    match message.metadata.response_code {
        ResponseCode::NoError | ResponseCode::NXDomain => Ok(message),
        _ => Err(Reason::Refused),
    }
}

/// The TXT records of an answer, or for how long there are none.
pub(super) fn texts_or_none(message: &Message) -> Texts {
    let mut texts = texts(&message.answers);
    if texts.records.is_empty() {
        texts.ttl = negative_ttl(&message.authorities);
    }
    texts
}

/// The addresses of an answer.
pub(super) fn addresses(message: &Message) -> Vec<IpAddr> {
    let address = |record: &Record| match &record.data {
        RData::A(address) => Some(IpAddr::V4(address.0)),
        RData::AAAA(address) => Some(IpAddr::V6(address.0)),
        _ => None,
    };
    message.answers.iter().filter_map(address).take(RECORDS_MAX).collect()
}

// spec: dns.ttl, dns.strings
/// The TXT records of an answer, the strings of each put together. Their TTL is the lowest of all
/// records on the way.
pub(super) fn texts(answers: &[Record]) -> Texts {
    let ttl = answers.iter().map(|record| record.ttl).min();
    let records = answers.iter().filter_map(|record| match &record.data {
        RData::TXT(text) => Some(text.txt_data.concat()),
        _ => None,
    });
    Texts {
        records: records.take(RECORDS_MAX).collect(),
        ttl: ttl.map(|seconds| Duration::from_secs(seconds.into())),
    }
}

/// For how long it may be kept that there is nothing (RFC 2308).
fn negative_ttl(authorities: &[Record]) -> Option<Duration> {
    authorities.iter().find_map(|record| match &record.data {
        RData::SOA(soa) => Some(Duration::from_secs(record.ttl.min(soa.minimum).into())),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let labels =
            |text: &str| name(text).map(|name| name.iter().map(<[u8]>::to_vec).collect::<Vec<_>>());
        assert_eq!(labels("a.b."), Ok(vec![b"a".to_vec(), b"b".to_vec()]));
        assert_eq!(labels("a\\.b.c"), Ok(vec![b"a.b".to_vec(), b"c".to_vec()]));
        assert_eq!(labels("\\065\\999"), Ok(vec![b"A999".to_vec()]));
        assert_eq!(labels("é."), Ok(vec!["é".as_bytes().to_vec()]));
        let long = "a".repeat(64);
        let whole = "abcdefg.".repeat(32);
        for bad in ["", ".", "a..b", ".a", "a\\", &long, &whole] {
            assert_eq!(labels(bad), Err(Reason::NotFound), "{bad}");
        }
    }

    #[test]
    fn junk_is_no_answer() {
        for junk in [&b""[..], b"junk", &[0xff; 600], &[0; 12]] {
            match answer(junk) {
                Ok(message) => assert!(texts_or_none(&message).records.is_empty()),
                Err(reason) => assert!(matches!(reason, Reason::Protocol(_))),
            }
        }
    }
}
