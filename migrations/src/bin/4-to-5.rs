//! Spec: spec/migrations/programs.md
//!
//! The step 4-to-5 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step4To5])
}
