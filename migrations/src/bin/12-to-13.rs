//! Spec: spec/migrations/programs.md
//!
//! The step 12-to-13 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step12To13])
}
