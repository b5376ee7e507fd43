//! Spec: spec/command/repo-commands.md
//!
//! `ipfs repo migrate`: the repository's format in another version.

use crate::migrations;
use crate::prelude::*;
use ipfs_repo::version::CURRENT;

// spec: repo-commands.migrate
pub(super) fn run(request: &Request, env: &Env, emitter: &mut Emitter<'_>) -> Result<()> {
    let target = migrations::target(env.repo_path()?);
    let current = migrations::version(&target)?;
    let wanted = request.int("to").unwrap_or(i64::from(CURRENT));
    if wanted == i64::from(current) && !migrations::interrupted(&target)? {
        let line = format!("Repository is already at version {wanted}.\n");
        return emitter.write(line.as_bytes());
    }
    if wanted < i64::from(current) && !request.bool("allow-downgrade") {
        return Err(Error::new(format!(
            "downgrade from version {current} to {wanted} requires --allow-downgrade flag"
        )));
    }
    let wanted = u32::try_from(wanted)
        .map_err(|_| Error::new(format!("there is no repository version {wanted}")))?;
    let line = format!("Migrating repository from version {current} to {wanted}...\n");
    emitter.write(line.as_bytes())?;
    emitter.flush()?;
    migrations::run(target, current, wanted, &mut |bytes| {
        emitter.write(bytes)?;
        emitter.flush()
    })?;
    let mut lines = format!("Repository successfully migrated to version {wanted}.\n");
    if wanted < CURRENT {
        lines.push_str(
            "WARNING: After downgrading, you must use an IPFS binary compatible with this \
             repository version.\n",
        );
    }
    emitter.write(lines.as_bytes())
}
