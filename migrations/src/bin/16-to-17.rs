//! Spec: spec/migrations/programs.md
//!
//! The step 16-to-17 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step16To17])
}
