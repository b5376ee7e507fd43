//! Spec: spec/migrations/programs.md
//!
//! The step 14-to-15 on its own.

fn main() -> std::process::ExitCode {
    repo_migrations::cli::main(&[&repo_migrations::steps::Step14To15])
}
