#!/usr/bin/env python3
"""Checks what a binary reads from a sample repo against its list of expectations.

  sample_repo.py ARCHIVE.tar.gz EXPECT.json --ipfs BIN    last line: 'N passed, N failed'

The last check lets the binary collect garbage in its copy, so each run unpacks the archive anew.
"""
import argparse, hashlib, json, os, subprocess, sys, tarfile, tempfile

PASSED = FAILED = 0


def check(name, wanted, got):
    """Counts one comparison and tells when it fails."""
    global PASSED, FAILED
    if wanted == got:
        PASSED += 1
    else:
        FAILED += 1
        print(f"not ok {name}\n   want| {str(wanted)[:300]}\n   got | {str(got)[:300]}")


def sha(data):
    return hashlib.sha256(data).hexdigest()


class Subject:
    def __init__(self, binary, repo):
        self.binary, self.env = os.path.realpath(binary), dict(os.environ, IPFS_PATH=repo, IPFS_TELEMETRY="off")

    def run(self, *words):
        done = subprocess.run([self.binary, *words], env=self.env, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=120)
        return done.returncode, done.stdout

    def out(self, *words):
        return self.run(*words)[1]

    def lines(self, *words):
        return sorted(line.rstrip() for line in self.out(*words).decode().splitlines())


def lists(subject, expect):
    for key in ("pin ls --type=recursive --names", "pin ls --type=direct --names"):
        check(key, sorted(expect[key]), subject.lines(*key.split()))
    indirect = subject.lines("pin", "ls", "--type=indirect")
    check("indirect pins", expect["pin ls --type=indirect (count)"], len(indirect))
    digest = expect["pin ls --type=indirect (sha256 of sorted lines)"]
    forms = [sha("\n".join(indirect).encode()), sha(("\n".join(indirect) + "\n").encode())]
    check("indirect pins, content", True, digest in forms)
    check("all pins", expect["pin ls (count)"], len(subject.lines("pin", "ls")))
    wanted = sorted(" ".join(line.split(None, 1)) for line in expect["key list -l"])
    got = sorted(" ".join(line.split(None, 1)) for line in subject.lines("key", "list", "-l"))
    check("key list -l", wanted, got)
    refs = subject.lines("refs", "local")
    check("refs local", expect["refs local count"], len(refs))
    digest = expect["refs local (sha256 of sorted lines)"]
    forms = [sha("\n".join(refs).encode()), sha(("\n".join(refs) + "\n").encode())]
    check("refs local, content", True, digest in forms)
    for key in (key for key in expect if key.startswith("ls Qm")):
        check(key, expect[key], subject.out(*key.split()).decode().splitlines())


def content(subject, expect):
    for cid, (digest, size) in expect["ipfs cat (sha256, bytes)"].items():
        data = subject.out("cat", cid)
        check(f"cat {cid}", (digest, size), (sha(data), len(data)))
    for cid, digest in expect["block get (sha256)"].items():
        check(f"block get {cid}", digest, sha(subject.out("block", "get", cid)))
    for key in (key for key in expect if key.startswith("dag get ")):
        code, out = subject.run(*key.split())
        check(key, expect[key], json.loads(out) if code == 0 else out)
    hamt = expect["HAMT directory"]
    check("entries of the sharded directory", hamt["entries"], len(subject.lines("ls", "--size=false", "--resolve-type=false", hamt["cid"])))


def tree(subject, expect):
    form = "<hash> <size> <cumulsize> <type> <childs>"
    for path, entry in expect["files tree"].items():
        wanted = f"{entry['cid']} {entry['size']} {entry['cumulative']} {entry['type']} {entry['blocks']}"
        check(f"files stat {path}", wanted, subject.out("files", "stat", f"--format={form}", path).decode().strip())
        if "entries" in entry:
            check(f"files ls {path}", entry["entries"], len(subject.lines("files", "ls", path)))
        if "sha256" in entry:
            check(f"files read {path}", entry["sha256"], sha(subject.out("files", "read", path)))


def whole(subject, expect):
    check("version", expect["version"], open(os.path.join(subject.env["IPFS_PATH"], "version")).read().strip())
    check("id", expect["id"], subject.out("id", "-f", "<id>").decode())
    check("keystore", expect["keystore files"], sorted(os.listdir(os.path.join(subject.env["IPFS_PATH"], "keystore"))))
    check("pin verify", (0, b""), subject.run("pin", "verify"))
    stat = json.loads(subject.out("repo", "stat", "--enc=json") or "{}")
    check("repo stat", expect["repo stat"], {key: stat.get(key) for key in expect["repo stat"]})
    for name, path in expect["name resolve --offline"].items():
        check(f"name resolve {name}", path, subject.out("name", "resolve", "--offline", name).decode().strip())
    check("config", expect["config Datastore.StorageMax"], subject.out("config", "Datastore.StorageMax").decode().strip())
    verify = subject.out("repo", "verify").decode().replace("\r", "\n").strip().splitlines()
    check("repo verify", expect["repo verify"], verify[-1] if verify else "")
    wanted = {cid_digest(subject, cid) for cid in expect["unpinned (gc removes)"]}
    removed = {cid_digest(subject, cid) for cid in subject.lines("repo", "gc", "-q")}
    check("repo gc", True, wanted <= removed)
    check("pin verify after repo gc", (0, b""), subject.run("pin", "verify"))


def cid_digest(subject, cid):
    return subject.out("cid", "format", "-b", "base16", "-f", "%m", cid).decode().strip() or \
        subject.out("cid", "format", "-f", "%D", cid).decode().strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive"), parser.add_argument("expect"), parser.add_argument("--ipfs", required=True)
    options = parser.parse_args()
    expect = json.load(open(options.expect))
    with tempfile.TemporaryDirectory() as repo:
        tarfile.open(options.archive).extractall(repo, filter="tar")
        subject = Subject(options.ipfs, repo)
        for group in (lists, content, tree, whole):
            group(subject, expect)
    print(f"{PASSED} passed, {FAILED} failed")
    return FAILED == 0


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
