//! Spec: spec/migrations/programs.md
//!
//! The step 2-to-3 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step2To3])
}
