//! `cargo spec check|report|tidy`: traceability and house rules.

fn main() {
    eprintln!("not implemented");
    std::process::exit(89);
}
