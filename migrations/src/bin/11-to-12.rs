//! Spec: spec/migrations/programs.md
//!
//! The step 11-to-12 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step11To12])
}
