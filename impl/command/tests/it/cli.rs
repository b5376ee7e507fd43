//! The rules of the command line that all commands share.

use crate::support::Home;

#[test]
fn bad_options_are_one_line() {
    let home = Home::empty();
    for (line, text) in [
        ("--bogus", "unknown option \"bogus\""),
        ("cat --bogus --help", "unknown option \"bogus\""),
        ("cat -o", "missing argument for option \"o\""),
        ("cat -o=1 --offset=2 x", "multiple values for option \"offset\""),
        ("version --timeout=zz --help", "time: invalid duration \"zz\""),
        ("version --timeout=5", "time: missing unit in duration \"5\""),
    ] {
        assert_eq!(home.fails(line), format!("Error: {text}\n"), "{line}");
    }
}

#[test]
fn bad_arguments_show_the_short_help() {
    let home = Home::empty();
    for (line, text) in [
        ("version x", "expected 0 argument(s), got 1"),
        ("dag get a b", "expected 1 argument(s), got 2"),
        ("config", "argument \"key\" is required"),
        ("add nofile", "lstat nofile: no such file or directory"),
        ("add .", "is a directory, use the '-r' flag to specify directories"),
        ("block put ..", "invalid path '..', argument 'data' does not support directories"),
    ] {
        let stderr = home.fails(line);
        let (first, rest) = stderr.split_once("\n\n").unwrap();
        assert!(first.ends_with(text), "{line}: {first}");
        assert!(rest.starts_with("USAGE\n  ipfs "), "{line}: {rest}");
    }
}

#[test]
fn unknown_commands_get_suggestions() {
    let home = Home::empty();
    assert_eq!(home.fails("swram"), "Error: Unknown Command \"swram\"\n\n");
    let one = "Error: Unknown Command \"pinn\"\n\nDid you mean this?\n\n\tpin\n";
    assert_eq!(home.fails("pinn"), one);
    let stderr = home.fails("ad");
    assert!(stderr.contains("Did you mean any of these?\n\n\tadd\n"), "{stderr}");
}

#[test]
fn files_of_one_name_from_two_folders_are_refused() {
    let home = Home::empty();
    for folder in ["a", "b"] {
        std::fs::create_dir(home.path().join(folder)).unwrap();
        std::fs::write(home.path().join(folder).join("x"), "x").unwrap();
    }
    let stderr = home.fails("add a/x b/x");
    let text = "Error: file name x repeated under different import directories: b and a\n";
    assert!(stderr.starts_with(text), "{stderr}");
}

#[test]
fn the_api_file_decides_where_a_command_runs() {
    let home = Home::empty();
    std::fs::create_dir(home.repo()).unwrap();
    std::fs::write(home.repo().join("api"), "junk\n").unwrap();
    let text = "Error: failed to parse multiaddr \"junk\": must begin with /\n";
    assert_eq!(home.fails("swarm peers"), text);
    assert_eq!(home.ok("version -n"), "0.44.0-dev\n");

    // A port that nobody listens on.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let address = format!("/ip4/127.0.0.1/tcp/{port}");
    std::fs::write(home.repo().join("api"), &address).unwrap();
    let gone = "Error: cannot connect to the api. Is the daemon running?";
    assert!(home.fails("swarm peers").starts_with(gone));
    let both = "Error: api flag specified but command cannot be run on the daemon\n";
    assert_eq!(home.fails(&format!("--api {address} key export x")), both);
}

#[test]
fn without_a_repo_the_error_says_what_to_do() {
    let home = Home::empty();
    let repo = home.repo();
    let text =
        format!("Error: no IPFS repo found in {}.\nplease run: 'ipfs init'\n", repo.display());
    assert_eq!(home.fails("swarm peers"), text);
}

#[test]
fn a_closed_pipe_ends_the_process_quietly() {
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_ipfs"))
        .args(["commands", "--flags"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(13));
    assert!(output.stderr.is_empty());
}

#[test]
fn the_first_interrupt_stops_and_the_second_kills() {
    use std::io::Read;
    use std::process::{Command, Stdio};
    // Opening a pipe that nobody writes to takes for ever.
    let home = Home::empty();
    std::fs::create_dir(home.repo()).unwrap();
    let pipe = home.repo().join("config");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child = Command::new(env!("CARGO_BIN_EXE_ipfs"))
        .args(["config", "show"])
        .env("IPFS_PATH", home.repo())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // The handler is there once the command waits.
    let stat = format!("/proc/{}/wchan", child.id());
    let pid = child.id().to_string();
    for _ in 0..500 {
        let threads = std::fs::read_dir(format!("/proc/{pid}/task")).unwrap().count();
        if threads > 1 && std::fs::read_to_string(&stat).is_ok() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let mut stdout = child.stdout.take().unwrap();
    let interrupt = || {
        assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    };
    interrupt();
    let mut line = [0_u8; 1];
    stdout.read_exact(&mut line).unwrap();
    assert_eq!(line, *b"\n");
    interrupt();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "Received another interrupt before graceful shutdown, terminating...\n");
    assert_eq!(child.wait().unwrap().code(), Some(255));
}
