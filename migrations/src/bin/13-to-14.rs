//! Spec: spec/migrations/programs.md
//!
//! The step 13-to-14 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step13To14])
}
