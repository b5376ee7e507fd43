//! Spec: spec/migrations/programs.md
//!
//! All steps in one program.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(repo_migrations::steps::ALL)
}
