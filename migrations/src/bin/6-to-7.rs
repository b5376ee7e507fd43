//! Spec: spec/migrations/programs.md
//!
//! The step 6-to-7 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step6To7])
}
