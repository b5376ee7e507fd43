//! Spec: spec/migrations/programs.md
//!
//! The step 1-to-2 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step1To2])
}
