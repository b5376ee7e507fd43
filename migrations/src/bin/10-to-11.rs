//! Spec: spec/migrations/programs.md
//!
//! The step 10-to-11 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step10To11])
}
