//! The `ipfs` command.

fn main() {
    eprintln!("Error: not implemented");
    std::process::exit(89);
}
