//! Spec: spec/migrations/programs.md
//!
//! The step 15-to-16 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step15To16])
}
