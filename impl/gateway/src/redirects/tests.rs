use super::*;

fn action(file: &str, path: &str) -> Option<Action> {
    Rules::parse(file.as_bytes()).unwrap().action(path, None)
}

fn redirect(file: &str, path: &str) -> Option<String> {
    match action(file, path)? {
        Action::Redirect(_, to) => Some(to),
        other => panic!("{other:?}"),
    }
}

/// The published example.
const EXAMPLE: &str = "/redirect-one /one.html\n/301-redirect-one /one.html 301\n\
    /302-redirect-two /two.html 302\n/200-index /index.html 200\n\
    /posts/:year/:month/:day/:title /articles/:year/:month/:day/:title 301\n\
    /splat/* /redirected-splat/:splat 301\n/not-found/* /404.html 404\n/gone/* /410.html 410\n\
    /unavail/* /451.html 451\n/* /index.html 200\n";

#[test]
fn the_published_example() {
    let to = |path| action(EXAMPLE, path);
    assert_eq!(to("/redirect-one"), Some(Action::Redirect(301, "/one.html".into())));
    assert_eq!(to("/302-redirect-two/"), Some(Action::Redirect(302, "/two.html".into())));
    assert_eq!(to("/200-index"), Some(Action::Rewrite("/index.html".into())));
    let article = "/articles/2022/06/15/hello-world";
    assert_eq!(to("/posts/2022/06/15/hello-world"), Some(Action::Redirect(301, article.into())));
    assert_eq!(to("/splat/a/b"), Some(Action::Redirect(301, "/redirected-splat/a/b".into())));
    for (path, status) in [("/not-found/x", 404), ("/gone/x", 410), ("/unavail/x", 451)] {
        assert_eq!(to(path), Some(Action::ErrorPage(status, format!("/{status}.html"))));
    }
    assert_eq!(to("/not-found"), Some(Action::Rewrite("/index.html".into())));
    // The root exists, always.
    assert_eq!(to("/"), None);
}

#[test]
fn patterns() {
    let file = |from| format!("{from} /:a/:ab/:splat/:c");
    assert_eq!(redirect(&file("/x/:a/:ab"), "/x/1/2").unwrap(), "/1/2//:c");
    assert_eq!(redirect(&file("/x/:a/*"), "/x/:splat/r").unwrap(), "/:splat/:splatb/r/:c");
    assert_eq!(redirect(&file("/x/:a/*"), "/x/1/").unwrap_or_default(), "");
    assert_eq!(redirect(&file("/x/:splat/*"), "/x/1/2").unwrap(), "/:a/:ab/1/:c");
    assert_eq!(redirect("/a /:x/:x", "/a").unwrap(), "/:x/:x");
    assert_eq!(redirect("/a/ /b", "/a").unwrap(), "/b");
    assert_eq!(redirect("/ /b", "/").unwrap(), "/b");
    for (from, path) in
        [("/a", "/a/b"), ("/a/b", "/a"), ("/a/*", "/a"), ("/a*", "/ab"), ("/A", "/a")]
    {
        assert_eq!(redirect(&format!("{from} /b"), path), None, "{from} {path}");
    }
}

#[test]
fn lines_and_their_ends() {
    for file in ["/a /b", "\n\n # x\n#\t\r\n \t/a \t /b \r\n", "/a /b 301\r\n#x", "\u{a0}/a /b"] {
        assert_eq!(redirect(file, "/a").unwrap(), "/b", "{file:?}");
    }
    assert_eq!(Rules::parse(b"").unwrap().action("/a", None), None);
}

#[test]
fn errors() {
    let text = |file: &str| Rules::parse(file.as_bytes()).unwrap_err().to_string();
    for (file, expected) in [
        ("/a", "missing 'to' path"),
        ("/a /b 301 x", "must match format 'from to [status]'"),
        ("/a/*/b /c", "parsing 'from': path must end with asterisk"),
        ("/a**  /c", "parsing 'from': path can have at most one asterisk"),
        ("a /c", "parsing 'from': path must begin with '/'"),
        ("https://a.example/ /c", "parsing 'from': path must begin with '/'"),
        ("/%zz /c", "parsing 'from': parse \"/%zz\": invalid URL escape \"%zz\""),
        ("/:a/:a /c", "parsing 'from': placeholder \":a\" is used more than once"),
        ("/a /%", "parsing 'to': parse \"/%\": invalid URL escape \"%\""),
        ("/a b", "parsing 'to': invalid URL scheme"),
        ("/a ftp://b", "parsing 'to': invalid URL scheme"),
        (
            "/a /b 301!",
            "parsing status \"301!\": forced redirects (or \"shadowing\") are not supported",
        ),
        ("/a /b x", "parsing status \"x\": strconv.Atoi: parsing \"x\": invalid syntax"),
        ("/a /b 999", "parsing status \"999\": status code 999 is not supported"),
        ("/a /b -1", "parsing status \"-1\": status code -1 is not supported"),
    ] {
        assert_eq!(text(file), expected, "{file}");
    }
}

#[test]
fn large_files() {
    let mut file = vec![b'#'; FILE_BYTES_MAX];
    assert!(Rules::parse(&file).is_ok());
    file.push(b'\n');
    assert_eq!(Rules::parse(&file), Err(Error::TooLarge));
}

#[test]
fn queries() {
    let file = "/a/* /b?static=1&x=y#f\n/c/:code/:name /d?code=:code&name=:name\n\
                /e/* https://example.net/t/:splat 301";
    let rules = Rules::parse(file.as_bytes()).unwrap();
    let to = |path, query| match rules.action(path, Some(query)) {
        Some(Action::Redirect(_, to)) => to,
        other => panic!("{other:?}"),
    };
    assert_eq!(to("/a/x", ""), "/b?static=1&x=y#f");
    assert_eq!(to("/a/x", "z=%20&b"), "/b?b=&static=1&x=y&z=+#f");
    assert_eq!(to("/a/x", "x=1&x=2"), "/b?static=1&x=1&x=2#f");
    assert_eq!(to("/c/1/n", "q=0"), "/d?code=1&name=n&q=0");
    assert_eq!(to("/e/r/s", "q=1&%zz=2"), "https://example.net/t/r/s?q=1");
}
