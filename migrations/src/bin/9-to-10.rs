//! Spec: spec/migrations/programs.md
//!
//! The step 9-to-10 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step9To10])
}
