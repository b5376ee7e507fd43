//! Spec: spec/command/README.md
//!
//! The binary `ipfs`.

fn main() {
    std::process::exit(ipfs_command::cli::main());
}
