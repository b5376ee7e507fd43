//! Spec: spec/migrations/programs.md
//!
//! The step 3-to-4 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step3To4])
}
