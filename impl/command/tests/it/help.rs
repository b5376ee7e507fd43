//! Help texts.

use crate::support::Home;
use ipfs_command::commands::ROOT;
use ipfs_command::help;

#[test]
fn long_help_of_a_command() {
    insta::assert_snapshot!(Home::empty().ok("cat --help"));
}

#[test]
fn short_help_of_a_group() {
    insta::assert_snapshot!(Home::empty().ok("cid"));
}

#[test]
fn help_words() {
    let home = Home::empty();
    assert_eq!(home.ok("help cid format"), home.ok("cid format --help"));
    assert_eq!(home.ok("help"), home.ok("--help"));
    assert_eq!(home.ok("cid format --help too many words"), home.ok("cid format --help"));
    assert_eq!(home.ok("cid --offline"), home.ok("cid -h"));
    assert_eq!(home.ok(""), home.ok("-h"));
}

#[test]
fn no_line_is_wider_than_80_columns() {
    ROOT.walk(&mut |path, command| {
        for long in [true, false] {
            let text = help::text(path, command, long, help::WIDTH_DEFAULT);
            for line in text.lines() {
                assert!(line.chars().count() <= 80, "{}: {line}", path.join(" "));
            }
        }
    });
}

#[test]
fn warnings_come_first() {
    let home = Home::empty();
    let text = home.ok("object get --help");
    assert!(text.starts_with("WARNING:   REMOVED, command is no longer available\n\nUSAGE\n"));
    let text = home.ok("files touch -h");
    assert!(text.starts_with("WARNING:   EXPERIMENTAL, command may change in future releases\n\n"));
}
