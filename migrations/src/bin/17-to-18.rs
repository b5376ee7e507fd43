//! Spec: spec/migrations/programs.md
//!
//! The step 17-to-18 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step17To18])
}
