//! Spec: spec/migrations/programs.md
//!
//! The step 5-to-6 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step5To6])
}
