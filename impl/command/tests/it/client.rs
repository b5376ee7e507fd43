//! The command line as a client of a daemon that answers whatever a test wants.

use crate::server::{Asked, Server, answer};
use crate::support::{Home, Outcome};

const JSON: &str = "application/json";

/// A home without repository whose file `api` leads to a daemon with this answer.
fn home(reply: impl Fn(&Asked) -> String + Send + 'static) -> (Home, Server) {
    let server =
        Server::start(move |asked| match asked.line.starts_with("POST /api/v0/version?") {
            true => answer(200, JSON, "{\"Version\":\"0.44.0\"}\n"),
            false => reply(asked),
        });
    let home = Home::empty();
    std::fs::create_dir(home.repo()).unwrap();
    let address = format!("/ip4/127.0.0.1/tcp/{}\n", server.port);
    std::fs::write(home.repo().join("api"), address).unwrap();
    (home, server)
}

fn outcome(stdout: &str, stderr: &str, code: i32) -> Outcome {
    Outcome { stdout: stdout.into(), stderr: stderr.into(), code }
}

#[test]
fn a_call_has_the_given_options_and_all_arguments() {
    let (home, server) = home(|_| answer(200, JSON, "{\"Ref\":\"r\",\"Err\":\"\"}\n"));
    let run = home.run("--api-auth basic:u:p refs -r --cid-base base32 /ipfs/a b+c");
    assert_eq!(run, outcome("r\n", "", 0));
    let asked = server.asked();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].line, "POST /api/v0/version?encoding=json&stream-channels=true");
    assert_eq!(
        asked[1].line,
        "POST /api/v0/refs?encoding=json&stream-channels=true&recursive=true&cid-base=base32&arg=\
         %2Fipfs%2Fa&arg=b%2Bc"
    );
    for request in &asked {
        assert!(request.head.contains("Authorization: Basic dTpw\r\n"), "{}", request.head);
        assert!(request.head.contains("User-Agent: go-ipfs-cmds/http\r\n"), "{}", request.head);
        assert!(request.head.contains(&format!("Host: 127.0.0.1:{}\r\n", server.port)));
    }
}

#[test]
fn trees_are_sent_as_parts() {
    let (home, server) = home(|_| answer(200, JSON, "{\"Name\":\"t\",\"Hash\":\"h\"}\n"));
    let tree = home.path().join("t t");
    std::fs::create_dir_all(tree.join("d")).unwrap();
    std::fs::write(tree.join("d/f"), "content").unwrap();
    std::os::unix::fs::symlink("d/f", tree.join("l")).unwrap();
    let run = home.command("add -Q -r").arg("t t").output().unwrap();
    assert_eq!(String::from_utf8_lossy(&run.stdout), "h\n");
    let body = server.asked()[1].body.clone();
    let path = home.path().canonicalize().unwrap();
    let path = path.to_str().unwrap().replace('/', "%2F");
    let lines: Vec<&str> = body.split("\r\n").collect();
    let boundary = lines[0];
    let name = |line: &str| line.split("; filename=").nth(1).map(str::to_owned);
    let names: Vec<String> = lines.iter().filter_map(|line| name(line)).collect();
    assert_eq!(names, ["\"t+t\"", "\"t+t%2Fd\"", "\"t+t%2Fd%2Ff\"", "\"t+t%2Fl\""]);
    assert!(body.contains("form-data; name=\"file?mode=020000000755&mtime="), "{body}");
    assert!(body.contains("form-data; name=\"file?mode=01000000777&mtime="), "{body}");
    assert!(body.contains(&format!("Abspath-Encoded: {path}%2Ft+t%2Fd%2Ff\r\n")), "{body}");
    assert!(body.contains("Content-Type: application/symlink\r\n\r\nd/f\r\n"), "{body}");
    assert!(body.contains("Content-Type: application/x-directory\r\n\r\n\r\n"), "{body}");
    assert!(body.ends_with(&format!("\r\n{boundary}--\r\n")), "{body}");
}

#[test]
fn text_arguments_of_standard_input_are_a_part() {
    let (home, server) = home(|_| answer(200, "text/plain", "some text"));
    assert_eq!(home.feed("cat", "first\nsecond\nthird\n"), outcome("some text", "", 0));
    let asked = &server.asked()[1];
    assert!(asked.line.ends_with("&arg=first"), "{}", asked.line);
    assert!(asked.body.contains("\r\n\r\nsecond\nthird\n\r\n"), "{}", asked.body);
}

#[test]
fn a_file_that_cannot_be_sent_leaves_no_whole_body() {
    let (home, server) = home(|_| answer(200, JSON, "{\"Name\":\"t\",\"Hash\":\"h\"}\n"));
    std::fs::create_dir(home.path().join("t")).unwrap();
    std::os::unix::net::UnixListener::bind(home.path().join("t/socket")).unwrap();
    let text = "Error: unrecognized file type for t/socket: Srwxr-xr-x\n";
    let stderr = home.fails("add -Q -r t");
    assert_eq!(stderr.replace("rwxrwxr-x", "rwxr-xr-x"), text);
    assert!(server.asked().get(1).is_none_or(|asked| !asked.body.ends_with("--\r\n")));
}

#[test]
fn answers_that_are_errors() {
    for (reply, stderr) in [
        (
            answer(500, JSON, "{\"Message\":\"wrong\",\"Code\":0,\"Type\":\"error\"}"),
            "Error: wrong\n",
        ),
        (
            answer(400, JSON, "{\"Message\":\"wrong\",\"Code\":1,\"Type\":\"error\"}"),
            "Error: wrong\nUse 'ipfs id --help' for information about this command\n",
        ),
        (answer(403, "text/plain", "403 - Forbidden\n"), "Error: 403 - Forbidden\n\n"),
        (
            answer(404, "text/html", "x"),
            "Error: Command not found.\nUse 'ipfs id --help' for information about this command\n",
        ),
        (answer(500, "text/html", "x"), "Error: unknown error content type: text/html\n"),
        (
            answer(200, JSON, "{\"Message\":\"inside\",\"Code\":1,\"Type\":\"error\"}"),
            "Error: inside\n",
        ),
        (answer(200, JSON, "{\"ID\":\"x"), "Error: unexpected EOF\n"),
        (String::new(), "Error: EOF\n"),
    ] {
        let shown = reply.clone();
        let (home, _server) = home(move |_| reply.clone());
        assert_eq!(home.run("id"), outcome("", stderr, 1), "{shown}");
    }
    let moved = "HTTP/1.1 302 Found\r\nLocation: http://x/\r\nContent-Length: 0\r\n\r\n";
    let (home, _server) = home(move |_| moved.to_owned());
    assert!(home.fails("id").contains("redirects to http://x/"));
}

#[test]
fn bytes_that_end_too_early_are_shown_and_an_error() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n");
    for (reply, why) in [
        (format!("{head}Content-Length: 10\r\n\r\nabc"), "unexpected EOF"),
        (format!("{chunked}\r\n3\r\nabc\r\n"), "unexpected EOF"),
        (
            format!(
                "{chunked}Trailer: X-Stream-Error\r\n\r\n3\r\nabc\r\n0\r\nX-Stream-Error: why\r\n\r\n"
            ),
            "why",
        ),
    ] {
        let (home, _server) = home(move |_| reply.clone());
        assert_eq!(home.run("cat x"), outcome("abc", &format!("Error: {why}\n"), 1));
    }
}

#[test]
fn archives_become_files_inside_the_target_only() {
    let good = "HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nX-Content-Length: 5\r\n";
    for (entries, ok) in [
        (&[("r", true), ("r/a", false)][..], true),
        (&[("r", true), ("r/../../a", false)][..], false),
        (&[("r", true), ("other", false)][..], false),
    ] {
        let mut archive = String::new();
        for (name, directory) in entries {
            archive.push_str(&tar_entry(name, *directory));
        }
        archive.push_str(&"\0".repeat(1024));
        let reply = format!("{good}Content-Length: {}\r\n\r\n{archive}", archive.len());
        let (home, _server) = home(move |_| reply.clone());
        let run = home.run("get x -o out");
        assert_eq!(run.code, if ok { 0 } else { 1 }, "{}", run.stderr);
        assert_eq!(run.stdout, "Saving file(s) to out\n");
        assert_eq!(home.path().join("out/a").exists(), ok);
        assert!(!home.path().join("a").exists());
    }
}

/// A header of a tar archive, and five bytes if it is a file.
fn tar_entry(name: &str, directory: bool) -> String {
    let (kind, size) = if directory { ('5', 0) } else { ('0', 5) };
    let before = format!("{name:\0<100}0000755\00000000\00000000\0{size:011o}\000000000000\0");
    let after = format!("{kind}{:\0<100}ustar\000", "");
    let sum: u32 = before.bytes().chain(after.bytes()).map(u32::from).sum::<u32>() + 8 * 32;
    let header = format!("{before}{sum:06o}\0 {after}");
    let content = if directory { "" } else { "bytes" };
    let padded = if directory { 0 } else { 512 };
    format!("{header:\0<512}{content:\0<padded$}")
}
