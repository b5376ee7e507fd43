//! Spec: spec/migrations/programs.md
//!
//! `repo-migrations install DIR`: the program under the names of all steps.

use crate::cli::UPSTREAM_PREFIX;
use crate::error::Error;
use crate::step::Step;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

/// The one real file; all other names are links to it.
const PROGRAM: &str = "repo-migrations";

// spec: programs.install
/// Copies this program into a directory, with links for `N-to-M`, `fs-repo-N-to-M` and `run`. Files
/// of these names that are there are replaced.
pub(super) fn install(known: &[&'static dyn Step], dir: &Path) -> Result<(), Error> {
    let me = std::env::current_exe().map_err(Error::io("open", PROGRAM))?;
    std::fs::create_dir_all(dir).map_err(Error::io("mkdir", dir))?;
    let program = dir.join(PROGRAM);
    let same = program
        .canonicalize()
        .ok()
        .is_some_and(|there| Ok(there) == me.canonicalize().map_err(drop));
    if !same {
        place(&program, |new| {
            std::fs::copy(&me, new)?;
            std::fs::set_permissions(new, std::fs::Permissions::from_mode(0o755))
        })?;
    }
    let names = known.iter().map(|step| step.name());
    let names = names.flat_map(|name| [format!("{UPSTREAM_PREFIX}{name}"), name]);
    for name in names.chain(["run".to_owned()]) {
        place(&dir.join(name), |new| symlink(PROGRAM, new))?;
    }
    Ok(())
}

/// Makes a file beside its place, then moves it there, so that a running program stays whole.
fn place(path: &Path, make: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), Error> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    let new = Path::new(&name);
    let result = make(new)
        .map_err(Error::io("write", new))
        .and_then(|()| std::fs::rename(new, path).map_err(Error::io("rename", path)));
    if result.is_err() {
        let _ = std::fs::remove_file(new);
    }
    result
}
