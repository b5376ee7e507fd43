//! Spec: spec/migrations/programs.md
//!
//! The step 8-to-9 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step8To9])
}
