//! Spec: spec/migrations/programs.md
//!
//! The step 0-to-1 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step0To1])
}
