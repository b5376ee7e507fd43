//! Spec: spec/command/name-commands.md
//!
//! `ipfs name get` and `ipfs name put`

use super::{BOTH_MODES, IpnsEntry, delegated};
use crate::commands::offline;
use crate::names;
use crate::prelude::*;
use ipfs_data::ipns_record::{self, RECORD_BYTES_MAX, Record};
use ipfs_repo::name_store::NameStore;
use std::io::Read;

/// Most that is read of a record, in bytes.
const INPUT_BYTES_MAX: u64 = 1 << 20;

// spec: name-commands.get
pub(super) fn get(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let repo = env.node()?;
    if !request.offline() {
        return Err(Error::new(offline::ACTION));
    }
    let name = ipns_record::parse_name(request.argument(0).unwrap_or_default())?;
    let record = NameStore::new(repo.datastore()?.as_ref()).get(&name, names::now())?;
    emitter.set_length(record.len() as u64);
    emitter.write(&record)
}

// spec: name-commands.put
pub(super) fn put(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    env.node()?;
    let (allow_offline, allow_delegated) =
        (request.bool("allow-offline"), request.bool("allow-delegated"));
    if allow_offline && allow_delegated {
        return Err(Error::new(BOTH_MODES));
    }
    if allow_delegated {
        return delegated(env);
    }
    let name = ipns_record::parse_name(request.argument(0).unwrap_or_default())
        .map_err(|error| Error::from(error).context("invalid IPNS name"))?;
    let mut bytes = Vec::new();
    request
        .take_file()?
        .open()?
        .take(INPUT_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::from(error).context("failed to read record"))?;
    if bytes.is_empty() {
        return Err(Error::new("record is empty"));
    }
    if !request.bool("force") {
        if bytes.len() > RECORD_BYTES_MAX {
            return Err(Error::new(format!(
                "record exceeds maximum size of {RECORD_BYTES_MAX} bytes, use --force to skip size \
                 check"
            )));
        }
        let record = Record::decode(&bytes)
            .map_err(|error| Error::from(error).context("invalid IPNS record"))?;
        ipns_record::validate_for(&record, &name, names::now())
            .map_err(|error| Error::from(error).context("record validation failed"))?;
    }
    if !allow_offline {
        return Err(Error::new(offline::ACTION));
    }
    env.names()?.put_record(&name, &bytes)?;
    let value = Record::decode(&bytes).and_then(|record| record.value());
    let value = value.map(|path| path.to_string()).unwrap_or_default();
    emitter.emit(&IpnsEntry { name: name.to_name(), value })
}
