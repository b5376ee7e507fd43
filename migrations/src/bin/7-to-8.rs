//! Spec: spec/migrations/programs.md
//!
//! The step 7-to-8 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step7To8])
}
